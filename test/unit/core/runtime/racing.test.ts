// test-limit: 120s
/** A peer that falls silent, and a second connection beside the first one (promise P15, PROTOCOL.md §23). */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ConnectOptions, SessionEvent } from '@heartwire/core';
import { TwoWays } from '../../../support/two-ways.ts';
import { VirtualWorld, watch } from '../../../support/virtual-world.ts';

/** The random part of a probe is nothing, where a test counts on the time. */
const EXACT: ConnectOptions = { random: () => 0 };
const PROBE_MS = 600;

const typesOf = (events: readonly SessionEvent[]): string[] => events.map(({ type }) => type);
const racesOf = ({ events }: TwoWays): number => events.filter(({ type }) => type === 'racing').length;

/** Numbers one after the other, in both directions, and what arrived of them. */
function talk({ client, peer }: TwoWays): { say(): void; readonly up: number[]; readonly down: number[] } {
  const up: number[] = [];
  const down: number[] = [];
  let said = 0;
  peer.handle('up', (number: number) => void up.push(number));
  client.handle('down', (number: number) => void down.push(number));
  const say = (): void => {
    said += 1;
    client.send('up', said).catch(() => {});
    peer.send('down', said).catch(() => {});
  };
  return { say, up, down };
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, at) => at + 1);

const racing = suite('a silent peer');

racing(
  'is probed, then a second connection takes the session over: within the probe, the dial and two round trips',
  async () => {
    const ways = await new TwoWays().open(EXACT);
    ways.first.latency(20);
    ways.second.latency(20);
    ways.dialMs = 50;
    const states = watch(ways.client.state$);
    const connections = watch(ways.client.connection$);
    ways.first.blackhole();
    const suspectAtMs = await ways.until('suspicion', ways.isSuspected);
    const resumedAtMs = await ways.until('resumption', () => typesOf(ways.events).includes('resumed'));
    assert.ok(resumedAtMs - suspectAtMs <= PROBE_MS + 50 + 2 * 40 + 20, `${resumedAtMs - suspectAtMs} ms`);
    assert.equal(states.at(-1), { status: 'open', epoch: 2, resumed: true });
    assert.equal(typesOf(ways.events), ['racing', 'resumed']);
    assert.is(ways.client.liveness$.value.status, 'alive');
    // The state was open all the time, and the connection is the one that the session uses.
    assert.equal(new Set(states.map(({ status }) => status)), new Set(['open']));
    assert.equal(
      connections.map(({ phase }) => phase),
      ['open', 'open'],
    );
    assert.is(await ways.close(), 0);
  },
);

racing('loses, doubles and reorders nothing, whenever the first way heals', async () => {
  for (let healAfterMs = 0; healAfterMs <= 1400; healAfterMs += 25) {
    const ways = await new TwoWays(healAfterMs + 1).open(EXACT);
    const { say, up, down } = talk(ways);
    ways.first.latency(60, 20);
    ways.second.latency(60, 20);
    ways.dialMs = 200;
    say();
    await ways.clock.advance(200);
    ways.first.blackhole();
    say();
    const suspectAtMs = await ways.until('suspicion', ways.isSuspected);
    say();
    const healAtMs = suspectAtMs + healAfterMs;
    for (let left = 20; left > 0; left -= 1) {
      await ways.clock.advance(75);
      if (ways.clock.now() >= healAtMs) ways.first.heal();
      say();
    }
    await ways.clock.advance(5000);
    assert.equal([up, down], [upTo(23), upTo(23)], `healed after ${healAfterMs} ms`);
    assert.ok(ways.server.sessions.size === 1 && !typesOf(ways.events).includes('gap'));
    assert.is(await ways.close(), 0);
  }
});

racing('that answers the probe costs no dial', async () => {
  const ways = await new TwoWays().open(EXACT);
  ways.first.blackhole();
  await ways.until('suspicion', ways.isSuspected);
  await ways.clock.advance(PROBE_MS - 50);
  ways.first.heal();
  await ways.clock.advance(10_000);
  assert.equal(
    [ways.dialedAtMs.length, ways.events, ways.client.state$.value],
    [1, [], { status: 'open', epoch: 1, resumed: false }],
  );
  assert.is(await ways.close(), 0);
});

racing('that speaks while the second connection is made cancels it, and the server never hears of it', async () => {
  const ways = await new TwoWays().open(EXACT);
  const rejected: string[] = [];
  ways.server.events$.subscribe(({ type }) => rejected.push(type));
  ways.dialMs = 500;
  ways.first.blackhole();
  await ways.until('a race', () => racesOf(ways) === 1);
  ways.first.heal();
  await ways.clock.advance(10_000);
  assert.equal([typesOf(ways.events), rejected, ways.second.connections], [['racing'], [], 0]);
  assert.equal(ways.client.state$.value, { status: 'open', epoch: 1, resumed: false });
  assert.is(await ways.close(), 0);
});

