// test-limit: 120s
/** Sessions of a page that is hidden, frozen and woken, in virtual time (PROTOCOL.md §11, promise P13). In a hidden page every timer comes on a whole minute only. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { AnyContract, ConnectOptions, ServeOptions } from '@heartwire/core';
import { DeadlineQueue } from '../../../../packages/core/src/runtime/deadline-queue.ts';
import { FakePage, pageClock } from '../../../support/fake-page.ts';
import { TwoWays } from '../../../support/two-ways.ts';
import { watch } from '../../../support/virtual-world.ts';

const PRESETS = ['default', 'game', 'lan', 'mobile'] as const;
const HOUR_MS = 3_600_000;
const EXACT: ConnectOptions = { random: () => 0 };

const distinct = (words: readonly string[]): string[] => [...new Set(words)];

interface OpenPage {
  readonly ways: TwoWays;
  readonly page: FakePage;
  /** Every verdict on the page, and every one of the page. */
  readonly verdicts: { readonly ofPage: string[]; readonly ofServer: string[] };
}

async function openPage(options: ConnectOptions, server: ServeOptions<AnyContract> = {}): Promise<OpenPage> {
  const [ways, page] = [new TwoWays(), new FakePage()];
  await ways.open({ ...options, clock: pageClock(ways.clock, page) }, server);
  ways.first.latency(20);
  ways.second.latency(20);
  const verdicts = { ofPage: [] as string[], ofServer: [] as string[] };
  ways.peer.liveness$.subscribe(({ status }) => verdicts.ofPage.push(status));
  ways.client.liveness$.subscribe(({ status }) => verdicts.ofServer.push(status));
  return { ways, page, verdicts };
}

function assertAlive({ ways, verdicts }: OpenPage, message: string): void {
  assert.equal([distinct(verdicts.ofPage), distinct(verdicts.ofServer)], [['alive'], ['alive']], message);
  assert.is(ways.dialedAtMs.length, 1, message);
}

const hidden = suite('a hidden page');

hidden('keeps its promise through its answers, with every preset', async () => {
  for (const heartbeat of PRESETS) {
    const open = await openPage({ heartbeat });
    open.page.hide();
    await open.ways.clock.advance(HOUR_MS / 4);
    assertAlive(open, heartbeat);
    assert.is(await open.ways.close(), 0);
  }
});

// Nothing that the server sent had to be answered, and it had no reason to ask as long as it sent anything.
hidden('keeps it although all it gets are values that nobody acknowledges', async () => {
  for (const [heartbeat, everyMs] of [
    ['default', 500],
    ['default', 10_500],
    ['game', 1400],
  ] as const) {
    const open = await openPage({ heartbeat });
    const { ways, page } = open;
    ways.client.handle('position', () => {});
    page.hide();
    for (let turn = 0; turn < 200; turn += 1) {
      ways.peer.volatile('position', turn, { key: 'me' });
      await ways.clock.advance(everyMs);
    }
    assertAlive(open, `${heartbeat}, every ${everyMs} ms`);
    assert.is(await ways.close(), 0);
  }
});

// The acknowledgement was held for 25 ms, and the timer came a minute later.
hidden('says at once that it holds a message whose handler takes long', async () => {
  const { ways, page } = await openPage({});
  ways.client.handle('work', () => new Promise(() => {}));
  page.hide();
  let stage = 'sent';
  ways.peer.send('work', 1, { confirm: 'delivered' }).then(
    (receipt) => (stage = receipt.stage),
    () => {},
  );
  await ways.clock.advance(100);
  assert.is(stage, 'delivered');
  assert.is(await ways.close(), 0);
});

/** One that is dead for the page, and does not end the connection either. */
const PATIENT: ServeOptions<AnyContract> = {
  heartbeat: { interval: 15_000, suspectAfter: HOUR_MS, deadAfter: 2 * HOUR_MS },
};

hidden('finds a dead server, two late looks after its time at most', async () => {
  const open = await openPage({ ...EXACT, heartbeat: 'default', reconnect: { race: false } }, PATIENT);
  const { ways, page } = open;
  page.hide();
  await ways.clock.advance(30_000);
  const blackAtMs = ways.clock.now();
  ways.first.blackhole();
  const atMs = await ways.until('the loss', () => ways.client.state$.value.status !== 'open', 600_000, 1000);
  assert.equal(distinct(open.verdicts.ofServer), ['alive', 'dead']);
  assert.ok(atMs - blackAtMs <= 30_000 + 2 * 60_000 + 1000, `${atMs - blackAtMs} ms`);
  assert.is(await ways.close(), 0);
});

