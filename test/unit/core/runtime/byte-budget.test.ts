// The count of what a server keeps, and what happens when it is too much.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ServerEvent } from '@heartwire/core';
import { ByteBudget } from '../../../../packages/core/src/runtime/byte-budget.ts';
import { RecordingSink } from '../../../support/recording-sink.ts';
import { VirtualWorld, watch, type ClientSession } from '../../../support/virtual-world.ts';

const LIMIT = 300_000;
const count = suite('a budget');

/** Everything that is due at the end of this turn has happened. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

count('asks for relief once, at the end of the turn, when it is exceeded, and not at the limit', async () => {
  let asked = 0;
  const budget = new ByteBudget(100, () => (asked += 1));
  const account = budget.open();
  account.update(100);
  await turn();
  assert.is(asked, 0);
  account.update(101);
  account.update(102);
  assert.is(asked, 0);
  await turn();
  assert.is(asked, 1);
  account.update(103);
  await turn();
  assert.is(asked, 2, 'and again as long as it is');
});

count('asks nobody when what was too much has gone within the turn', async () => {
  let asked = 0;
  const budget = new ByteBudget(100, () => (asked += 1));
  const account = budget.open();
  account.update(101);
  account.update(5);
  await turn();
  assert.equal([asked, budget.bytes], [0, 5]);
});

count('forgets what an account kept when it is closed, and does not listen to it any more', () => {
  const budget = new ByteBudget(100, () => {});
  const [account, other] = [budget.open(), budget.open()];
  account.update(50);
  other.update(7);
  account.close();
  account.update(60);
  assert.is(budget.bytes, 7);
});

count('counts a shared payload once, as long as anybody keeps it', () => {
  const budget = new ByteBudget(100, () => {});
  const shared = budget.share(30);
  assert.is(budget.bytes, 0);
  shared.hold();
  shared.hold();
  assert.is(budget.bytes, 30);
  shared.release();
  assert.is(budget.bytes, 30);
  shared.release();
  assert.is(budget.bytes, 0);
});
count.run();

const eviction = suite('a server that keeps too much');

interface Crowd {
  readonly world: VirtualWorld;
  readonly events: ServerEvent[];
  /** A client that stays away for a minute when its connection is lost. */
  readonly away: ClientSession;
  readonly slow: ClientSession;
  readonly good: ClientSession;
}

/** Handlers of 'keep' never end. */
async function crowd(totalBytes = LIMIT): Promise<Crowd> {
  const world = await VirtualWorld.start({
    server: {
      limits: { totalBytes },
      session: (session) => {
        session.handle('keep', () => new Promise(() => {}));
        session.handle('say', () => {});
      },
    },
  });
  const events = watch(world.server.events$);
  const { client: away } = await world.open({ reconnect: { initial: 60_000, max: 60_000 }, random: () => 1 });
  const { client: slow } = await world.open({ reconnect: { initial: 10 } });
  const { client: good } = await world.open({ reconnect: { initial: 10 } });
  return { world, events, away, slow, good };
}

/** What a message counts for besides its payload. */
const MESSAGE_COST_BYTES = 256;

/** What MessagePack puts before binary data, of so many bytes together. */
function headBytes(bytes: number): number {
  if (bytes < 258) return 2;
  return bytes < 65_539 ? 3 : 5;
}

async function keep({ world }: Crowd, session: ClientSession, bytes: number): Promise<void> {
  const payloadBytes = bytes - MESSAGE_COST_BYTES;
  session.send('keep', new Uint8Array(payloadBytes - headBytes(payloadBytes))).catch(() => {});
  await world.clock.advance(100);
}

async function end({ world, away, slow, good }: Crowd): Promise<void> {
  for (const session of [away, slow, good]) session.destroy();
  await world.close();
}

eviction('drops who is away first, then who keeps most, and no more than it must', async () => {
  const all = await crowd();
  const { world, events, away, slow, good } = all;
  await keep(all, away, 60_000);
  await keep(all, slow, 160_000);
  await keep(all, good, 70_000);
  const awayId = away.id;
  const slowId = slow.id;
  world.network.reset();
  await world.clock.advance(1000);
  assert.equal([events, world.keptBytes, world.server.sessions.size], [[], 290_000, 3]);

  await keep(all, good, 10_000);
  assert.equal([events.length, world.keptBytes], [0, LIMIT], 'as much as it may');

  await keep(all, good, 20_000);
  assert.equal(
    events.map((event) => event.type === 'evicted' && [event.session.id, event.limit, event.heldBytes]),
    [[awayId, 'totalBytes', 60_000]],
  );
  assert.is(world.keptBytes, 260_000);

  await keep(all, good, 41_000);
  assert.equal(
    events.flatMap((event) => (event.type === 'evicted' ? [[event.session.id, event.heldBytes]] : [])),
    [
      [awayId, 60_000],
      [slowId, 160_000],
    ],
  );
  assert.is(world.keptBytes, 141_000);
  assert.equal((await good.request('nobody', null).catch((error: unknown) => error)) instanceof Error, true);
  assert.equal(good.state$.value.status, 'open');
  await end(all);
});

