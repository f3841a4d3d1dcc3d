// test-limit: 120s
/**
 * Pages that are hidden, frozen and blocked in a real Chromium, whose timers are throttled as in a browser that people use, and workers (promises P13, P14). All at the same time, because most
 * of it is waiting. How long a page can be hidden is seen in page-life.long.test.ts.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Browser } from 'playwright-core';
import { launchChromium } from '../../support/chromium.ts';
import { withDeadline } from '../../support/with-deadline.ts';
import { assertGoesOn, pause } from './assert-goes-on.ts';
import type { WorkerKind } from './life-page.ts';
import { LifeStage, type LivePage } from './life-stage.ts';

/** No verdict on the server but this. */
const SOUND = ['unknown', 'alive'];
const HIDDEN_MS = 12_000;
const BLOCKED_MS = 8000;
const FROZEN_MS = 8000;

const pages = suite('a page in Chromium');
const launched = await launchChromium({ intensiveAfterMs: 10_000 });
if ('unavailable' in launched) pages('lives', () => console.log(`SKIP: ${launched.unavailable}`));
else addTests(launched.browser);
pages.run();

function addTests(browser: Browser): void {
  const opening = LifeStage.open(browser);
  const talks = {
    hidden: opening.then(hide),
    blocked: opening.then(block),
    frozen: opening.then(freeze),
  };
  for (const talk of Object.values(talks)) talk.catch(() => {});

  pages('that is hidden drops nobody and is dropped by nobody, although no timer of it goes off', async () => {
    const { page, before } = await talks.hidden;
    const { verdicts, events, states, chained, visibility } = await page.report();
    assert.equal([visibility, chained.count - before.chained.count], ['hidden', 0]);
    assert.equal([page.verdicts, verdicts, events, states], [['alive'], SOUND, [], ['connecting', 'open']]);
    await assertGoesOn(page);
  });

  pages('whose main thread is blocked is stalled and not dead, and blames nobody', async () => {
    const { page, elapsedMs } = await talks.blocked;
    assert.ok(elapsedMs >= BLOCKED_MS);
    const { verdicts, events, states } = await page.report();
    assert.equal([verdicts, events, states], [SOUND, [], ['connecting', 'open']]);
    // Its endpoint is asked when it is suspect, and answers at once.
    assert.equal(page.verdicts, ['alive', 'suspect', 'stalled', 'alive']);
    assert.equal(page.peer.state$.value, { status: 'open', epoch: 1, resumed: false });
    await assertGoesOn(page);
  });

  pages(
    'that is frozen is stalled and not dead, and its session goes on, whether its browser keeps the connection or not',
    async () => {
      const { page, heldMs } = await talks.frozen;
      assert.ok(heldMs >= FROZEN_MS);
      await assertGoesOn(page);
      const { verdicts, events, states } = await page.report();
      const isKept = events.length === 0;
      assert.equal([verdicts, events], [SOUND, isKept ? [] : ['resumed']]);
      assert.equal(states, isKept ? ['connecting', 'open'] : ['connecting', 'open', 'suspended', 'open']);
      assert.equal(page.verdicts, ['alive', 'suspect', 'stalled', 'alive']);
    },
  );

  for (const kind of ['dedicated', 'shared', 'service'] as const) {
    pages(`has a session in a ${kind} worker`, async () => talkInWorker(await opening, kind));
  }

  pages.after(async () => {
    for (const talk of Object.values(talks)) await (await talk).page.close();
    await (await opening).close();
  });
}

async function hide(stage: LifeStage): Promise<{ page: LivePage; before: Awaited<ReturnType<LivePage['report']>> }> {
  const page = await stage.openPage('lan');
  await page.tab.call('clampTimers');
  await page.tab.hide();
  await page.tab.call('say', 10);
  await page.tell(10);
  // The last timer that was set before.
  await pause(1500);
  const before = await page.report();
  const untilMs = performance.now() + HIDDEN_MS;
  while (performance.now() < untilMs) {
    // Nobody acknowledges these, so for the server's heartbeat they are as good as nothing.
    page.peer.volatile('position', performance.now(), { key: 'me' });
    await pause(performance.now() < untilMs - HIDDEN_MS / 2 ? 200 : 2000);
  }
  return { page, before };
}

async function block(stage: LifeStage): Promise<{ page: LivePage; elapsedMs: number }> {
  const page = await stage.openPage('lan');
  const startedMs = performance.now();
  await page.tab.call('say', 10);
  const blocked = page.tab.call('block', BLOCKED_MS);
  await page.tell(10);
  await blocked;
  return { page, elapsedMs: performance.now() - startedMs };
}

async function freeze(stage: LifeStage): Promise<{ page: LivePage; heldMs: number }> {
  const page = await stage.openPage('lan');
  await page.tab.call('say', 10);
  await page.tab.freeze();
  const startedMs = performance.now();
  const told = page.tell(10);
  await pause(FROZEN_MS);
  await page.tab.resume();
  await withDeadline(10_000, told, 'what was sent to the frozen page');
  return { page, heldMs: performance.now() - startedMs };
}

async function talkInWorker(stage: LifeStage, kind: WorkerKind): Promise<void> {
  const heard: unknown[] = [];
  const server = await stage.serve('default', (session) => session.handle('say', (word) => void heard.push(word)));
  const tab = await stage.openTab();
  const words = ['one', 'two', 'three'];
  const told = await withDeadline(30_000, tab.call('inWorker', kind, server.addresses[0], words), `a ${kind} worker`);
  assert.equal(told, { stages: ['handled', 'handled', 'handled'], hasDocument: false, isMeasured: true });
  assert.equal(heard, words);
  await tab.close();
  await server.close();
}
