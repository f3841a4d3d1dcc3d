// test-limit: 960s
// test-alone: what else runs would make timers late, too
/**
 * Pages that are hidden for twelve minutes in a real Chromium, whose chained timers come once a minute as in a browser that people use (here after ten seconds, there after five minutes), and what
 * one does whose way is forgotten while it is hidden.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Browser } from 'playwright-core';
import { startForgetfulProxy, type ForgetfulProxy } from '../../delivery/forgetful-proxy.ts';
import { launchChromium } from '../../support/chromium.ts';
import { withDeadline } from '../../support/with-deadline.ts';
import { assertGoesOn, pause } from './assert-goes-on.ts';
import { LifeStage, type Heartbeat, type LivePage } from './life-stage.ts';

const HIDDEN_MS = Number(process.env['HEARTWIRE_HIDDEN_MS'] ?? 720_000);
/** Between two timers of a chain, where they come once a minute. */
const THROTTLED_MS = 55_000;

interface Case {
  readonly heartbeat: Heartbeat & string;
  /** The server sends a value every second, and nobody acknowledges it. */
  readonly hasValues: boolean;
  /** Not even a timer that is set in a message event comes in time. */
  readonly isClamped: boolean;
}

const CASES: readonly Case[] = [
  { heartbeat: 'default', hasValues: false, isClamped: false },
  { heartbeat: 'default', hasValues: true, isClamped: false },
  { heartbeat: 'default', hasValues: false, isClamped: true },
  { heartbeat: 'default', hasValues: true, isClamped: true },
  { heartbeat: 'game', hasValues: false, isClamped: false },
  { heartbeat: 'lan', hasValues: true, isClamped: true },
];

const pages = suite('a page that is hidden for long');
const launched = await launchChromium({ intensiveAfterMs: 10_000 });
if ('unavailable' in launched) pages('lives', () => console.log(`SKIP: ${launched.unavailable}`));
else addTests(launched.browser);
pages.run();

function addTests(browser: Browser): void {
  const opening = LifeStage.open(browser);

  pages('drops nobody and is dropped by nobody', async () => {
    const stage = await opening;
    const open = await Promise.all(CASES.map(async (one) => ({ ...one, page: await hidePage(stage, one) })));
    const values = setInterval(() => {
      for (const { page, hasValues } of open) if (hasValues) page.peer.volatile('position', Date.now(), { key: 'me' });
    }, 1000);
    await pause(HIDDEN_MS);
    clearInterval(values);
    for (const { page, ...one } of open) {
      const { verdicts, events, states, chained, visibility } = await page.report();
      console.log(
        `${describe(one)}: ${chained.count} timers, at most ${chained.longestMs} ms apart; verdicts ${page.verdicts.join()}`,
      );
      assert.is(visibility, 'hidden');
      if (HIDDEN_MS > 2 * THROTTLED_MS) assert.ok(chained.longestMs >= THROTTLED_MS, 'the timers were throttled');
      const seen = [page.verdicts, verdicts, events, states];
      assert.equal(seen, [['alive'], ['unknown', 'alive'], [], ['connecting', 'open']], describe(one));
      await assertGoesOn(page);
      await page.close();
    }
  });

  for (const [heartbeat, boundMs] of [
    ['game', 15_000],
    ['default', 45_000],
  ] as const) {
    pages(`goes on elsewhere when its way is forgotten, on ${heartbeat}`, async () => {
      let proxy: ForgetfulProxy | undefined;
      const page = await (
        await opening
      ).openPage(heartbeat, async (port) => (proxy = await startForgetfulProxy(port)).port);
      await page.tab.hide();
      await pause(Math.min(HIDDEN_MS, 90_000));
      proxy!.forget();
      const startedMs = performance.now();
      const resumed = new Promise<void>((resolve) => {
        page.peer.events$.subscribe(({ type }) => type === 'resumed' && resolve());
      });
      await withDeadline(120_000, resumed, 'a resumption');
      const tookMs = Math.round(performance.now() - startedMs);
      const { chained } = await page.report();
      console.log(
        `${heartbeat}: resumed ${tookMs} ms after its way was forgotten, timers at most ${chained.longestMs} ms apart`,
      );
      assert.ok(tookMs <= boundMs, `${tookMs} ms`);
      await assertGoesOn(page);
      await page.close();
      await proxy!.close();
    });
  }

  pages.after(async () => (await opening).close());
}

async function hidePage(stage: LifeStage, { heartbeat, isClamped }: Case): Promise<LivePage> {
  const page = await stage.openPage(heartbeat);
  if (isClamped) await page.tab.call('clampTimers');
  await page.tab.hide();
  return page;
}

function describe({ heartbeat, hasValues, isClamped }: Case): string {
  return `${heartbeat}, ${hasValues ? 'a value a second' : 'idle'}${isClamped ? ', every timer on a whole minute' : ''}`;
}
