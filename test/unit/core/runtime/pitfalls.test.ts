/**
 * What other protocols of this kind got wrong, each as a promise that is kept here. Promises P1 to P6, P16, P17. Violations of the peer (an acknowledgement of what was never
 * sent, for example) are in the tests of the session; bytes on real sockets are in the compliance suite.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DeliveryError, type ConnectOptions, type Delivery, type SessionEvent } from '@heartwire/core';
import { VirtualWorld, watch, type ClientSession } from '../../../support/virtual-world.ts';

const COMES_BACK: ConnectOptions = { reconnect: { initial: 100, max: 100 } };

interface Scene {
  readonly world: VirtualWorld;
  readonly client: ClientSession;
  readonly handled: unknown[];
  readonly keys: string[];
}

async function scene(handler: (data: unknown) => unknown = () => {}, options = COMES_BACK): Promise<Scene> {
  const handled: unknown[] = [];
  const keys: string[] = [];
  const world = await VirtualWorld.start({
    server: {
      session: (session) => {
        session.handle('say', (data, { idempotencyKey }) => {
          handled.push(data);
          keys.push(idempotencyKey);
          return handler(data);
        });
        session.handle('ask', handler);
      },
    },
  });
  const { client } = await world.open(options);
  return { world, client, handled, keys };
}

async function cut({ world }: Scene, awayMs = 200): Promise<void> {
  world.network.reset();
  await world.clock.advance(awayMs);
}

async function leave({ world, client }: Scene): Promise<void> {
  client.destroy();
  await world.close();
}

function stageOf(delivery: Delivery): string {
  return delivery.state$.value.stage;
}

const counting = suite('counting');

counting('goes on over a lost connection: nothing is reset, nothing drifts', async () => {
  const here = await scene();
  const ids: number[] = [];
  for (let round = 0; round < 4; round += 1) {
    for (let at = 0; at < 3; at += 1) ids.push((await here.client.send('say')).id);
    await cut(here);
  }
  assert.equal(ids, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  assert.equal(
    here.keys,
    ids.map((id) => `${here.client.id}:${id}`),
  );
  await leave(here);
});

counting('does not wrap, and no id is given twice while one is under way', async () => {
  let answer = (_text: string): void => {};
  const here = await scene(
    (data) => (data === 'hang' ? new Promise<string>((resolve) => (answer = resolve)) : undefined),
    { ...COMES_BACK, sendTimeout: Infinity },
  );
  const hanging = here.client.request('ask', 'hang');
  const COUNT = 66_000;
  for (let sent = 0; sent < COUNT;) {
    const batch: Delivery[] = [];
    for (; batch.length < 3000 && sent < COUNT; sent += 1) batch.push(here.client.send('say', sent));
    await Promise.all(batch);
  }
  assert.is(new Set(here.keys).size, COUNT);
  assert.is(here.keys.at(-1), `${here.client.id}:${COUNT + 1}`);
  await cut(here);
  answer('still the right one');
  assert.is(await hanging, 'still the right one');
  await leave(here);
});

counting('begins with nothing: a session in which nothing was said goes on like any other', async () => {
  const here = await scene();
  await cut(here);
  assert.equal(here.client.state$.value, { status: 'open', epoch: 2, resumed: true });
  await leave(here);
});

counting('is not the business of payloads', async () => {
  const here = await scene();
  for (const data of [{ received: 0, settled: 9 }, 65_535, '1', null]) {
    here.client.volatile('at', data);
    await here.client.send('say', data);
  }
  await cut(here);
  await here.client.send('say', 'after');
  assert.equal([here.client.state$.value, here.handled.length], [{ status: 'open', epoch: 2, resumed: true }, 5]);
  await leave(here);
});
counting.run();

const confirming = suite('confirming');

confirming('means the handler has finished: arriving is another stage', async () => {
  let finish = (): void => {};
  const here = await scene(() => new Promise<void>((resolve) => (finish = resolve)));
  const delivery = here.client.send('say');
  let isResolved = false;
  void delivery.then(() => (isResolved = true));
  await here.world.clock.advance(1000);
  assert.equal([stageOf(delivery), isResolved], ['delivered', false]);
  finish();
  await delivery;
  await leave(here);
});

confirming('never means that something was copied into a buffer', async () => {
  const here = await scene();
  here.world.network.blackhole();
  const deliveries = Array.from({ length: 100 }, () => here.client.send('say'));
  await here.world.clock.advance(1000);
  assert.equal([...new Set(deliveries.map(stageOf))], ['sent']);
  here.world.network.heal();
  await Promise.all(deliveries);
  await leave(here);
});

confirming('comes late, and is believed: no handler runs again', async () => {
  let finish = (): void => {};
  const here = await scene((data) =>
    data === 'slow' ? new Promise<void>((resolve) => (finish = resolve)) : undefined,
  );
  const slow = here.client.send('say', 'slow');
  await here.world.clock.advance(10);
  await cut(here, 110_000);
  finish();
  assert.is((await slow).stage, 'handled');
  await cut(here);
  assert.equal(here.handled, ['slow']);
  await leave(here);
});

confirming('or an error: nobody waits for ever, whatever ends the session', async () => {
  for (const end of [
    (session: ClientSession) => session.destroy(),
    (session: ClientSession) => void session.close({ timeout: 100 }),
    (session: ClientSession) => void session.drain({ timeout: 100 }),
  ]) {
    const here = await scene();
    here.world.network.blackhole();
    const settled = Promise.allSettled([here.client.send('say'), here.client.request('ask'), here.client.ping()]);
    await here.world.clock.advance(10);
    end(here.client);
    await here.world.clock.advance(5000);
    for (const each of await settled) assert.is(each.status, 'rejected');
    here.world.network.heal();
    await here.world.close();
  }
});

confirming('is not lost to whoever ends right after sending', async () => {
  const here = await scene();
  const delivery = here.client.send('say', 'last words');
  const report = await here.client.drain();
  assert.equal([report.cause.kind, report.handled, (await delivery).stage], ['closed', 1, 'handled']);
  await leave(here);
});

confirming('has a bound at the end, and the report says what is not confirmed', async () => {
  const here = await scene();
  here.world.network.blackhole();
  const failed = here.client.send('say').catch((error: unknown) => error);
  await here.world.clock.advance(1);
  const report = here.client.drain({ timeout: 3000 });
  await here.world.clock.advance(2999);
  assert.is(here.client.state$.value.status, 'draining');
  await here.world.clock.advance(1);
  const { cause, unknown } = await report;
  assert.equal([cause.kind, unknown], ['timeout', 1]);
  assert.ok((await failed) instanceof DeliveryError);
  here.world.network.heal();
  await leave(here);
});
confirming.run();

const returning = suite('coming back');

returning('is not called resumed when something is missing', async () => {
  const world = await VirtualWorld.start({ server: { resume: { window: 1000 } } });
  const { client } = await world.open({ reconnect: { initial: 5000, max: 5000 }, random: () => 1 });
  const events = watch<SessionEvent>(client.events$);
  world.network.reset();
  await world.clock.advance(5000);
  assert.equal(client.state$.value, { status: 'open', epoch: 3, resumed: false });
  assert.equal(
    events.map(({ type }) => type),
    ['gap'],
  );
  client.destroy();
  await world.close();
});

returning('keeps the order: what waited goes before what is new, and what is sent again before both', async () => {
  const here = await scene();
  here.world.network.blackhole();
  const sent = ['under way 1', 'under way 2'].map((text) => here.client.send('say', text));
  await here.world.clock.advance(10);
  here.world.network.heal();
  here.world.network.reset();
  await here.world.clock.settle();
  sent.push(here.client.send('say', 'while it is away'));
  here.client.state$.subscribe(({ status }) => {
    if (status === 'open') sent.push(here.client.send('say', 'as soon as it is back'));
  });
  await here.world.clock.advance(1000);
  await Promise.all(sent);
  assert.equal(here.handled, ['under way 1', 'under way 2', 'while it is away', 'as soon as it is back']);
  await leave(here);
});

returning('is not cut short by acknowledgements that arrive while much is sent again', async () => {
  const here = await scene();
  here.world.network.latency(20);
  here.world.network.slice(700);
  const data = 'x'.repeat(5000);
  const sent = Array.from({ length: 200 }, (_, at) => here.client.send('say', `${at} ${data}`));
  for (let round = 0; round < 8; round += 1) {
    await here.world.clock.advance(170);
    here.world.network.reset();
  }
  await here.world.clock.advance(60_000);
  await Promise.all(sent);
  assert.equal(
    here.handled.map((text) => Number.parseInt(String(text), 10)),
    sent.map((_, at) => at),
  );
  await leave(here);
});

returning('brings no burst of stale values: volatile ones are dropped, expired ones are not sent', async () => {
  const seen: unknown[] = [];
  const here = await scene(() => {}, { ...COMES_BACK, random: () => 1 });
  here.world.serverSessions[0]!.handle('at', (data) => void seen.push(data));
  here.world.network.reset();
  await here.world.clock.settle();
  for (let at = 0; at < 50; at += 1) here.client.volatile('at', at);
  const stale = here.client
    .send('say', 'stale', { expiresIn: 50 })
    .catch((error: unknown) => (error as DeliveryError).outcome);
  await here.world.clock.advance(1000);
  assert.equal([seen, here.handled, await stale], [[], [], 'expired']);
  here.client.volatile('at', 'now');
  await here.world.clock.advance(1);
  assert.equal(seen, ['now']);
  await leave(here);
});

returning('is no way around the limits of what may wait', async () => {
  const here = await scene(() => {}, { ...COMES_BACK, limits: { outboxMaxMessages: 3 } });
  here.world.network.reset();
  await here.world.clock.settle();
  const outcomes = Promise.allSettled(Array.from({ length: 5 }, (_, at) => here.client.send('say', at)));
  await here.world.clock.advance(1000);
  assert.equal(
    (await outcomes).map((each) => (each.status === 'rejected' ? (each.reason as DeliveryError).outcome : 'handled')),
    ['handled', 'handled', 'handled', 'overflow', 'overflow'],
  );
  assert.equal(here.handled, [0, 1, 2]);
  await leave(here);
});

returning('draws its pauses anew each time', async () => {
  let drawn = 0;
  const random = (): number => ((drawn += 1) * 0.37) % 1;
  const here = await scene(() => {}, { reconnect: { initial: 1000, max: 1000 }, random });
  const pauses = new Set<number>();
  here.client.state$.subscribe((state) => {
    if (state.status !== 'suspended' || state.retryAt === null) return;
    pauses.add(state.retryAt - here.world.clock.now() - here.world.clock.epochOffset);
  });
  for (let round = 0; round < 5; round += 1) await cut(here, 1000);
  assert.is(pauses.size, 5);
  await leave(here);
});
returning.run();

const together = suite('many at once');

together('one who does not read slows nobody down', async () => {
  const world = await VirtualWorld.start({ server: { sendTimeout: 2000 } });
  const sessions = [await world.open(), await world.open(), await world.open()];
  const seen = [0, 0, 0];
  let release = (): void => {};
  sessions.forEach(({ client }, at) => {
    client.handle('news', () => {
      seen[at]! += 1;
      return at === 0 ? new Promise<void>((resolve) => (release = resolve)) : undefined;
    });
  });
  const done: Promise<unknown>[] = [];
  for (let round = 0; round < 100; round += 1) {
    const broadcast = world.server.everyone.send('news', round);
    done.push(broadcast);
    await world.clock.advance(1);
  }
  assert.equal(seen, [1, 100, 100]);
  await world.clock.advance(10_000);
  await Promise.all(done);
  release();
  for (const { client } of sessions) client.destroy();
  await world.close();
});
together.run();
