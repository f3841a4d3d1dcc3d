import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { connect, serve } from '@heartwire/core';
import { memoryNetwork, testClock } from '@heartwire/core/testing';
import type { Listener } from '@heartwire/core/transport';
import { withDeadline } from '../../../support/with-deadline.ts';
import { VirtualWorld, rejectionOf, watch, type AnyServerSession } from '../../../support/virtual-world.ts';

const listening = suite('serve');

listening('listens on every listener, and says where', async () => {
  const clock = testClock();
  const networks = [memoryNetwork({ clock }), memoryNetwork({ clock })];
  const server = await serve(
    networks.map(({ listener }) => listener),
    { clock },
  );
  assert.equal(server.addresses, ['memory', 'memory']);
  const clients = networks.map(({ dialer }) => connect(dialer, { reconnect: false, clock }));
  await clock.settle();
  assert.is(server.sessions.size, 2);
  const closed = server.close();
  await clock.advance(1000);
  await closed;
  assert.equal(await Promise.all(clients.map(async ({ closed: cause }) => (await cause).kind)), ['closed', 'closed']);
  assert.is(clock.pending, 0);
});

listening('rejects with the error of a listener that cannot, and closes the others again', async () => {
  const clock = testClock();
  const { dialer, listener } = memoryNetwork({ clock });
  const broken: Listener = { name: 'broken', listen: () => Promise.reject(new Error('address in use')) };
  const error = await rejectionOf<Error>(serve([listener, broken], { clock }));
  assert.is(error.message, 'address in use');
  const client = connect(dialer, { reconnect: false, clock });
  assert.is((await client.closed).kind, 'refused');
  assert.is(clock.pending, 0);
});

listening('rejects a mistake in the options before it listens', async () => {
  let listens = 0;
  const listener: Listener = {
    name: 'counting',
    listen: () => Promise.reject(new Error(`listened ${(listens += 1)}`)),
  };
  const error = await rejectionOf(serve(listener, { limits: { maxHandshakes: 0 } }));
  assert.is(error.code, 'ERR_HW_OPTION');
  assert.is(listens, 0);
});
listening.run();

const introducing = suite('a new session');

introducing('is introduced before its first message is handled, and is on the stream and in the map', async () => {
  const handled: unknown[] = [];
  const world = await VirtualWorld.start({
    server: { session: (session) => void session.handle('say', (data) => void handled.push(data)) },
  });
  const streamed = watch(world.server.session$);
  const client = world.connect();
  void client.send('say', 'hello');
  await world.clock.settle();
  assert.equal(handled, ['hello']);
  const [session] = world.serverSessions;
  assert.equal(streamed, [session]);
  assert.is(world.server.sessions.get(session!.id), session);
  client.destroy();
  await world.clock.settle();
  assert.is(world.server.sessions.size, 0);
  await world.close();
});

// Whoever used the variable that `serve` is to be assigned to had none, when another listener was still on its way.
introducing('comes with its server, which may not have been given away yet', async () => {
  const clock = testClock();
  const { dialer, listener } = memoryNetwork({ clock });
  let release = (): void => {};
  const slow: Listener = {
    name: 'slow',
    listen: () =>
      new Promise((resolve) => (release = () => resolve({ address: 'slow', close: () => Promise.resolve() }))),
  };
  const servers: unknown[] = [];
  const serving = serve([listener, slow], {
    clock,
    session(session, server) {
      servers.push(server);
      server.group('lobby').add(session);
    },
  });
  connect(dialer, { clock });
  await clock.settle();
  assert.is(servers.length, 1);
  release();
  const server = await serving;
  assert.is(servers[0], server);
  assert.is(server.group('lobby').size, 1);
  const closed = server.close();
  await clock.advance(1000);
  await closed;
  assert.is(server.group('lobby').size, 0);
});

introducing('is one of everyone, and leaves its groups when it ends', async () => {
  const world = await VirtualWorld.start();
  const { client, server: session } = await world.open();
  const other = await world.open();
  for (const one of [client, other.client]) one.handle('say', () => {});
  const lobby = world.server.group('lobby');
  lobby.add(session);
  const sent = [world.server.everyone.send('say', 1), lobby.send('say', 2)];
  await world.clock.settle();
  const reports = await Promise.all(sent);
  assert.equal(
    reports.map(({ handled }) => handled),
    [2, 1],
  );
  client.destroy();
  await world.clock.settle();
  assert.is(lobby.size, 0);
  assert.is(world.server.everyone.send('say', 3).progress$.value.recipients, 1);
  await world.close();
});

