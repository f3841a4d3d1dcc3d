// What a receipt and the states say of the connections that a message and its session have been through (promises P3, P6).
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { VirtualWorld, watch } from '../../../support/virtual-world.ts';

const receipts = suite('a receipt');
const KEPT = { reconnect: { initial: 10 } } as const;

receipts('says that the message was written once, and confirmed where it was written', async () => {
  const world = await VirtualWorld.start();
  const { client, server } = await world.open();
  server.handle('say', () => {});
  const { attempts, resumed } = await client.send('say', 1);
  assert.equal([attempts, resumed], [1, false]);
  await world.close();
});

receipts('says how often the message was written until the peer had it, and the states do, too', async () => {
  const world = await VirtualWorld.start();
  const { client, server } = await world.open(KEPT);
  server.handle('say', () => {});
  await client.send('say', 'before');
  world.network.blackhole('up');
  const sent = client.send('say', 'lost');
  const states = watch(sent.state$);
  await world.clock.settle();
  world.network.reset();
  world.network.heal();
  await world.clock.advance(1000);
  const { attempts, resumed, stage } = await sent;
  assert.equal([stage, attempts, resumed], ['handled', 2, true]);
  assert.equal(
    states.map((state) => (state.stage === 'sent' ? state.attempt : state.stage)),
    ['queued', 1, 2, 'delivered', 'handled'],
  );
  assert.equal([(await client.send('say', 'after')).resumed], [false]);
  await world.close();
});

receipts('says that the confirmation came over another connection, though it was written once', async () => {
  const world = await VirtualWorld.start();
  const { client, server } = await world.open(KEPT);
  let finish!: () => void;
  server.handle('say', () => new Promise<void>((resolve) => (finish = resolve)));
  const sent = client.send('say', 'long');
  await world.clock.settle();
  world.network.reset();
  await world.clock.advance(1000);
  finish();
  await world.clock.advance(100);
  const { attempts, resumed } = await sent;
  assert.equal([attempts, resumed], [1, true]);
  await world.close();
});

receipts('of a message to many says the same for each of them', async () => {
  const world = await VirtualWorld.start();
  const { client } = await world.open(KEPT);
  client.handle('say', () => {});
  world.network.blackhole('down');
  const sent = world.server.everyone.send('say', 'lost');
  const outcomes = watch(sent.each$);
  await world.clock.settle();
  world.network.reset();
  world.network.heal();
  await world.clock.advance(1000);
  assert.is((await sent).handled, 1);
  const { receipt } = outcomes[0]!;
  assert.equal([receipt?.attempts, receipt?.resumed], [2, true]);
  await world.close();
});
receipts.run();

const epochs = suite('the epoch of a session');

epochs('is the attempt that made its connection, on both sides, and only grows', async () => {
  const world = await VirtualWorld.start();
  const { client, server } = await world.open(KEPT);
  const [states, connections] = [watch(client.state$), watch(client.connection$)];
  for (let count = 0; count < 2; count += 1) {
    world.network.reset();
    await world.clock.advance(1000);
  }
  assert.equal(
    states.flatMap((state) => (state.status === 'open' ? [[state.epoch, state.resumed]] : [])),
    [
      [1, false],
      [2, true],
      [3, true],
    ],
  );
  assert.equal(
    connections.flatMap((state) => ('epoch' in state ? [`${state.phase} ${state.epoch}`] : [])),
    ['open 1', 'closed 1', 'open 2', 'closed 2', 'open 3'],
  );
  const { value } = server.state$;
  assert.is(value.status === 'open' && value.epoch, 3);
  assert.is('epoch' in server.connection$.value && server.connection$.value.epoch, 3);
  await world.close();
});
epochs.run();
