// What becomes of a message that its sender does not want any more (promises P1, P2 and P4).
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { DeliveryError, SessionEvent } from '@heartwire/core';
import { rejectionOf, VirtualWorld } from '../../../support/virtual-world.ts';

const withdrawing = suite('a message that is withdrawn');
const KEPT = { reconnect: { initial: 10 } } as const;

async function outcomeOf(delivery: PromiseLike<unknown>): Promise<string> {
  const { outcome, code, safeToRetry } = await rejectionOf<DeliveryError>(delivery);
  return `${outcome} ${code} ${safeToRetry ? 'safe' : 'unsafe'}`;
}

withdrawing('before it is written never reaches the peer', async () => {
  const world = await VirtualWorld.start();
  const client = world.connect();
  const controller = new AbortController();
  const cancelled = client.send('say', 1);
  const aborted = client.send('say', 2, { signal: controller.signal });
  const late = client.send('say', 3, { signal: AbortSignal.abort() });
  cancelled.cancel();
  controller.abort();
  const outcomes = await Promise.all([cancelled, aborted, late].map(outcomeOf));
  assert.equal(outcomes, Array(3).fill('cancelled ERR_HW_CANCELLED safe'));
  await world.clock.settle();
  const seen: unknown[] = [];
  world.serverSessions[0]!.handle('say', (data) => void seen.push(data));
  await client.send('say', 4);
  assert.equal(seen, [4]);
  await world.close();
});

withdrawing('while it waits for a handler is proven not to have been handled, whatever the reason', async () => {
  const world = await VirtualWorld.start();
  const { client, server } = await world.open();
  const started: unknown[] = [];
  let finish!: () => void;
  server.handle('say', (data) => {
    started.push(data);
    return new Promise<void>((resolve) => (finish = resolve));
  });
  const running = client.send('say', 1);
  const cancelled = client.send('say', 2);
  const timedOut = client.send('say', 3, { timeout: 100 });
  const expired = client.send('say', 4, { expiresIn: 100 });
  await world.clock.settle();
  cancelled.cancel();
  await world.clock.advance(200);
  const outcomes = await Promise.all([cancelled, timedOut, expired].map(outcomeOf));
  assert.equal(outcomes, [
    'cancelled ERR_HW_CANCELLED safe',
    'not-delivered ERR_HW_TIMEOUT safe',
    'expired ERR_HW_EXPIRED safe',
  ]);
  finish();
  assert.is((await running).stage, 'handled');
  assert.equal(started, [1]);
  await world.close();
});

withdrawing('while it waits for a loop that does not take it is proven not to have been handled', async () => {
  const world = await VirtualWorld.start();
  const { client, server } = await world.open();
  const messages = server.messages('say');
  const sent = [1, 2, 3, 4].map((data) => client.send('say', data, data === 2 ? { expiresIn: 100 } : {}));
  await world.clock.settle();
  sent[2]!.cancel();
  await world.clock.advance(100);
  assert.equal(await Promise.all(sent.slice(1, 3).map(outcomeOf)), [
    'expired ERR_HW_EXPIRED safe',
    'cancelled ERR_HW_CANCELLED safe',
  ]);
  const taken: unknown[] = [];
  for await (const message of messages) {
    taken.push(message.data);
    message.accept();
    if (message.data === 4) break;
  }
  assert.equal(taken, [1, 4]);
  await Promise.all([sent[0], sent[3]]);
  await world.close();
});

withdrawing('while its handler runs aborts the signal, and the handler decides', async () => {
  const world = await VirtualWorld.start();
  const { client, server } = await world.open();
  const reasons: unknown[] = [];
  server.handle('stubborn', async (_, { signal }) => {
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    reasons.push((signal.reason as { code: string }).code);
  });
  const delivery = client.send('stubborn');
  await world.clock.settle();
  delivery.cancel();
  assert.is((await delivery).stage, 'handled');
  assert.equal(reasons, ['ERR_HW_CANCELLED']);
  await world.close();
});