// As after a freeze of which no event tells: what the server said is there, and is read after the timer.
hidden('asks the server before it judges it in a late look', async () => {
  const open = await openPage({ ...EXACT, heartbeat: 'default' }, PATIENT);
  const { ways, page } = open;
  page.hide();
  await ways.clock.advance(2000);
  ways.first.blackhole('down');
  const lateAtMs = Math.ceil(ways.clock.now() / 60_000) * 60_000;
  await ways.clock.advance(lateAtMs - ways.clock.now() + 300);
  ways.first.heal();
  await ways.clock.advance(HOUR_MS / 10);
  assertAlive(open, 'it answered');
  assert.is(await ways.close(), 0);
});

hidden.run();

const woken = suite('a page that wakes');

/** Until the session is resumed elsewhere, from now on. */
async function resumedAfterMs(ways: TwoWays): Promise<number> {
  const sinceMs = ways.clock.now();
  const atMs = await ways.until('a resumption', () => ways.events.some(({ type }) => type === 'resumed'));
  return atMs - sinceMs;
}

woken('finds out at once that the way has gone, by a probe and a race', async () => {
  const { ways, page, verdicts } = await openPage({ ...EXACT, heartbeat: 'default' });
  page.hide();
  await ways.clock.advance(40_000);
  ways.first.blackhole();
  await ways.clock.advance(2000);
  page.show();
  const tookMs = await resumedAfterMs(ways);
  assert.ok(tookMs <= 600 + 2 * 40 + 20, `${tookMs} ms`);
  assert.equal(distinct(verdicts.ofServer), ['alive'], 'nobody was suspected');
  assert.is(await ways.close(), 0);
});

woken('dials nobody where the way still works, whatever woke it', async () => {
  const wakes: Record<string, (page: FakePage) => void> = {
    visibilitychange: (page) => {
      page.hide();
      page.show();
    },
    pageshow: (page) => {
      page.leave({ persisted: true });
      page.comeBack({ persisted: true });
    },
    resume: (page) => {
      page.freeze();
      page.resume();
    },
    online: (page) => page.goOnline(),
  };
  for (const [name, wake] of Object.entries(wakes)) {
    const open = await openPage({ ...EXACT, heartbeat: 'default' });
    const before = open.ways.client.liveness$.value;
    wake(open.page);
    await open.ways.clock.advance(41);
    assert.is.not(open.ways.client.liveness$.value, before, `${name}: it was asked`);
    await open.ways.clock.advance(20_000);
    assertAlive(open, name);
    assert.is(await open.ways.close(), 0);
  }
});

woken('again and again goes on elsewhere all the same', async () => {
  const { ways, page } = await openPage({ ...EXACT, heartbeat: 'default' });
  ways.first.blackhole();
  const sinceMs = ways.clock.now();
  while (!ways.events.some(({ type }) => type === 'resumed')) {
    page.goOnline();
    await ways.clock.advance(300);
    assert.ok(ways.clock.now() - sinceMs <= 1200);
  }
  assert.is(await ways.close(), 0);
});

woken('takes bytes that lay unread for no sign of life', async () => {
  const { ways, page } = await openPage({ ...EXACT, heartbeat: 'default' });
  ways.client.handle('old', () => {});
  ways.first.latency(100);
  ways.peer.volatile('old', 1);
  await ways.clock.advance(50);
  ways.first.blackhole('up');
  page.goOnline();
  const tookMs = await resumedAfterMs(ways);
  assert.ok(tookMs <= 600 + 2 * 40 + 20, `${tookMs} ms`);
  assert.is(await ways.close(), 0);
});

woken('takes what is said afterwards for one, though it is no answer', async () => {
  for (const atMs of [300, 900]) {
    const open = await openPage({ ...EXACT, heartbeat: 'default' });
    const { ways, page } = open;
    ways.client.handle('new', () => {});
    ways.dialMs = 500;
    ways.first.blackhole('up');
    page.goOnline();
    await ways.clock.advance(atMs);
    ways.peer.volatile('new', 1);
    await ways.clock.advance(8000);
    assert.equal([ways.second.connections, distinct(open.verdicts.ofServer)], [0, ['alive']], `${atMs} ms`);
    assert.is(ways.dialedAtMs.length, atMs < 600 ? 1 : 2);
    assert.is(await ways.close(), 0);
  }
});

