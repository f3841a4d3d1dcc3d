/** A server that restarts: `drain({ reconnectAfter })`. Its clients lose nothing, and do not all come back at once. Promises P1, P16. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { serve, type DrainReport, type Server, type SessionEvent } from '@heartwire/core';
import { VirtualWorld, rejectionOf, watch } from '../../../support/virtual-world.ts';

interface Restart {
  readonly world: VirtualWorld;
  readonly handled: unknown[];
}

async function started(): Promise<Restart> {
  const handled: unknown[] = [];
  const world = await VirtualWorld.start({
    server: { session: (session) => void session.handle('say', (data) => void handled.push(data)) },
  });
  return { world, handled };
}

/** Another server in the place of the first. */
async function again({ world, handled }: Restart, name: string): Promise<Server<never>> {
  return serve(world.listener, {
    clock: world.clock,
    session: (session) => void session.handle('say', (data) => void handled.push([name, data])),
  }) as unknown as Promise<Server<never>>;
}

const leaving = suite('a server that restarts');

leaving('ends every session in order, and its clients go on with the next one, unharmed', async () => {
  const restart = await started();
  const { world, handled } = restart;
  const { client } = await world.open({ reconnect: {}, random: () => 0.5 });
  const events = watch<SessionEvent>(client.events$);
  const states = watch(client.state$);
  const firstId = client.id;
  await client.send('say', 'before');
  const report = world.server.drain({ reconnectAfter: 1000, reason: 'new version' });
  await world.clock.settle();
  const later = client.send('say', 'while it is away');
  await world.clock.advance(1000);
  assert.equal(await report, { sessions: 1, closed: 1, handled: 0, notDelivered: 0, refused: 0, unknown: 0 });
  const second = await again(restart, 'second');
  await world.clock.advance(400);
  assert.equal(handled, ['before'], 'it does not come before its time');
  await world.clock.advance(200);
  assert.is((await later).stage, 'handled');
  assert.equal(handled, ['before', ['second', 'while it is away']]);
  assert.is.not(client.id, firstId);
  assert.equal(
    events.map(({ type }) => type),
    ['going-away', 'gap'],
  );
  assert.equal(events[0], { type: 'going-away', reason: 'new version', within: 5000, reconnectAfter: 1000 });
  assert.equal(events[1], { type: 'gap', sent: null, received: 0 });
  assert.equal(
    states.map(({ status }) => status).filter((status, at, all) => status !== all[at - 1]),
    ['open', 'suspended', 'open'],
  );
  client.destroy();
  await world.clock.settle();
  await Promise.all([second.close(), world.clock.advance(6000)]);
  await world.close();
});

leaving('lets what is under way finish first, in both directions', async () => {
  const restart = await started();
  const { world } = restart;
  const { client, server } = await world.open({ reconnect: {}, random: () => 0 });
  let finish = (): void => {};
  client.handle('news', () => new Promise<void>((resolve) => (finish = resolve)));
  let answer = (_text: string): void => {};
  server.handle('ask', () => new Promise<string>((resolve) => (answer = resolve)));
  const news = server.send('news');
  const asked = client.request('ask');
  await world.clock.settle();
  const report = world.server.drain({ reconnectAfter: 10 });
  await world.clock.settle();
  answer('here it is');
  assert.is(await asked, 'here it is');
  await world.clock.advance(1000);
  assert.is(server.state$.value.status, 'draining', 'its own message is not handled yet');
  finish();
  await world.clock.advance(100);
  assert.is((await news).stage, 'handled');
  assert.equal(await report, { sessions: 1, closed: 1, handled: 1, notDelivered: 0, refused: 0, unknown: 0 });
  client.destroy();
  await world.close();
});

leaving('is told again on the next connection, when the first one breaks on the way', async () => {
  const restart = await started();
  const { world } = restart;
  const { client } = await world.open({ reconnect: { initial: 20, max: 20 }, random: () => 0.5 });
  const events = watch<SessionEvent>(client.events$);
  world.network.latency(10);
  const report = world.server.drain({ reconnectAfter: 1000 });
  await world.clock.advance(5);
  world.network.reset();
  await world.clock.advance(200);
  assert.equal(await report, { sessions: 1, closed: 1, handled: 0, notDelivered: 0, refused: 0, unknown: 0 });
  assert.equal(
    events.map(({ type }) => type),
    ['resumed', 'going-away', 'gap'],
  );
  client.destroy();
  await world.close();
});

