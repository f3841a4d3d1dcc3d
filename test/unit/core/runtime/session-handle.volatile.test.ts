/** `volatile()` through the public functions, in virtual time. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HeartwireError, connect, type Dialer, type ErrorCode } from '@heartwire/core';
import { testClock } from '@heartwire/core/testing';
import { VirtualWorld, watch, type OpenSession } from '../../../support/virtual-world.ts';

async function open(
  options: Parameters<VirtualWorld['connect']>[0] = {},
): Promise<OpenSession & { world: VirtualWorld }> {
  const world = await VirtualWorld.start();
  return { world, ...(await world.open(options)) };
}

function hasCode(code: ErrorCode): (error: unknown) => boolean {
  return (error) => error instanceof HeartwireError && error.code === code && error.by === 'local';
}

const values = suite('volatile values');

values('reach the handler of their type: of each key the newest of a turn', async () => {
  const { world, client, server } = await open();
  const seen: unknown[] = [];
  server.handle('at', (data) => void seen.push(data));
  for (let at = 0; at < 10; at += 1) client.volatile('at', at, { key: at % 2 });
  client.volatile('at', 'seven', { key: '7' });
  client.volatile('at', 7, { key: 7 });
  client.volatile('at');
  await world.clock.settle();
  assert.equal(seen, [8, 9, 7, undefined]);
  await world.close();
});

values('do not wait for the handlers of messages', async () => {
  const { world, client, server } = await open();
  const seen: unknown[] = [];
  server.handle('say', () => new Promise(() => {}));
  server.handle('at', (data) => void seen.push(data));
  void client.send('say', 1);
  void client.send('say', 2);
  await world.clock.settle();
  for (const at of [1, 2]) {
    client.volatile('at', at);
    await world.clock.settle();
  }
  assert.equal(seen, [1, 2]);
  await world.close();
});

// What becomes ready inside of a volatile value's handler is started by the loop that runs it, or by nobody.
values('let messages start that become ready in their handlers', async () => {
  const world = await VirtualWorld.start({ server: { unhandled: 'hold' } });
  const { client, server } = await world.open();
  const seen: unknown[] = [];
  server.handle('at', () => void server.handle('held', (data) => void seen.push(data)));
  void client.send('held', 'a');
  await world.clock.settle();
  client.volatile('at');
  await world.clock.settle();
  assert.equal(seen, ['a']);
  await world.close();
});

values('are given as they were at the call', async () => {
  const { world, client, server } = await open();
  const seen: unknown[] = [];
  server.handle('at', (data) => void seen.push(data));
  const position = { x: 1 };
  client.volatile('at', position);
  position.x = 2;
  await world.clock.settle();
  assert.equal(seen, [{ x: 1 }]);
  await world.close();
});

values('are refused at once when they can never be sent', async () => {
  const { world, client } = await open();
  assert.throws(() => client.volatile('at', 'x'.repeat(20_000)), hasCode('ERR_HW_MESSAGE_TOO_LARGE'));
  assert.throws(() => client.volatile('', 1), hasCode('ERR_HW_TYPE_NAME'));
  assert.throws(() => client.volatile('at', new Date(0)), hasCode('ERR_HW_PAYLOAD'));
  assert.throws(() => client.volatile('at', 1, { key: 'k'.repeat(256) }), hasCode('ERR_HW_OPTION'));
  await world.close();
});
values.run();

const drops = suite('what is dropped');

drops('is told while there is no connection, once a second, and leaves no timer', async () => {
  const world = await VirtualWorld.start();
  world.network.blackhole();
  const client = world.connect();
  const events = watch(client.events$);
  client.volatile('at', 1);
  client.volatile('at', 2);
  await world.clock.advance(1);
  assert.equal(events, [{ type: 'limit', of: 'volatile', reason: 'not-open', dropped: 2 }]);
  for (let ms = 0; ms < 1500; ms += 100) {
    client.volatile('at', ms);
    await world.clock.advance(100);
  }
  assert.equal(
    events.map((event) => event.type === 'limit' && event.dropped),
    [2, 10],
  );
  client.destroy();
  assert.is(events.length, 3, 'the rest is told at the end');
  client.volatile('at', 3);
  await world.clock.settle();
  assert.is(events.length, 3);
  await world.close();
});

drops('is told while the transport still dials', async () => {
  const clock = testClock();
  const never: Dialer = {
    name: 'never',
    address: 'nowhere',
    dial: (sink, signal) => signal.addEventListener('abort', () => sink.closed({ kind: 'lost' })),
  };
  const client = connect(never, { clock });
  const events = watch(client.events$);
  client.volatile('at', 1);
  await clock.advance(1);
  assert.equal(events, [{ type: 'limit', of: 'volatile', reason: 'not-open', dropped: 1 }]);
  client.destroy();
  await client.closed;
  assert.is(clock.pending, 0);
});

drops('is told by the receiver that has no consumer, or cannot read it', async () => {
  const { world, client, server } = await open({ limits: { volatileMaxKeys: 2 } });
  const [here, there] = [watch(client.events$), watch(server.events$)];
  for (const key of ['a', 'b', 'c']) client.volatile('at', 1, { key });
  await world.clock.advance(100);
  assert.equal(here, [{ type: 'limit', of: 'volatile', reason: 'outbox-keys', dropped: 1 }]);
  assert.equal(there, [{ type: 'limit', of: 'volatile', reason: 'no-consumer', dropped: 2 }]);
  await world.close();
});

drops(
  'is no value that waits for its handler when the connection ends: it is handled before the end is told',
  async () => {
    const { world, client, server } = await open();
    const log: unknown[] = [];
    let finish = (): void => {};
    server.handle('at', (data) => {
      log.push(data);
      return data === 1 ? new Promise<void>((resolve) => (finish = resolve)) : undefined;
    });
    void server.closed.then(() => log.push('closed'));
    client.volatile('at', 1);
    await world.clock.settle();
    client.volatile('at', 2);
    await world.clock.settle();
    world.network.reset();
    await world.clock.settle();
    assert.equal(log, [1]);
    finish();
    await world.clock.settle();
    assert.equal(log, [1, 2, 'closed']);
    await world.close();
  },
);
drops.run();