woken('is not judged wrongly by itself after it was frozen', async () => {
  const open = await openPage({ ...EXACT, heartbeat: 'game' });
  const { ways, page } = open;
  page.hide();
  await ways.clock.advance(3000);
  page.freeze();
  ways.clock.stall(100_000);
  page.resume();
  await ways.clock.advance(100);
  assert.equal(distinct(open.verdicts.ofServer), ['alive']);
  assert.is(await ways.close(), 0);
});

woken('asks where the session cannot be resumed, and does nothing else', async () => {
  for (const [options, server] of [
    [{ resume: false }, {}],
    [{}, { resume: false }],
  ] as const) {
    const open = await openPage({ ...EXACT, ...options, heartbeat: 'default' }, server);
    const before = open.ways.client.liveness$.value;
    open.page.goOnline();
    await open.ways.clock.advance(50);
    assert.is.not(open.ways.client.liveness$.value, before);
    await open.ways.clock.advance(250);
    open.ways.first.blackhole();
    open.page.goOnline();
    await open.ways.clock.advance(5000);
    assertAlive(open, 'no race');
    assert.is(await open.ways.close(), 0);
  }
});

woken('that waits to dial dials at once, and makes no storm of it', async () => {
  const [ways, page] = [new TwoWays(), new FakePage()];
  await ways.open({ clock: pageClock(ways.clock, page), reconnect: { initial: 1000, max: 100_000, factor: 4 } });
  const states = watch(ways.client.state$);
  for (const dialer of ways.dialers) {
    (dialer as { dial: unknown }).dial = (sink: { closed(cause: object): void }) => {
      ways.dialedAtMs.push(ways.clock.now());
      queueMicrotask(() => sink.closed({ kind: 'refused', by: 'host', code: 'ECONNREFUSED', message: '' }));
    };
  }
  ways.first.reset();
  await ways.clock.advance(60_000);
  const { length } = ways.dialedAtMs;
  const nowMs = ways.clock.now();
  page.goOnline();
  await ways.clock.advance(1001);
  assert.ok(ways.dialedAtMs.length > length, 'it did not wait');
  assert.ok(
    states.some((state) => state.status === 'suspended' && state.retryAt! <= nowMs + ways.clock.epochOffset + 1000),
  );
  // Whoever is woken four times a second for a minute.
  const atMs = ways.dialedAtMs.length;
  for (let turn = 0; turn < 240; turn += 1) {
    page.goOnline();
    await ways.clock.advance(250);
  }
  assert.ok(ways.dialedAtMs.length - atMs <= 6 * 4, `${ways.dialedAtMs.length - atMs} dials`);
  assert.is(await ways.close(), 0);
});

woken('does not come back before the time that the server asked for', async () => {
  const [ways, page] = [new TwoWays(), new FakePage()];
  await ways.open({ ...EXACT, clock: pageClock(ways.clock, page) });
  const busy = { kind: 'refused', by: 'application', code: 'ERR_HW_BUSY', message: '', retryAfter: 30_000 };
  for (const dialer of ways.dialers) {
    (dialer as { dial: unknown }).dial = (sink: { closed(cause: object): void }) => {
      ways.dialedAtMs.push(ways.clock.now());
      queueMicrotask(() => sink.closed(busy));
    };
  }
  ways.first.reset();
  await ways.clock.advance(1000);
  const { length } = ways.dialedAtMs;
  page.goOnline();
  await ways.clock.advance(28_000);
  assert.is(ways.dialedAtMs.length, length);
  await ways.clock.advance(3000);
  assert.is(ways.dialedAtMs.length, length + 1);
  assert.is(await ways.close(), 0);
});

woken('is a matter of sessions that are not over', async () => {
  const [ways, page] = [new TwoWays(), new FakePage()];
  const clock = pageClock(ways.clock, page);
  const queue = DeadlineQueue.of(clock);
  const { onWake } = queue;
  let listeners = 0;
  queue.onWake = (waker) => {
    const stop = onWake.call(queue, waker);
    listeners += 1;
    return () => {
      listeners -= 1;
      stop();
    };
  };
  await ways.open({ clock });
  assert.is(listeners, 1);
  assert.is(await ways.close(), 0);
  assert.is(listeners, 0);
});

woken('after the machine slept races without a suspicion, in Node as well', async () => {
  const ways = new TwoWays();
  const clock = { ...ways.clock, epochOffset: ways.clock.epochOffset };
  await ways.open({ ...EXACT, clock, heartbeat: 'default' });
  ways.first.latency(20);
  ways.second.latency(20);
  ways.first.blackhole();
  clock.epochOffset += HOUR_MS;
  assert.ok((await resumedAfterMs(ways)) <= 500 + 600 + 2 * 40 + 20);
  assert.is(await ways.close(), 0);
});

woken.run();