racing('is raced by one connection at a time, with growing pauses', async () => {
  const ways = await new TwoWays().open({
    ...EXACT,
    heartbeat: { interval: 1000, suspectAfter: 500, deadAfter: 60_000 },
  });
  const dialer = ways.dialers[1] as { dial: unknown };
  dialer.dial = (sink: { closed(cause: object): void }) => {
    ways.dialedAtMs.push(ways.clock.now());
    queueMicrotask(() => sink.closed({ kind: 'refused', by: 'host', code: 'ECONNREFUSED', message: '' }));
  };
  (ways.dialers[0] as { dial: unknown }).dial = dialer.dial;
  ways.first.blackhole();
  await ways.clock.advance(20_000);
  const pauses = ways.dialedAtMs
    .slice(1)
    .map((atMs, at, all) => (at === 0 ? 0 : atMs - all[at - 1]!))
    .slice(1);
  assert.ok(pauses.length >= 5 && pauses.length <= 8, pauses.join());
  // Of 250, 500, 1000 … half is random, which is nothing here; none is shorter than 500.
  assert.equal(pauses.slice(0, 5), [500, 500, 500, 1000, 2000]);
  assert.is(await ways.close(), 0);
});

racing('that cannot be reached at all ends as if nobody had raced, and is found dead in time', async () => {
  const ends: unknown[] = [];
  for (const race of [true, false]) {
    const ways = await new TwoWays().open({ ...EXACT, reconnect: { race, attempts: 0 } });
    const blackAtMs = ways.clock.now();
    ways.first.blackhole();
    ways.second.blackhole();
    const closedAtMs = await ways.until('the end', () => ways.client.state$.value.status !== 'open');
    ends.push([ways.client.state$.value.status, ways.client.liveness$.value.status, closedAtMs - blackAtMs <= 9000]);
    assert.is(await ways.close(), 0);
  }
  assert.equal(ends, [
    ['suspended', 'dead', true],
    ['suspended', 'dead', true],
  ]);
});

racing('is not raced where nobody wants it, or nothing could be resumed', async () => {
  const off: ConnectOptions[] = [{ reconnect: { race: false } }, { reconnect: false }, { resume: false }];
  for (const options of off) {
    const ways = await new TwoWays().open({ ...EXACT, ...options });
    ways.first.blackhole();
    await ways.until('suspicion', ways.isSuspected);
    await ways.clock.advance(3000);
    assert.equal([racesOf(ways), ways.dialedAtMs.length], [0, 1], JSON.stringify(options));
    assert.is(await ways.close(), 0);
  }
  const ways = await new TwoWays().open(EXACT, { resume: false });
  ways.first.blackhole();
  await ways.until('suspicion', ways.isSuspected);
  await ways.clock.advance(3000);
  assert.is(racesOf(ways), 0);
  assert.is(await ways.close(), 0);
});
racing.run();

const committed = suite('after HELLO was written');

/** Up to the moment in which the second connection has said HELLO and nothing has come of it yet. */
async function commit(client: ConnectOptions = {}, server: Parameters<TwoWays['open']>[1] = {}): Promise<TwoWays> {
  const ways = await new TwoWays().open({ ...EXACT, ...client }, server);
  ways.first.blackhole();
  ways.second.blackhole();
  await ways.until('a race', () => racesOf(ways) === 1);
  await ways.clock.advance(10);
  return ways;
}

committed('nothing more is written on the first connection', async () => {
  const ways = await commit();
  const heard: number[] = [];
  ways.peer.handle('up', (number: number) => void heard.push(number));
  ways.first.heal();
  ways.client.send('up', 1).catch(() => {});
  await ways.clock.advance(400);
  assert.equal([heard.length, ways.peer.state$.value.status], [0, 'open']);
  ways.second.heal();
  await ways.clock.advance(100);
  assert.equal([heard.length, typesOf(ways.events).includes('resumed')], [1, true]);
  assert.is(await ways.close(), 0);
});

committed('what the first connection brings is not read, and comes once over the second one', async () => {
  const ways = await commit();
  const { say, down } = talk(ways);
  say();
  ways.first.heal();
  await ways.clock.advance(400);
  assert.equal([down, ways.client.liveness$.value.status], [[], 'alive']);
  ways.second.heal();
  await ways.clock.advance(100);
  assert.equal(down, [1]);
  assert.is(await ways.close(), 0);
});

