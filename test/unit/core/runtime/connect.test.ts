import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { connect, type ConnectOptions } from '@heartwire/core';
import { testClock } from '@heartwire/core/testing';
import type { Dialer, LinkSink } from '@heartwire/core/transport';
import { VirtualWorld, rejectionOf, watch } from '../../../support/virtual-world.ts';

/** A dialer that does nothing by itself; its sink and signal are at hand. */
class IdleDialer implements Dialer {
  readonly name = 'idle';
  readonly address = 'nowhere';
  sink: LinkSink | null = null;
  signal: AbortSignal | null = null;

  dial(sink: LinkSink, signal: AbortSignal): void {
    this.sink = sink;
    this.signal = signal;
    signal.addEventListener('abort', () => queueMicrotask(() => this.sink?.closed({ kind: 'destroyed' })));
  }
}

const opening = suite('connect');

opening('returns at once, and the session opens in its own time', async () => {
  const world = await VirtualWorld.start({ server: { name: 'the server' } });
  const session = world.connect({ name: 'the client' });
  assert.equal([session.state$.value, session.id, session.auth], [{ status: 'connecting', attempt: 1 }, '', undefined]);
  assert.equal(session.peer, { transport: 'memory', address: 'memory' });
  const states = watch(session.state$);
  const connections = watch(session.connection$);
  await world.clock.settle();
  assert.is(await session.ready, session);
  assert.equal(states, [
    { status: 'connecting', attempt: 1 },
    { status: 'open', epoch: 1, resumed: false },
  ]);
  assert.equal(connections, [
    { phase: 'dialing', address: 'memory' },
    { phase: 'open', readable: true, writable: true, epoch: 1 },
  ]);
  assert.equal(session.peer, { transport: 'memory', address: 'memory', name: 'the server' });
  assert.is(world.serverSessions[0]!.peer.name, 'the client');
  await world.close();
});

opening('gives the session the id that the server gave it, none twice', async () => {
  const world = await VirtualWorld.start();
  const sessions = Array.from({ length: 20 }, () => world.connect());
  await world.clock.settle();
  const ids = sessions.map(({ id }) => id);
  assert.equal([...ids].sort(), [...world.server.sessions.keys()].sort());
  assert.is(new Set(ids).size, 20);
  for (const id of ids) assert.match(id, /^[0-9a-f]{32}$/);
  await world.close();
});

opening('misses nothing for handlers and taps that are attached in the same turn', async () => {
  const world = await VirtualWorld.start({
    server: {
      session(session) {
        void session.send('news', 'first');
        void session.send('news', 'second');
      },
    },
  });
  const session = world.connect();
  const handled: unknown[] = [];
  const tapped = watch(session.on('news'));
  session.handle('news', (data) => void handled.push(data));
  await world.clock.settle();
  assert.equal(handled, ['first', 'second']);
  assert.equal(
    tapped.map(({ data }) => data),
    ['first', 'second'],
  );
  await world.close();
});

opening('sends what was sent before it was open, in order', async () => {
  const handled: unknown[] = [];
  const world = await VirtualWorld.start({
    server: { session: (session) => void session.handle('say', (data) => void handled.push(data)) },
  });
  world.network.latency(50);
  const session = world.connect();
  const deliveries = [1, 2, 3].map((data) => session.send('say', data));
  assert.equal(
    deliveries.map(({ id, state$ }) => [id, state$.value.stage]),
    [
      [0, 'queued'],
      [0, 'queued'],
      [0, 'queued'],
    ],
  );
  await world.clock.advance(300);
  assert.equal(handled, [1, 2, 3]);
  assert.equal(
    (await Promise.all(deliveries)).map(({ id, stage }) => [id, stage]),
    [
      [1, 'handled'],
      [2, 'handled'],
      [3, 'handled'],
    ],
  );
  await world.close();
});
opening.run();

const failing = suite('a session that never opens');

failing('because nobody answers the dial is over when its time is', async () => {
  const clock = testClock();
  const dialer = new IdleDialer();
  const session = connect(dialer, { reconnect: false, clock, limits: { dialTimeout: 700 } });
  const waiting = session.send('say', 1);
  await clock.advance(699);
  assert.equal([session.state$.value.status, dialer.signal?.aborted], ['connecting', false]);
  await clock.advance(1);
  assert.ok(dialer.signal?.aborted);
  assert.equal(await session.closed, { kind: 'timeout', of: 'dial', silentFor: 700 });
  assert.is((await rejectionOf(session.ready)).code, 'ERR_HW_TIMEOUT');
  const error = await rejectionOf<{ outcome: string; lastStage: string }>(waiting);
  assert.equal([error.outcome, error.lastStage], ['not-delivered', 'queued']);
  assert.is(clock.pending, 0);
});