// A client that drained after it had ended its direction for the server wrote what it had kept back behind its GOODBYE, and both sides lost the session.
leaving('gets nothing behind a goodbye, also when the client ends what it has kept back', async () => {
  const { world } = await started();
  const { client, server } = await world.open({ reconnect: {} });
  let finish = (): void => {};
  server.handle('wait', () => new Promise<void>((resolve) => (finish = resolve)));
  const waiting = client.send('wait');
  await world.clock.settle();
  const report = world.server.drain({ reconnectAfter: 1000 });
  await world.clock.advance(50);
  const keptBack = client.send('say', 'for the next session');
  const drained = client.drain();
  await world.clock.advance(50);
  finish();
  await world.clock.advance(50);
  assert.is((await waiting).stage, 'handled');
  assert.is((await rejectionOf<{ outcome: string }>(keptBack)).outcome, 'not-delivered');
  assert.is((await drained).cause.kind, 'closed');
  assert.is((await report).closed, 1);
  await world.close();
});

// The end of the direction towards the server that left was taken for the end of everything that had been sent.
leaving('does not complete the end() of a client that keeps something back for the next session', async () => {
  const restart = await started();
  const { world, handled } = restart;
  const { client } = await world.open({ reconnect: {}, random: () => 0 });
  world.network.latency(20);
  const report = world.server.drain({ reconnectAfter: 1000 });
  await world.clock.advance(30);
  void client.send('say', 'later');
  let isEnded = false;
  const ended = client.end().then(() => (isEnded = true));
  await world.clock.advance(500);
  await report;
  assert.not(isEnded, 'a message waits');
  const second = await again(restart, 'second');
  await world.clock.advance(1000);
  await ended;
  assert.equal(handled, [['second', 'later']]);
  client.destroy();
  await world.clock.settle();
  await Promise.all([second.close(), world.clock.advance(6000)]);
  await world.close();
});

leaving('begins no new session while the others end', async () => {
  const restart = await started();
  const { world } = restart;
  const { client, server } = await world.open({ reconnect: {} });
  let finish = (): void => {};
  client.handle('news', () => new Promise<void>((resolve) => (finish = resolve)));
  const news = server.send('news');
  await world.clock.settle();
  const report = world.server.drain({ reconnectAfter: 1000 });
  const late = world.connect({ reconnect: false });
  assert.is((await rejectionOf(late.ready)).code, 'ERR_HW_SHUTTING_DOWN');
  finish();
  await news;
  await world.clock.advance(1000);
  assert.equal(await report, { sessions: 1, closed: 1, handled: 1, notDelivered: 0, refused: 0, unknown: 0 });
  client.destroy();
  await world.close();
});

leaving('is the end for a client that does not reconnect, and for one that says so', async () => {
  const restart = await started();
  const { world } = restart;
  const [once, closing] = [await world.open({ reconnect: false }), await world.open({ reconnect: {} })];
  const report = world.server.drain({ reconnectAfter: 1000, code: 3, reason: 'bye' });
  await world.clock.settle();
  const closed = closing.client.close();
  await world.clock.advance(100);
  assert.equal(await once.client.closed, { kind: 'closed', by: 'peer', code: 3, reason: 'bye' });
  assert.is((await closed).cause.kind, 'closed');
  assert.is((await report).closed, 2);
  await world.close();
});

leaving('without a time is the end for every client', async () => {
  const { world } = await started();
  const { client } = await world.open({ reconnect: {} });
  const report = world.server.drain();
  await world.clock.advance(100);
  assert.equal(await client.closed, { kind: 'closed', by: 'peer', code: 0, reason: '' });
  assert.is((await report).closed, 1);
  await world.close();
});

leaving('does not wait for sessions whose clients are away and that owe nothing', async () => {
  const { world } = await started();
  const { client } = await world.open({ reconnect: { initial: 60_000, max: 60_000 }, random: () => 1 });
  world.network.reset();
  await world.clock.advance(10);
  let report: DrainReport | null = null;
  void world.server.close().then((result) => (report = result));
  await world.clock.settle();
  assert.equal(report, { sessions: 1, closed: 0, handled: 0, notDelivered: 0, refused: 0, unknown: 0 });
  client.destroy();
  await world.close();
});

leaving('says at once when the time makes no sense', async () => {
  const { world } = await started();
  for (const reconnectAfter of [-1, NaN, 2 ** 31]) {
    assert.throws(() => world.server.drain({ reconnectAfter }), /reconnectAfter/);
  }
  await world.close();
});

// What is not a finite number cannot be written; a half of it was, and the clients broke the connection off.
leaving('may take for ever', async () => {
  const { world } = await started();
  const { client } = await world.open({ reconnect: {} });
  const states = watch(client.state$);
  const report = world.server.drain({ reconnectAfter: 1000, timeout: Infinity });
  await world.clock.advance(100);
  assert.is((await report).closed, 1);
  assert.is(states.at(-1)!.status, 'suspended');
  client.destroy();
  await world.close();
});
leaving.run();
