import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ServerStats } from '@heartwire/core';
import { VirtualWorld, watch } from '../../../support/virtual-world.ts';

const NOTHING: ServerStats = {
  sessions: 0,
  open: 0,
  suspended: 0,
  draining: 0,
  connections: 0,
  handshakes: 0,
  alive: 0,
  suspect: 0,
  stalled: 0,
  backlogged: 0,
  outgoing: 0,
  incoming: 0,
  heldBytes: 0,
  loopLag: 0,
  begun: 0,
  resumed: 0,
  rejected: 0,
  turnedAway: 0,
  evicted: 0,
};

function only(stats: Partial<ServerStats>): ServerStats {
  return { ...NOTHING, ...stats };
}

const figures = suite('the figures of a server');

figures('are all zero at first', async () => {
  const world = await VirtualWorld.start();
  assert.equal(world.server.stats$.value, NOTHING);
  await world.close();
});

figures('count a session and its connection from the first byte to the last', async () => {
  const world = await VirtualWorld.start();
  const client = world.connect({ auth: 'ada', reconnect: {} });
  await world.clock.settle();
  assert.equal(world.server.stats$.value, only({ sessions: 1, open: 1, connections: 1, alive: 1, begun: 1 }));
  world.network.reset();
  await world.clock.settle();
  assert.equal(world.server.stats$.value, only({ sessions: 1, suspended: 1, begun: 1 }));
  await world.clock.advance(1000);
  assert.equal(
    world.server.stats$.value,
    only({ sessions: 1, open: 1, connections: 1, alive: 1, begun: 1, resumed: 1 }),
  );
  void client.close();
  await world.clock.settle();
  assert.equal(world.server.stats$.value, only({ begun: 1, resumed: 1 }));
  await world.close();
});

figures('count those who shake hands, are rejected and are turned away', async () => {
  let admit = (): void => {};
  const waiting = new Promise<never>((_resolve, reject) => (admit = () => reject(new Error('nobody'))));
  const world = await VirtualWorld.start({ server: { authenticate: () => waiting, limits: { maxHandshakes: 1 } } });
  world.connect();
  await world.clock.settle();
  const { heldBytes, ...counted } = world.server.stats$.value;
  assert.ok(heldBytes > 0);
  assert.equal({ ...counted, heldBytes: 0 }, only({ connections: 1, handshakes: 1 }));
  world.connect();
  await world.clock.settle();
  admit();
  await world.clock.settle();
  assert.equal(world.server.stats$.value, only({ rejected: 1, turnedAway: 1 }));
  await world.close();
});

figures('count messages that await their fate, in both directions', async () => {
  const world = await VirtualWorld.start();
  const { client, server } = await world.open();
  let finish = (): void => {};
  const handled = new Promise<void>((resolve) => (finish = resolve));
  server.handle('say', () => handled);
  client.handle('said', () => handled);
  for (let count = 0; count < 3; count += 1) void client.send('say', count);
  for (let count = 0; count < 5; count += 1) void server.send('said', 'x'.repeat(1000));
  await world.clock.settle();
  const { outgoing, incoming, heldBytes } = world.server.stats$.value;
  assert.equal([outgoing, incoming], [5, 3]);
  assert.ok(heldBytes > 0);
  finish();
  await world.clock.advance(100);
  assert.equal(world.server.stats$.value, only({ sessions: 1, open: 1, connections: 1, alive: 1, begun: 1 }));
  await world.close();
});

figures('count suspects, and sessions that say goodbye', async () => {
  const world = await VirtualWorld.start({
    server: { heartbeat: { interval: 1000, suspectAfter: 500, deadAfter: 9000 } },
  });
  const [first] = [await world.open({ heartbeat: false }), await world.open({ heartbeat: false })];
  world.network.blackhole();
  await world.clock.advance(2500);
  void first.server.drain({ timeout: 60_000 });
  await world.clock.settle();
  const { sessions, open, draining, alive, suspect } = world.server.stats$.value;
  assert.equal(
    { sessions, open, draining, alive, suspect },
    { sessions: 2, open: 1, draining: 1, alive: 0, suspect: 2 },
  );
  world.network.heal();
  await world.close();
});

figures('count clients whose application does not get its work done', async () => {
  const world = await VirtualWorld.start();
  const { client, server } = await world.open();
  client.handle('work', () => new Promise<void>(() => {}));
  for (let count = 0; count < 2; count += 1) {
    server.send('work', count).catch(() => {});
    await world.clock.advance(20_000);
  }
  const { alive, backlogged, outgoing } = world.server.stats$.value;
  assert.equal({ alive, backlogged, outgoing }, { alive: 1, backlogged: 1, outgoing: 2 });
  client.destroy();
  await world.close();
});

figures('tell of a session that was evicted', async () => {
  const world = await VirtualWorld.start({ server: { resume: { maxSessions: 1 } } });
  const clients = [];
  for (let count = 0; count < 2; count += 1)
    clients.push(await world.open({ reconnect: { initial: 60_000, max: 60_000 } }));
  world.network.reset();
  await world.clock.settle();
  const { suspended, evicted } = world.server.stats$.value;
  assert.equal([suspended, evicted], [1, 1]);
  for (const { client } of clients) client.destroy();
  await world.close();
});

figures('say how long the loop stood still', async () => {
  const world = await VirtualWorld.start();
  await world.open();
  await world.clock.advance(5000);
  world.clock.stall(700);
  await world.clock.advance(1000);
  const { loopLag } = world.server.stats$.value;
  assert.ok(loopLag >= 200 && loopLag <= 700, `${loopLag} ms`);
  await world.clock.advance(30_000);
  assert.is(world.server.stats$.value.loopLag, 0);
  await world.close();
});
figures.run();

const telling = suite('stats$');

telling('tells once a second, and only when something has changed', async () => {
  const world = await VirtualWorld.start();
  const told = watch<ServerStats>(world.server.stats$);
  for (let count = 0; count < 10; count += 1) {
    await world.open({ heartbeat: false });
    await world.clock.advance(100);
  }
  assert.equal(
    told.map(({ sessions }) => sessions),
    [0, 10],
  );
  await world.clock.advance(60_000);
  assert.is(told.length, 2);
  await world.close();
});

telling('has no timer without a subscriber', async () => {
  const world = await VirtualWorld.start();
  assert.is(world.clock.pending, 0);
  const subscriptions = [world.server.stats$.subscribe(), world.server.stats$.subscribe()];
  assert.is(world.clock.pending, 1);
  for (const subscription of subscriptions) subscription.unsubscribe();
  assert.is(world.clock.pending, 0);
  await world.close();
});

telling('is one value for two readings between which nothing happened', async () => {
  const world = await VirtualWorld.start();
  await world.open();
  assert.is(world.server.stats$.value, world.server.stats$.value);
  await world.close();
});

telling('ends with the server, and gives its last figures afterwards', async () => {
  const world = await VirtualWorld.start();
  const told = watch<ServerStats | 'complete'>({
    subscribe: (next) => world.server.stats$.subscribe({ next, complete: () => next('complete') }),
  });
  await world.open();
  await world.close();
  assert.equal(told.slice(-2), [only({ begun: 1 }), 'complete']);
  assert.equal(world.server.stats$.value, only({ begun: 1 }));
});
telling.run();