committed('a refusal brings the first connection back, with what it brought meanwhile', async () => {
  const answers: (() => void)[] = [];
  let attempts = 0;
  const authenticate = (): unknown => {
    attempts += 1;
    if (attempts === 1) return 'anna';
    return new Promise((_, reject) => answers.push(() => reject(new Error('no'))));
  };
  const ways = await new TwoWays().open(EXACT, { authenticate });
  const { say, up, down } = talk(ways);
  ways.first.blackhole();
  await ways.until('a race', () => racesOf(ways) === 1);
  await ways.clock.advance(10);
  say();
  ways.first.heal();
  await ways.clock.advance(100);
  assert.equal([up, down], [[], []]);
  answers[0]!();
  await ways.clock.advance(100);
  assert.equal([up, down, typesOf(ways.events)], [[1], [1], ['racing']]);
  assert.equal(ways.client.state$.value, { status: 'open', epoch: 1, resumed: false });
  await ways.clock.advance(20_000);
  assert.is(attempts, 2, 'a server that knows nobody of this name is not asked again');
  assert.is(await ways.close(), 0);
});

// It spoke while nobody listened, and does not need to speak again before the next dial would be due.
committed('a first connection that spoke meanwhile is not raced again when the second one is refused', async () => {
  const ways = await new TwoWays().open(EXACT, { limits: { maxHandshakes: 1 } });
  ways.first.blackhole();
  ways.second.latency(100);
  // Somebody who shakes hands and says nothing: there is no room for the second connection.
  ways.dialers[1].dial(
    { open() {}, bytes() {}, drained() {}, readEnded() {}, closed() {} },
    new AbortController().signal,
  );
  await ways.until('a race', () => racesOf(ways) === 1);
  await ways.until('HELLO on the second way', () => ways.second.connections === 2);
  ways.first.heal();
  await ways.until('a word of the first connection', () => !ways.isSuspected());
  ways.dialMs = 2500;
  await ways.clock.advance(5000);
  assert.is(racesOf(ways), 1);
  assert.equal(ways.client.state$.value, { status: 'open', epoch: 1, resumed: false });
  assert.is(await ways.close(), 0);
});

committed('a first connection that ended meanwhile has ended when the second one is refused', async () => {
  let refuse!: () => void;
  let attempts = 0;
  const authenticate = (): unknown => {
    attempts += 1;
    return attempts === 2 ? new Promise((_, reject) => (refuse = () => reject(new Error('no')))) : 'anna';
  };
  const ways = await new TwoWays().open(EXACT, { authenticate });
  ways.first.blackhole();
  await ways.until('a race', () => racesOf(ways) === 1);
  await ways.clock.advance(10);
  ways.first.reset();
  await ways.clock.advance(100);
  assert.is(ways.client.state$.value.status, 'open');
  refuse();
  ways.first.heal();
  await ways.clock.advance(1000);
  assert.equal(ways.client.state$.value, { status: 'open', epoch: 3, resumed: true });
  assert.is(await ways.close(), 0);
});

// The server may have given the session to the second connection, and have withdrawn what it believes was never received: to read on would be to read what was never sent.
committed(
  'a second connection that breaks takes the first one with it, and the session goes on over a third',
  async () => {
    const ways = await commit();
    const { say, up, down } = talk(ways);
    say();
    ways.second.reset();
    await ways.clock.advance(20);
    assert.is(ways.client.state$.value.status, 'suspended');
    ways.first.heal();
    ways.second.heal();
    await ways.clock.advance(2000);
    assert.equal([up, down, typesOf(ways.events)], [[1], [1], ['racing', 'resumed']]);
    assert.is(await ways.close(), 0);
  },
);

committed('the verdict on the first connection does not wait, and the second one is the session’s then', async () => {
  const ways = await commit();
  await ways.until('the verdict', () => ways.client.state$.value.status === 'suspended');
  const { value } = ways.client.state$;
  assert.ok(value.status === 'suspended' && value.cause.kind === 'timeout' && value.retryAt === null);
  assert.ok(ways.clock.now() <= 2000 + 9000, `${ways.clock.now()} ms`);
  ways.second.heal();
  await ways.clock.advance(50);
  assert.equal(ways.client.state$.value, { status: 'open', epoch: 2, resumed: true });
  assert.is(await ways.close(), 0);
});