introducing('may be sent to at once', async () => {
  const world = await VirtualWorld.start({ server: { session: (session) => void session.send('hello', session.id) } });
  const client = world.connect();
  const heard: unknown[] = [];
  client.handle('hello', (data) => void heard.push(data));
  await world.clock.settle();
  assert.equal(heard, [client.id]);
  await world.close();
});

// Whoever was turned away in the callback stood there for ever: open on the client's side, unheard on the server's.
for (const [title, end, kind] of [
  ['closed', (session: AnyServerSession) => void session.close({ code: 9, reason: 'go away' }), 'closed'],
  ['drained', (session: AnyServerSession) => void session.drain({ code: 9, reason: 'go away' }), 'closed'],
  ['destroyed', (session: AnyServerSession) => session.destroy(), 'reset'],
] as const) {
  introducing(`may be ${title} at once, and the client learns it`, async () => {
    const world = await VirtualWorld.start({ server: { session: end } });
    const client = world.connect();
    await world.clock.advance(2000);
    const cause = await withDeadline(1000, client.closed, 'the client to learn it');
    assert.is(cause.kind, kind);
    if (cause.kind === 'closed') assert.equal([cause.by, cause.code, cause.reason], ['peer', 9, 'go away']);
    assert.is(world.network.connections, 0);
    await world.close();
  });
}

introducing('stands though its introduction throws: the error is reported as the application’s own', async () => {
  const listeners = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  const reported = new Promise((resolve) => process.once('uncaughtException', resolve));
  const error = new Error('of the application');
  const world = await VirtualWorld.start({
    server: {
      session(session) {
        session.handle('say', () => {});
        throw error;
      },
    },
  });
  const { client } = await world.open();
  assert.is(await withDeadline(5000, reported, 'the report'), error);
  for (const listener of listeners) process.on('uncaughtException', listener);
  const sent = client.send('say', 1);
  await world.clock.settle();
  assert.is((await sent).stage, 'handled');
  await world.close();
});
introducing.run();

const ending = suite('the end of a server');

ending('closes every session with the words that were given, and listens no more', async () => {
  const world = await VirtualWorld.start();
  const sessions = [await world.open(), await world.open()];
  const completed: string[] = [];
  world.server.session$.subscribe({ complete: () => completed.push('session$') });
  world.server.events$.subscribe({ complete: () => completed.push('events$') });
  const closed = world.server.close({ code: 3, reason: 'maintenance' });
  await world.clock.advance(1000);
  await closed;
  for (const { client } of sessions) {
    assert.equal(await client.closed, { kind: 'closed', by: 'peer', code: 3, reason: 'maintenance' });
  }
  assert.equal(completed, ['session$', 'events$']);
  const late = world.connect();
  assert.is((await late.closed).kind, 'refused');
  await world.close();
});

for (const [way, expected] of [
  ['drain', { handled: 3, failed: 0 }],
  ['close', { handled: 1, failed: 2 }],
] as const) {
  ending(`by ${way} ${way === 'drain' ? 'sends' : 'withdraws'} what waits`, async () => {
    const world = await VirtualWorld.start();
    const client = world.connect({ limits: { windowMessages: 1 } });
    client.handle('say', () => {});
    world.network.latency(10);
    await world.clock.advance(100);
    const [session] = world.serverSessions;
    const deliveries = [1, 2, 3].map((data) => session!.send('say', data));
    await world.clock.settle();
    const ended = world.server[way]();
    await world.clock.advance(1000);
    await ended;
    const outcomes = await Promise.allSettled(deliveries);
    assert.equal(
      {
        handled: outcomes.filter(({ status }) => status === 'fulfilled').length,
        failed: outcomes.filter(({ status }) => status === 'rejected').length,
      },
      expected,
    );
    await world.close();
  });
}

ending('is bounded: handlers that never finish are not waited for', async () => {
  const world = await VirtualWorld.start();
  const { client, server } = await world.open();
  client.handle('say', () => new Promise(() => {}));
  const sent = server.send('say', 1);
  await world.clock.settle();
  let isClosed = false;
  const closed = world.server.close({ timeout: 700 }).then(() => (isClosed = true));
  await world.clock.advance(699);
  assert.not.ok(isClosed);
  await world.clock.advance(1);
  await closed;
  assert.equal(await server.closed, { kind: 'timeout', of: 'close', silentFor: 0 });
  assert.is((await rejectionOf<{ outcome: string }>(sent)).outcome, 'unknown');
  await world.close();
});