eviction('gives the cause to the session, and its client begins a new one and knows what it lost', async () => {
  const all = await crowd();
  const { world, slow, good } = all;
  const [, slowSession] = world.serverSessions;
  const seen = watch(slow.events$);
  const before = slow.id;
  await keep(all, slow, 200_000);
  await keep(all, good, 110_000);
  assert.equal((await slowSession!.closed).kind, 'evicted');
  // A handler of it still runs, and the client is told to wait a while for what becomes of that.
  await world.clock.advance(20_000);
  assert.equal(slow.state$.value.status, 'open');
  assert.not.equal(slow.id, before);
  assert.ok(seen.some(({ type }) => type === 'gap'));
  await end(all);
});

eviction('drops those who shake hands before all others, and no more of them than it must', async () => {
  const all = await crowd();
  const { world, events, slow } = all;
  for (let strangers = 0; strangers < 2; strangers += 1) {
    world.dialer.dial(new RecordingSink(), new AbortController().signal);
  }
  await world.clock.advance(10);
  assert.is(world.keptBytes, 2 * 8192);
  await keep(all, slow, LIMIT - 2 * 8192);
  assert.is(events.length, 0);
  await keep(all, slow, 300);
  assert.equal(
    events.map((event) => [event.type, event.type === 'rejected' && event.cause.kind]),
    [['rejected', 'evicted']],
  );
  assert.equal([world.keptBytes, world.server.sessions.size], [LIMIT - 8192 + 300, 3]);
  await end(all);
});

eviction('tells who waits for its credentials to be looked at that it may come back', async () => {
  const world = await VirtualWorld.start({
    server: {
      limits: { totalBytes: 100_000 },
      authenticate: (auth) => (auth === 'slow' ? new Promise(() => {}) : undefined),
      session: (session) => void session.handle('keep', () => new Promise(() => {})),
    },
  });
  const { client } = await world.open();
  const waiting = world.connect({ auth: 'slow' });
  await world.clock.advance(10);
  client.send('keep', new Uint8Array(95_000)).catch(() => {});
  await world.clock.advance(10);
  const cause = await waiting.closed;
  assert.equal(cause.kind === 'refused' && [cause.code, cause.retryAfter], ['ERR_HW_BUSY', 1000]);
  assert.equal(client.state$.value.status, 'open');
  client.destroy();
  await world.close();
});

eviction('counts a broadcast once, and what waits for who does not read', async () => {
  const all = await crowd();
  const { world, events } = all;
  world.network.blackhole();
  const report = world.server.everyone.send('news', new Uint8Array(100_000));
  await world.clock.advance(10);
  assert.ok(
    world.keptBytes >= 100_000 && world.keptBytes < 100_010 + 3 * MESSAGE_COST_BYTES,
    `${world.keptBytes} bytes`,
  );
  assert.equal(events, []);
  for (const session of world.serverSessions) session.destroy();
  await report;
  assert.is(world.keptBytes, 0);
  await end(all);
});

eviction('counts answers, volatile values and messages in part', async () => {
  const world = await VirtualWorld.start({
    server: {
      session: (session) => {
        session.handle('ask', () => new Uint8Array(50_000));
        session.handle('at', () => new Promise(() => {}));
      },
    },
  });
  const { client } = await world.open();
  world.network.slice(1000);
  client.volatile('at', new Uint8Array(1000), { key: 'a' });
  await world.clock.advance(10);
  assert.ok(world.keptBytes >= 1000 && world.keptBytes < 1010, `${world.keptBytes} bytes`);
  client.volatile('at', new Uint8Array(2000), { key: 'a' });
  await world.clock.advance(10);
  assert.ok(world.keptBytes >= 3000 && world.keptBytes < 3010, `${world.keptBytes} bytes`);
  await client.request('ask');
  await world.clock.advance(100);
  assert.ok(world.keptBytes < 3010, `${world.keptBytes} bytes`);
  client.destroy();
  await world.close();
});
eviction.run();