withdrawing('without an answer is unknown after 5 s, and a proof that comes later is told', async () => {
  const world = await VirtualWorld.start();
  const { client, server } = await world.open();
  server.handle('say', () => {});
  world.network.blackhole();
  const events: SessionEvent[] = [];
  client.events$.subscribe((event) => events.push(event));
  const delivery = client.send('say', 1);
  await world.clock.settle();
  delivery.cancel();
  await world.clock.advance(4999);
  assert.is(delivery.state$.value.stage, 'sent');
  await world.clock.advance(1);
  assert.is(await outcomeOf(delivery), 'unknown ERR_HW_CANCELLED unsafe');
  world.network.heal();
  await world.clock.advance(100);
  assert.equal(
    events.filter(({ type }) => type === 'resolved'),
    [{ type: 'resolved', message: 'say', id: 1, outcome: 'handled' }],
  );
  const closing = client.close();
  await world.clock.advance(100);
  assert.is((await closing).cause.kind, 'closed');
  await world.close();
});

withdrawing(
  'and that the peer did not receive is proven by the next connection, and what follows arrives',
  async () => {
    const world = await VirtualWorld.start();
    const { client, server } = await world.open(KEPT);
    const seen: unknown[] = [];
    server.handle('say', (data) => void seen.push(data));
    world.network.blackhole('up');
    const [gone, kept] = [client.send('say', 'gone'), client.send('say', 'kept')];
    await world.clock.settle();
    gone.cancel();
    world.network.reset();
    world.network.heal();
    await world.clock.advance(1000);
    assert.is(await outcomeOf(gone), 'cancelled ERR_HW_CANCELLED safe');
    assert.is((await kept).stage, 'handled');
    assert.equal(seen, ['kept']);
    assert.is((await client.send('say', 'next')).id, 3, 'its id is not used again');
    await world.close();
  },
);

withdrawing('keeps its time when it waits for a session that had to begin anew', async () => {
  const world = await VirtualWorld.start({ server: { resume: false, limits: { windowMessages: 1 } } });
  const { client, server } = await world.open({ ...KEPT, sendTimeout: 3000 });
  server.handle('say', () => new Promise(() => {}));
  const inDoubt = client.send('say', 1);
  const limited = client.send('say', 2, { timeout: 500 });
  const ordinary = client.send('say', 3);
  await world.clock.settle();
  world.network.reset();
  world.network.blackhole();
  await world.clock.advance(499);
  assert.is(await outcomeOf(inDoubt), 'unknown ERR_HW_CONNECTION_LOST unsafe');
  assert.equal(
    [limited, ordinary].map(({ state$ }) => state$.value.stage),
    ['queued', 'queued'],
  );
  await world.clock.advance(1);
  assert.is(await outcomeOf(limited), 'not-delivered ERR_HW_TIMEOUT safe');
  await world.clock.advance(2500);
  assert.is(await outcomeOf(ordinary), 'not-delivered ERR_HW_TIMEOUT safe');
  client.destroy();
  world.network.heal();
  await world.close();
});

withdrawing('is one whose fate stays open for longer than sendTimeout; the default is two minutes', async () => {
  const world = await VirtualWorld.start();
  const { client, server } = await world.open({ heartbeat: false });
  server.handle('say', () => new Promise(() => {}));
  const [running, waiting] = [client.send('say', 1), client.send('say', 2)];
  await world.clock.advance(119_999);
  assert.is(waiting.state$.value.stage, 'delivered');
  await world.clock.advance(1);
  assert.is(await outcomeOf(waiting), 'not-delivered ERR_HW_TIMEOUT safe');
  await world.clock.advance(5000);
  assert.is(await outcomeOf(running), 'unknown ERR_HW_TIMEOUT unsafe');
  client.destroy();
  await world.close();
});

for (const options of [{ timeout: 0 }, { timeout: Number.NaN }, { expiresIn: -1 }, { expiresIn: 2 ** 31 }]) {
  withdrawing(`is no use for a time that makes no sense: ${JSON.stringify(options)}`, async () => {
    const world = await VirtualWorld.start();
    const { client } = await world.open();
    assert.throws(() => client.send('say', 1, options), /timeout|expiresIn/);
    await world.close();
  });
}
withdrawing.run();
