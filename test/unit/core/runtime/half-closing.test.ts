/** `end()`: one direction ends, the other goes on. Promises P8, P16; PROTOCOL.md §12. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { SessionEvent } from '@heartwire/core';
import { VirtualWorld, rejectionOf, watch } from '../../../support/virtual-world.ts';

const half = suite('end()');

half('sends what waits, resolves when all of it is settled, and the other direction goes on', async () => {
  const heard: unknown[] = [];
  let finish = (): void => {};
  const world = await VirtualWorld.start({
    server: {
      session: (session) =>
        void session.handle('say', (data) => {
          heard.push(data);
          return data === 'last' ? new Promise<void>((resolve) => (finish = resolve)) : undefined;
        }),
    },
  });
  const { client, server } = await world.open();
  const events = { client: watch<SessionEvent>(client.events$), server: watch<SessionEvent>(server.events$) };
  client.handle('news', () => {});
  void client.send('say', 'first');
  const last = client.send('say', 'last');
  let isEnded = false;
  const ended = client.end().then(() => (isEnded = true));
  assert.is((await rejectionOf<{ outcome: string }>(client.send('say', 'too late'))).outcome, 'not-delivered');
  await world.clock.advance(1000);
  assert.equal([heard, isEnded], [['first', 'last'], false]);
  assert.equal(events.server, [{ type: 'half-closed', by: 'peer' }]);
  finish();
  await ended;
  await last;
  assert.equal(
    events.client.filter(({ type }) => type === 'half-closed'),
    [{ type: 'half-closed', by: 'local' }],
  );
  await server.send('news', 'still here');
  assert.equal([client.state$.value.status, server.state$.value.status], ['open', 'open']);
  const report = server.close();
  await world.clock.advance(100);
  assert.is((await report).cause.kind, 'closed');
  assert.is((await client.closed).kind, 'closed');
  await world.close();
});

half('of both sides is a goodbye', async () => {
  const world = await VirtualWorld.start();
  const { client, server } = await world.open();
  await Promise.all([client.end(), server.end()]);
  await world.clock.advance(100);
  for (const session of [client, server]) assert.is((await session.closed).kind, 'closed');
  await world.close();
});

half('may be followed by close(), which asks for the other direction', async () => {
  const world = await VirtualWorld.start();
  const { client, server } = await world.open();
  await client.end();
  const report = client.close({ code: 7, reason: 'enough' });
  await world.clock.advance(100);
  assert.equal((await report).cause, { kind: 'closed', by: 'local', code: 7, reason: 'enough' });
  assert.equal(await server.closed, { kind: 'closed', by: 'peer', code: 7, reason: 'enough' });
  await world.close();
});

half('ends the loops of whoever iterates, after everything that was sent', async () => {
  const heard: unknown[] = [];
  const world = await VirtualWorld.start();
  const { client, server } = await world.open();
  const looped = (async () => {
    for await (const message of server.messages('say')) {
      heard.push(message.data);
      message.accept();
    }
  })();
  for (let at = 0; at < 3; at += 1) void client.send('say', at);
  await client.end();
  await looped;
  assert.equal(heard, [0, 1, 2]);
  client.destroy();
  await world.close();
});

// The loop was over, and what the new session brought was held for a consumer for ever.
half('ends no loop of a client that reconnects: a new session may bring more', async () => {
  const heard: unknown[] = [];
  const world = await VirtualWorld.start({ server: { resume: false } });
  const { client, server } = await world.open({ reconnect: { initial: 10 } });
  const loop = client.messages('say');
  void (async () => {
    for await (const message of loop) {
      heard.push(message.data);
      message.accept();
    }
  })();
  await server.end();
  world.network.reset();
  await world.clock.advance(100);
  await world.serverSessions.at(-1)!.send('say', 'more');
  assert.equal(heard, ['more']);
  client.destroy();
  await world.close();
});

half('answers no requests any more: they never reach the application', async () => {
  const world = await VirtualWorld.start();
  const { client, server } = await world.open();
  client.handle('ask', () => assert.unreachable());
  await client.end();
  const { outcome } = await rejectionOf<{ outcome: string }>(server.request('ask'));
  assert.is(outcome, 'not-delivered');
  client.volatile('at', 7);
  await world.clock.advance(100);
  assert.equal([client.state$.value.status, server.state$.value.status], ['open', 'open']);
  client.destroy();
  await world.close();
});

half('survives a lost connection', async () => {
  const world = await VirtualWorld.start({
    server: { session: (session) => void session.handle('say', () => {}) },
  });
  for (const cutAtMs of [5, 15, 25, 35]) {
    const { client, server } = await world.open({ reconnect: { initial: 0 } });
    world.network.latency(10);
    const sent = client.send('say');
    const ended = client.end();
    await world.clock.advance(cutAtMs);
    world.network.reset();
    await world.clock.advance(100);
    await Promise.all([sent, ended]);
    assert.equal([client.state$.value.status, server.state$.value.status], ['open', 'open'], `cut at ${cutAtMs}`);
    const report = client.close();
    await world.clock.advance(100);
    assert.is((await report).cause.kind, 'closed');
    await server.closed;
    world.network.latency(0);
  }
  await world.close();
});

half('rejects when the session ends before everything is settled', async () => {
  const world = await VirtualWorld.start();
  const { client } = await world.open({ reconnect: false });
  world.network.blackhole();
  void client.send('say').catch(() => {});
  const ended = client.end();
  assert.is(client.end(), ended, 'the second call is the first');
  await world.clock.settle();
  world.network.reset();
  world.network.heal();
  assert.is((await rejectionOf(ended)).code, 'ERR_HW_CONNECTION_LOST');
  await world.close();
});

// GOODBYE is written again on the next connection, and was news again.
half('is told once, also when the connection breaks before it is confirmed', async () => {
  const world = await VirtualWorld.start();
  const { client, server } = await world.open({ reconnect: { initial: 10, max: 10 } });
  const events = watch<SessionEvent>(server.events$);
  let finish = (): void => {};
  server.handle('say', () => new Promise<void>((resolve) => (finish = resolve)));
  void client.send('say');
  const ended = client.end();
  await world.clock.advance(10);
  world.network.reset();
  await world.clock.advance(100);
  finish();
  await world.clock.advance(100);
  await ended;
  assert.equal(
    events.map(({ type }) => type),
    ['half-closed', 'resumed'],
  );
  client.destroy();
  await world.close();
});
half.run();