ending('may be asked for twice, and by leaving a block', async () => {
  const world = await VirtualWorld.start();
  await world.open();
  const both = [world.server.close(), world.server.drain(), world.server[Symbol.asyncDispose]()];
  await world.clock.advance(1000);
  await Promise.all(both);
  await world.close();
});

ending('turns away whoever is being looked up, and tells the look-up', async () => {
  const signals: AbortSignal[] = [];
  const world = await VirtualWorld.start({
    server: {
      authenticate: (_auth, _peer, signal) => {
        signals.push(signal);
        return new Promise(() => {});
      },
    },
  });
  const client = world.connect();
  await world.clock.settle();
  const closed = world.server.close();
  await world.clock.advance(1000);
  await closed;
  const cause = await client.closed;
  assert.ok(cause.kind === 'refused' && cause.code === 'ERR_HW_SHUTTING_DOWN');
  assert.ok(signals[0]?.aborted);
  assert.is(world.serverSessions.length, 0);
  await world.close();
});

// It was told by ERROR, after which there is no point in coming again: whoever dialled in that moment was lost for good.
ending('turns away whoever has connected and said nothing, so that it may come again', async () => {
  const world = await VirtualWorld.start();
  world.network.blackhole('up');
  const client = world.connect();
  await world.clock.settle();
  const closed = world.server.close();
  await world.clock.advance(1000);
  await closed;
  const cause = await client.closed;
  assert.ok(cause.kind === 'refused' && cause.code === 'ERR_HW_SHUTTING_DOWN');
  await world.close();
});

ending('turns away whoever still comes through a listener that is slow to close', async () => {
  const clock = testClock();
  const { dialer, listener } = memoryNetwork({ clock });
  let release = (): void => {};
  const slow: Listener = {
    name: 'slow',
    listen: async (accept) => {
      const { address } = await listener.listen(accept);
      return { address, close: () => new Promise<void>((resolve) => (release = resolve)) };
    },
  };
  const server = await serve(slow, { clock });
  const closed = server.close();
  const client = connect(dialer, { reconnect: false, clock });
  await clock.advance(2000);
  const cause = await client.closed;
  assert.ok(cause.kind === 'refused' && cause.code === 'ERR_HW_SHUTTING_DOWN');
  release();
  await closed;
  assert.is(clock.pending, 0);
});
ending.run();

const evicting = suite('evicting');

// A session whose time was over, and whose messages still waited for their handlers, was told to be evicted and ended as expired.
evicting('is told of no session that is over already', async () => {
  const world = await VirtualWorld.start({
    server: {
      resume: { window: 1000, maxSessions: 1 },
      session: (session) => void session.handle('wait', () => new Promise(() => {})),
    },
  });
  const events = watch(world.server.events$);
  const { client, server } = await world.open({ reconnect: {} });
  for (let count = 0; count < 2; count += 1) client.send('wait').catch(() => {});
  await world.clock.advance(100);
  client.destroy();
  await world.clock.advance(1500);
  assert.is(server.state$.value.status, 'suspended', 'a message waits for its handler');
  const second = await world.open({ reconnect: {} });
  second.client.destroy();
  await world.clock.advance(10);
  assert.is((await server.closed).kind, 'expired', 'it makes room');
  assert.equal(events, []);
  await world.clock.advance(2000);
  await world.close();
});
evicting.run();

const handshakes = suite('connections that shake hands');

handshakes('are limited: one more is told that the server is busy', async () => {
  const world = await VirtualWorld.start({
    server: { limits: { maxHandshakes: 2 }, authenticate: () => new Promise(() => {}) },
  });
  const clients = [world.connect(), world.connect(), world.connect()];
  await world.clock.settle();
  const cause = await clients[2]!.closed;
  assert.ok(cause.kind === 'refused' && cause.code === 'ERR_HW_BUSY');
  assert.is((await rejectionOf(clients[2]!.ready)).code, 'ERR_HW_BUSY');
  assert.equal(
    clients.slice(0, 2).map(({ state$ }) => state$.value.status),
    ['connecting', 'connecting'],
  );
  clients[0]!.destroy();
  await world.clock.settle();
  const next = world.connect();
  await world.clock.settle();
  assert.is(next.state$.value.status, 'connecting', 'there is room again');
  await world.close();
});

handshakes('that are over count no more', async () => {
  const world = await VirtualWorld.start({ server: { limits: { maxHandshakes: 1 } } });
  for (let count = 0; count < 5; count += 1) await world.open();
  assert.is(world.server.sessions.size, 5);
  await world.close();
});
handshakes.run();