failing('because nobody listens says so', async () => {
  const world = await VirtualWorld.start();
  await world.server.close();
  const session = world.connect();
  const states = watch(session.state$);
  const waiting = session.request('ask');
  const cause = await session.closed;
  assert.is(cause.kind, 'refused');
  assert.equal(states, [
    { status: 'connecting', attempt: 1 },
    { status: 'closed', cause },
  ]);
  assert.equal(session.connection$.value, { phase: 'closed', cause, epoch: 1 });
  assert.is((await rejectionOf(session.ready)).code, 'ERR_HW_CONNECTION_LOST');
  assert.is((await rejectionOf<{ outcome: string }>(waiting)).outcome, 'not-delivered');
  await world.close();
});

failing('because the server is silent is over when the handshake’s time is', async () => {
  const world = await VirtualWorld.start();
  world.network.blackhole();
  const session = world.connect({ limits: { handshakeTimeout: 800 } });
  await world.clock.advance(799);
  assert.is(session.state$.value.status, 'connecting');
  await world.clock.advance(1);
  // The last word and our end of the link cannot arrive either; a second later the link is dropped.
  await world.clock.advance(1000);
  assert.equal(await session.closed, { kind: 'timeout', of: 'handshake', silentFor: 800 });
  await world.close();
});

failing('is never an unhandled rejection', async () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  process.on('unhandledRejection', note);
  const clock = testClock();
  const session = connect(new IdleDialer(), { reconnect: false, clock });
  void session.send('say', 1);
  session.destroy();
  await session.closed;
  await clock.settle();
  process.off('unhandledRejection', note);
  assert.equal(unhandled, []);
});

for (const [title, options, named] of [
  ['a limit', { limits: { windowMessages: 0 } }, 'limits.windowMessages'],
  ['a heartbeat', { heartbeat: { interval: 1 } }, 'heartbeat.interval'],
] as const) {
  failing(`because of a mistake in the options is none at all: ${title} throws at once`, () => {
    const dialer = new IdleDialer();
    assert.throws(
      () => connect(dialer, options as ConnectOptions),
      (error: { code: string; message: string }) => error.code === 'ERR_HW_OPTION' && error.message.includes(named),
    );
    assert.is(dialer.sink, null);
  });
}
failing.run();

const credentials = suite('the credentials');

for (const [title, auth] of [
  ['as a value', { token: 'secret' }],
  ['from a function', () => ({ token: 'secret' })],
  ['from a function that fetches them', () => Promise.resolve({ token: 'secret' })],
] as const) {
  credentials(`reach the server ${title}`, async () => {
    const seen: unknown[] = [];
    const world = await VirtualWorld.start({ server: { authenticate: (given) => seen.push(given) } });
    await world.open({ auth });
    assert.equal(seen, [{ token: 'secret' }]);
    await world.close();
  });
}

credentials('are nothing when there are none', async () => {
  const seen: unknown[] = [];
  const world = await VirtualWorld.start({ server: { authenticate: (given) => seen.push(given) } });
  await world.open();
  assert.equal(seen, [undefined]);
  await world.close();
});

credentials('with credentials that never come gives up in time', async () => {
  const clock = testClock();
  const dialer = new IdleDialer();
  const session = connect(dialer, {
    reconnect: false,
    clock,
    auth: () => new Promise(() => {}),
    limits: { dialTimeout: 2000 },
  });
  await clock.advance(2000);
  assert.equal(await session.closed, { kind: 'timeout', of: 'dial', silentFor: 2000 });
  assert.is((await rejectionOf(session.ready)).code, 'ERR_HW_TIMEOUT');
  assert.is(dialer.sink, null);
  assert.is(clock.pending, 0);
});

for (const [title, auth, said] of [
  ['cannot be fetched', () => Promise.reject(new Error('no network')), 'no network'],
  ['cannot be encoded', new Date(0), 'plain data'],
  ['are too large', 'x'.repeat(7166), 'auth takes 7169 bytes, at most 7168 fit'],
] as const) {
  credentials(`that ${title} end the session before it has dialed`, async () => {
    const clock = testClock();
    const dialer = new IdleDialer();
    const session = connect(dialer, { reconnect: false, clock, auth });
    const cause = await session.closed;
    assert.ok(cause.kind === 'refused' && cause.by === 'application' && cause.code === 'ERR_HW_AUTH');
    assert.match(cause.message, said);
    assert.is((await rejectionOf(session.ready)).code, 'ERR_HW_AUTH');
    assert.is(dialer.sink, null);
    assert.is(clock.pending, 0);
  });
}

