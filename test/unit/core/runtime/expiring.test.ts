// A message is not handled after its time, wherever it has been until then (promises P1 and P4).
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Clock, DeliveryError } from '@heartwire/core';
import { rejectionOf, VirtualWorld } from '../../../support/virtual-world.ts';

const expiring = suite('a message that expires');
const KEPT = { reconnect: { initial: 10 } } as const;
const EXPIRED = 'expired ERR_HW_EXPIRED safe';

async function outcomeOf(delivery: PromiseLike<unknown>): Promise<string> {
  const { outcome, code, safeToRetry } = await rejectionOf<DeliveryError>(delivery);
  return `${outcome} ${code} ${safeToRetry ? 'safe' : 'unsafe'}`;
}

expiring(
  'on a line that stands still is not handled when the line comes to life, and neither is a request',
  async () => {
    const world = await VirtualWorld.start();
    const { client, server } = await world.open({ heartbeat: false });
    const seen: unknown[] = [];
    server.handle('say', (data) => void seen.push(data));
    server.handle('ask', (data) => seen.push(data));
    world.network.blackhole('up');
    const sent = [client.send('say', 'late', { expiresIn: 1000 }), client.request('ask', 'late', { expiresIn: 1000 })];
    const lasting = client.send('say', 'lasting', { expiresIn: 4000 });
    await world.clock.advance(3000);
    world.network.heal();
    await world.clock.advance(100);
    assert.equal(await Promise.all(sent.map(outcomeOf)), [EXPIRED, EXPIRED]);
    assert.is((await lasting).stage, 'handled');
    assert.equal(seen, ['lasting']);
    await world.close();
  },
);

expiring('tells its handler until when, and when that is', async () => {
  const world = await VirtualWorld.start();
  const { client, server } = await world.open();
  const reasons: [number, string][] = [];
  server.handle('say', async (_, { signal, expiresAt }) => {
    assert.is(expiresAt, world.clock.now() + world.clock.epochOffset + 1000);
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    reasons.push([world.clock.now(), (signal.reason as { code: string }).code]);
  });
  const startMs = world.clock.now();
  const sent = client.send('say', 1, { expiresIn: 1000 });
  await world.clock.advance(1100);
  assert.equal(reasons, [[startMs + 1000, 'ERR_HW_EXPIRED']]);
  assert.is((await sent).stage, 'handled', 'the handler decides');
  await world.close();
});

// One batch of messages that are ready: what the first one's handler does for long must not make the others late.
expiring('is looked at by the clock right before its handler begins', async () => {
  let world: VirtualWorld | null = null;
  let lateMs = 0;
  const clock: Clock = {
    now: () => (world?.clock.now() ?? 0) + lateMs,
    epochOffset: 0,
    schedule: (callback, delay) => world!.clock.schedule(callback, delay),
  };
  world = await VirtualWorld.start({ server: { clock } });
  const { client, server } = await world.open();
  const seen: unknown[] = [];
  server.handle('ask', (data) => {
    seen.push(data);
    lateMs = 1000;
  });
  const sent = [1, 2].map((data) => client.request('ask', data, { expiresIn: 500 }));
  await world.clock.settle();
  lateMs = 0;
  assert.is(await sent[0], undefined);
  assert.is(await outcomeOf(sent[1]!), EXPIRED);
  assert.equal(seen, [1]);
  await world.close();
});

expiring('is never handled late when the connection is lost and another one made', async () => {
  const world = await VirtualWorld.start();
  const { client, server } = await world.open(KEPT);
  const seen: unknown[] = [];
  server.handle('say', (data) => void seen.push(data));
  world.network.blackhole('up');
  const [late, lasting] = [client.send('say', 1, { expiresIn: 500 }), client.send('say', 2, { expiresIn: 5000 })];
  await world.clock.advance(100);
  world.network.reset();
  await world.clock.advance(900);
  world.network.heal();
  await world.clock.advance(1000);
  assert.is(await outcomeOf(late), EXPIRED);
  assert.is((await lasting).stage, 'handled');
  assert.equal(seen, [2]);
  await world.close();
});

expiring('may go to many, and each has its own outcome', async () => {
  const world = await VirtualWorld.start();
  const [busy, free] = [await world.open(), await world.open()];
  let finish!: () => void;
  const seen: unknown[] = [];
  busy.client.handle('say', () => new Promise<void>((resolve) => (finish = resolve)));
  free.client.handle('say', (data) => void seen.push(data));
  void busy.server.send('say', 'first');
  const sent = world.server.everyone.send('say', 'offer', { expiresIn: 300 });
  await world.clock.advance(300);
  const { handled, expired, recipients } = await sent;
  assert.equal([handled, expired, recipients], [1, 1, 2]);
  finish();
  await world.clock.settle();
  assert.equal(seen, ['offer']);
  await world.close();
});

expiring('may be cancelled by a signal for all to whom it goes, once', async () => {
  const world = await VirtualWorld.start();
  const { client } = await world.open();
  client.handle('say', () => new Promise(() => {}));
  const [late, soon] = [new AbortController(), new AbortController()];
  void world.server.everyone.send('say', 'running');
  const waiting = world.server.everyone.send('say', 1, { signal: soon.signal });
  const aborted = world.server.everyone.send('say', 2, { signal: AbortSignal.abort() });
  await world.clock.settle();
  soon.abort();
  await world.clock.settle();
  assert.equal([(await waiting).cancelled, (await aborted).cancelled], [1, 1]);
  late.abort();
  client.destroy();
  await world.close();
});
expiring.run();