committed(
  'more than the limit is not kept: the first connection cannot be gone back to, and nothing is lost',
  async () => {
    let refuse!: () => void;
    let attempts = 0;
    const authenticate = (): unknown => {
      attempts += 1;
      return attempts === 2 ? new Promise((_, reject) => (refuse = () => reject(new Error('no')))) : 'anna';
    };
    const ways = await new TwoWays().open(EXACT, { authenticate });
    const seen: number[] = [];
    ways.client.handle('big', ({ number }: { number: number }) => void seen.push(number));
    ways.first.blackhole();
    await ways.until('a race', () => racesOf(ways) === 1);
    await ways.clock.advance(10);
    for (let number = 1; number <= 8; number += 1)
      ways.peer.send('big', { number, text: 'x'.repeat(100_000) }).catch(() => {});
    // Nobody says that anything has arrived, so no more messages come than may be on the way; volatile values do.
    for (let key = 0; key < 60; key += 1) ways.peer.volatile('at', 'x'.repeat(15_000), { key });
    ways.first.heal();
    await ways.clock.advance(100);
    refuse();
    await ways.clock.advance(2000);
    assert.equal([seen, ways.client.state$.value], [upTo(8), { status: 'open', epoch: 3, resumed: true }]);
    assert.is(await ways.close(), 0);
  },
);

committed('an end of the session is an end of both connections', async () => {
  for (const end of ['destroy', 'close', 'drain'] as const) {
    const ways = await commit();
    void ways.client[end]({ timeout: 200 });
    await ways.clock.advance(2000);
    assert.equal(
      [ways.client.state$.value.status, ways.first.connections, ways.second.connections],
      ['closed', 0, 0],
      end,
    );
    assert.is(await ways.close(), 0);
  }
});

committed('a goodbye is said on the second connection', async () => {
  const ways = await commit();
  const { say, up } = talk(ways);
  say();
  const report = ways.client.drain();
  await ways.clock.advance(100);
  ways.second.heal();
  await ways.clock.advance(200);
  assert.equal([(await report).cause.kind, up], ['closed', [1]]);
  assert.is(await ways.close(), 0);
});
committed.run();

const stalls = suite('a stall of our own');

stalls('is followed by another probe before anybody dials', async () => {
  const ways = await new TwoWays().open(EXACT);
  ways.first.blackhole();
  await ways.until('suspicion', ways.isSuspected);
  await ways.clock.advance(PROBE_MS - 100);
  ways.clock.stall(5000);
  await ways.clock.advance(PROBE_MS - 100);
  assert.is(racesOf(ways), 0);
  await ways.until('a race', () => racesOf(ways) === 1, 200);
  assert.is(await ways.close(), 0);
});
stalls.run();

const many = suite('many clients of a server that pauses');

// All were heard in the same moment, so all become suspicious in the same moment.
many('do not come at once, and lose nothing', async () => {
  const COUNT = 300;
  const world = await VirtualWorld.start();
  const dialedAtMs: number[] = [];
  const clients = await Promise.all(Array.from({ length: COUNT }, () => world.open({ reconnect: {} })));
  await world.clock.advance(1000);
  const handled: unknown[] = [];
  for (const session of world.server.sessions.values()) session.handle('say', (data) => void handled.push(data));
  for (const { client } of clients) {
    client.events$.subscribe(({ type }) => type === 'racing' && dialedAtMs.push(world.clock.now()));
    await client.send('say', 1);
  }
  const pausedAtMs = world.clock.now();
  world.network.blackhole();
  for (const { client } of clients) client.send('say', 2).catch(() => {});
  await world.clock.advance(18_000);
  assert.is(dialedAtMs.length, 0, 'nobody is suspicious before 18 s');
  await world.clock.advance(2000);
  world.network.heal();
  await world.clock.advance(5000);
  const spread = dialedAtMs.map((atMs) => Math.floor((atMs - pausedAtMs) / 250));
  const most = Math.max(...spread.map((slot) => spread.filter((other) => other === slot).length));
  // About half of them do not come at all, and of the others a sixth in each quarter of a second.
  assert.ok(dialedAtMs.length > COUNT / 4 && dialedAtMs.length < (COUNT * 3) / 4, `${dialedAtMs.length} dials`);
  assert.ok(most < COUNT / 6, `${most} dials in 250 ms`);
  assert.is(handled.length, 2 * COUNT);
  assert.ok(clients.every(({ client }) => client.state$.value.status === 'open'));
  for (const { client } of clients) client.destroy();
  await world.close();
});
many.run();

const calling = suite('whoever is told of a race');

calling('may end the session at once', async () => {
  const ways = await new TwoWays().open(EXACT);
  ways.client.events$.subscribe(({ type }) => {
    if (type === 'racing') ways.client.destroy();
  });
  ways.first.blackhole();
  await ways.until('the end', () => ways.client.state$.value.status === 'closed');
  await ways.client.closed;
  assert.equal([ways.first.connections, ways.second.connections], [0, 0]);
  assert.is(await ways.close(), 0);
});
calling.run();