credentials('of the largest size fit', async () => {
  const seen: unknown[] = [];
  const world = await VirtualWorld.start({ server: { authenticate: (given) => seen.push((given as string).length) } });
  await world.open({ auth: 'x'.repeat(7165) });
  assert.equal(seen, [7165]);
  await world.close();
});

credentials('that come after the session was closed do not dial any more', async () => {
  const clock = testClock();
  const dialer = new IdleDialer();
  let give: (auth: string) => void = () => {};
  const session = connect(dialer, {
    reconnect: false,
    clock,
    auth: () => new Promise<string>((resolve) => (give = resolve)),
  });
  await clock.settle();
  const report = await session.close();
  assert.equal(report.cause, { kind: 'closed', by: 'local', code: 0, reason: '' });
  give('too late');
  await clock.settle();
  assert.is(dialer.sink, null);
  assert.is(clock.pending, 0);
});
credentials.run();

const giving = suite('giving a session up');

giving('by a signal that was aborted before dials nobody', async () => {
  const clock = testClock();
  const dialer = new IdleDialer();
  const session = connect(dialer, { reconnect: false, clock, signal: AbortSignal.abort() });
  assert.equal(await session.closed, { kind: 'destroyed' });
  await clock.settle();
  assert.is(dialer.sink, null);
  assert.is(clock.pending, 0);
});

for (const [title, give] of [
  ['by a signal', (controller: AbortController) => controller.abort()],
  ['by destroy', (_: AbortController, session: { destroy(): void }) => session.destroy()],
] as const) {
  giving(`${title} while it is dialing gives the dial up`, async () => {
    const clock = testClock();
    const dialer = new IdleDialer();
    const controller = new AbortController();
    const session = connect(dialer, { reconnect: false, clock, signal: controller.signal });
    await clock.settle();
    give(controller, session);
    assert.ok(dialer.signal?.aborted);
    assert.equal(await session.closed, { kind: 'destroyed' });
    assert.is(clock.pending, 0);
  });

  giving(`${title} while it is open drops the connection`, async () => {
    const world = await VirtualWorld.start();
    const controller = new AbortController();
    const { client, server } = await world.open({ signal: controller.signal });
    give(controller, client);
    assert.equal(await client.closed, { kind: 'destroyed' });
    assert.equal(await server.closed, { kind: 'reset' });
    await world.close();
  });
}

giving('by close while it is dialing gives the dial up, as agreed', async () => {
  const clock = testClock();
  const dialer = new IdleDialer();
  const session = connect(dialer, { reconnect: false, clock });
  await clock.settle();
  const waiting = session.send('say', 1);
  const report = await session.close({ code: 5, reason: 'never mind' });
  assert.equal(report, {
    cause: { kind: 'closed', by: 'local', code: 5, reason: 'never mind' },
    handled: 0,
    notDelivered: 1,
    refused: 0,
    unknown: 0,
  });
  assert.is((await rejectionOf<{ outcome: string }>(waiting)).outcome, 'not-delivered');
  assert.ok(dialer.signal?.aborted);
  assert.is(clock.pending, 0);
});

giving('when a connection is not made, in the moment that this is told, dials no more', async () => {
  const clock = testClock();
  let dials = 0;
  const dialer: Dialer = {
    name: 'failing',
    address: 'nowhere',
    dial(sink) {
      dials += 1;
      queueMicrotask(() => sink.closed({ kind: 'lost' }));
    },
  };
  const session = connect(dialer, { clock });
  session.connection$.subscribe(({ phase }) => phase === 'closed' && session.destroy());
  await clock.settle();
  assert.equal(await session.closed, { kind: 'destroyed' });
  await clock.advance(60_000);
  assert.is(dials, 1);
});

giving('drops a link that opens all the same', async () => {
  const clock = testClock();
  const dialer = new IdleDialer();
  const session = connect(dialer, { reconnect: false, clock });
  await clock.settle();
  const sink = dialer.sink!;
  dialer.sink = null;
  session.destroy();
  const calls: string[] = [];
  sink.open({
    info: { transport: 'idle' },
    write: () => calls.push('write') > 0,
    end: () => void calls.push('end'),
    abort: () => void calls.push('abort'),
  });
  assert.equal(calls, ['abort']);
  sink.closed({ kind: 'destroyed' });
  assert.equal(await session.closed, { kind: 'destroyed' });
  assert.is(clock.pending, 0);
});

giving('leaves the signal alone after the end', async () => {
  const world = await VirtualWorld.start();
  const controller = new AbortController();
  const { client } = await world.open({ signal: controller.signal });
  const report = client.close();
  await world.clock.settle();
  await report;
  controller.abort();
  assert.is((await client.closed).kind, 'closed');
  await world.close();
});
giving.run();
