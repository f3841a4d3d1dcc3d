/** A peer that stands still while its endpoint answers, and one that does not get its work done (promise P14, PROTOCOL.md §11). */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ConnectOptions, Liveness, SessionEvent } from '@heartwire/core';
import { TwoWays } from '../../../support/two-ways.ts';
import { VirtualWorld, watch } from '../../../support/virtual-world.ts';

const EXACT: ConnectOptions = { random: () => 0 };
/** The bounds of `game` over no distance. */
const SUSPECT_MS = 3400;
const DEAD_MS = 9000;

const typesOf = (events: readonly SessionEvent[]): string[] => events.map(({ type }) => type);
const statuses = (seen: readonly Liveness[]): string[] =>
  seen.map(({ status }) => status).filter((status, at, all) => status !== all[at - 1]);

const stalled = suite('a peer that stands still');

stalled('is stalled, and neither dead nor raced, as long as its endpoint answers', async () => {
  const ways = await new TwoWays().open(EXACT);
  const seen = watch(ways.client.liveness$);
  const told = watch(ways.peer.events$);
  ways.first.latency(40);
  ways.first.stall();
  await ways.clock.advance(60_000);
  assert.equal(statuses(seen), ['alive', 'suspect', 'stalled']);
  assert.equal([typesOf(ways.events), typesOf(told)], [['stalled'], ['stalled']], 'each side says so of the other');
  assert.equal([ways.client.state$.value.status, ways.dialedAtMs.length], ['open', 1]);
  ways.first.heal();
  await ways.clock.advance(1000);
  assert.is(ways.client.liveness$.value.status, 'alive');
  assert.equal(ways.client.state$.value, { status: 'open', epoch: 1, resumed: false });
  assert.is(await ways.close(), 0);
});

stalled('is stalled one round trip after it is suspect', async () => {
  const ways = await new TwoWays().open(EXACT);
  const changes: [string, number][] = [];
  ways.client.liveness$.subscribe(({ status }) => {
    if (changes.at(-1)?.[0] !== status) changes.push([status, ways.clock.now()]);
  });
  ways.first.latency(100);
  ways.first.stall();
  await ways.clock.advance(10_000);
  const [, [, suspectAtMs], [status, stalledAtMs]] = changes as [[string, number], [string, number], [string, number]];
  assert.equal([status, stalledAtMs - suspectAtMs], ['stalled', 200]);
  assert.is(await ways.close(), 0);
});

stalled('is suspect again when its endpoint falls silent, is raced, and dies in time', async () => {
  const ways = await new TwoWays().open({ ...EXACT, reconnect: { attempts: 0 } });
  const seen = watch(ways.client.liveness$);
  ways.first.stall();
  await ways.clock.advance(20_000);
  const goneAtMs = ways.clock.now();
  ways.first.blackhole();
  ways.second.blackhole();
  const suspectAtMs = await ways.until('suspicion', ways.isSuspected);
  assert.ok(suspectAtMs - goneAtMs <= SUSPECT_MS + 20, `suspect after ${suspectAtMs - goneAtMs} ms`);
  const deadAtMs = await ways.until('the verdict', () => ways.client.state$.value.status === 'suspended');
  assert.ok(deadAtMs - goneAtMs <= DEAD_MS + 20, `dead after ${deadAtMs - goneAtMs} ms`);
  assert.equal(statuses(seen), ['alive', 'suspect', 'stalled', 'suspect', 'dead']);
  assert.equal(typesOf(ways.events), ['stalled', 'racing']);
  assert.is(await ways.close(), 0);
});

stalled('is dead after two minutes: a proxy may answer for nobody', async () => {
  const ways = await new TwoWays().open({ ...EXACT, reconnect: { attempts: 0 } });
  const stalledAtMs = ways.clock.now();
  ways.first.stall();
  ways.second.blackhole();
  const deadAtMs = await ways.until('the verdict', () => ways.client.state$.value.status === 'suspended', 200_000, 50);
  assert.ok(deadAtMs - stalledAtMs >= 118_000 && deadAtMs - stalledAtMs <= 121_000, `${deadAtMs - stalledAtMs} ms`);
  assert.is(await ways.close(), 0);
});

stalled('is not said when nothing answers', async () => {
  const ways = await new TwoWays().open({ ...EXACT, reconnect: { race: false } });
  ways.first.blackhole();
  const seen = watch(ways.client.liveness$);
  await ways.until('another connection', () => typesOf(ways.events).includes('resumed'));
  assert.equal(statuses(seen), ['alive', 'suspect', 'dead', 'alive']);
  assert.is(await ways.close(), 0);
});
stalled.run();

const backlogged = suite('a peer that does not get its work done');

backlogged('is backlogged when it receives and settles nothing for 30 s, until it does', async () => {
  const world = await VirtualWorld.start();
  const { client, server } = await world.open();
  const finish: (() => void)[] = [];
  server.handle('work', () => new Promise<void>((resolve) => finish.push(resolve)));
  const seen = watch(client.liveness$);
  const events = watch(client.events$);
  const first = client.send('work', 1);
  await world.clock.advance(10_000);
  const second = client.send('work', 2);
  await world.clock.advance(19_000);
  assert.is(client.liveness$.value.backlogged, false);
  await world.clock.advance(2000);
  assert.equal([client.liveness$.value.backlogged, client.liveness$.value.status], [true, 'alive']);
  assert.equal(events, [{ type: 'backlogged', undecided: 2 }]);
  finish[0]!();
  await first;
  assert.is(client.liveness$.value.backlogged, false);
  await world.clock.advance(1000);
  finish[1]!();
  await second;
  assert.equal(
    seen.map((liveness) => liveness.backlogged).filter((now, at, all) => now !== all[at - 1]),
    [false, true, false],
  );
  assert.is(client.state$.value.status, 'open');
  await world.close();
});

backlogged('is none that works long on one message', async () => {
  const world = await VirtualWorld.start();
  const { client, server } = await world.open();
  const events = watch(client.events$);
  server.handle('work', () => new Promise<void>(() => {}));
  client.send('work', 1).catch(() => {});
  await world.clock.advance(90_000);
  assert.equal([client.liveness$.value.backlogged, events], [false, []]);
  client.destroy();
  await world.close();
});
backlogged('is none any more when the session is over', async () => {
  const world = await VirtualWorld.start();
  const { client, server } = await world.open();
  server.handle('work', () => new Promise<void>(() => {}));
  for (const number of [1, 2]) {
    client.send('work', number).catch(() => {});
    await world.clock.advance(16_000);
  }
  assert.is(client.liveness$.value.backlogged, true);
  client.destroy();
  await world.clock.advance(1000);
  assert.is(client.liveness$.value.backlogged, false);
  await world.close();
});
backlogged.run();
