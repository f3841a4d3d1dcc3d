// Broadcasts to sessions whose connections are broken in every way: nobody waits for anybody.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  connect,
  serve,
  type AnyContract,
  type Broadcast,
  type BroadcastReport,
  type ServeOptions,
  type Server,
  type SessionEvent,
} from '@heartwire/core';
import { memoryNetwork, testClock, type Network, type TestClock } from '@heartwire/core/testing';
import type { Dialer } from '@heartwire/core/transport';
import { VirtualWorld, watch } from '../../../support/virtual-world.ts';
import { withDeadline } from '../../../support/with-deadline.ts';

interface Client {
  readonly heard: unknown[];
}

/** A server that is reached over a sound network and over one that can be broken. */
class TwoNetworks {
  readonly clock: TestClock = testClock();
  readonly #sound = memoryNetwork({ clock: this.clock });
  readonly #broken = memoryNetwork({ clock: this.clock });
  readonly fragile: Network = this.#broken.network;
  server!: Server<AnyContract>;

  static async start(options: ServeOptions<AnyContract> = {}): Promise<TwoNetworks> {
    const world = new TwoNetworks();
    const listeners = [world.#sound.listener, world.#broken.listener];
    world.server = await serve(listeners, { clock: world.clock, ...options });
    return world;
  }

  async joinSoundly(count: number): Promise<Client[]> {
    return this.#join(this.#sound.dialer, count);
  }

  async joinFragilely(count: number): Promise<Client[]> {
    return this.#join(this.#broken.dialer, count);
  }

  /** Lets everything come to its end, and looks for what is left. */
  async close(): Promise<void> {
    const closed = this.server.close();
    for (let second = 0; second < 12 && this.clock.pending > 0; second += 1) await this.clock.advance(1000);
    await closed;
    assert.is(this.clock.pending, 0, 'a timer is left');
  }

  async #join(dialer: Dialer, count: number): Promise<Client[]> {
    const clients = Array.from({ length: count }, () => {
      const session = connect(dialer, { reconnect: false, clock: this.clock });
      const heard: unknown[] = [];
      session.handle('say', (data) => void heard.push(data));
      return { heard };
    });
    await this.clock.settle();
    return clients;
  }
}

/** The report, which must be there without more time. */
function reportOf(sent: Broadcast<AnyContract>): Promise<BroadcastReport> {
  return withDeadline(5000, sent, () => `the report, after ${JSON.stringify(sent.progress$.value)}`);
}

/** The outcomes that are decided by now. */
function outcomesOf(sent: Broadcast<AnyContract>): string[] {
  const outcomes: string[] = [];
  sent.each$.subscribe(({ outcome }) => outcomes.push(outcome)).unsubscribe();
  return outcomes;
}

const many = suite('a broadcast');

many('is not delayed by ten recipients in a black hole', async () => {
  const world = await TwoNetworks.start();
  // The dead ones came first, so that they stand in front of the others everywhere.
  const dead = await world.joinFragilely(10);
  const alive = await world.joinSoundly(20);
  world.fragile.blackhole();
  const sent = [1, 2, 3].map((data) => world.server.everyone.send('say', data));
  await world.clock.settle();
  assert.is(world.clock.now(), 0, 'no time passes');
  for (const one of sent) {
    assert.equal(one.progress$.value, { recipients: 30, decided: 20, handled: 20, delivered: 0, failed: 0 });
    assert.equal(
      outcomesOf(one),
      Array.from({ length: 20 }, () => 'handled'),
    );
  }
  assert.ok(alive.every(({ heard }) => heard.length === 3));
  // After a silence of 30 s they are dead, and all is known.
  await world.clock.advance(31_000);
  for (const one of sent) {
    const { recipients, handled, unknown } = await reportOf(one);
    assert.equal({ recipients, handled, unknown }, { recipients: 30, handled: 20, unknown: 10 });
  }
  assert.ok(dead.every(({ heard }) => heard.length === 0));
  await world.close();
});

many('reaches those who were silent for a while only', async () => {
  const world = await TwoNetworks.start();
  const silent = await world.joinFragilely(3);
  const alive = await world.joinSoundly(3);
  world.fragile.blackhole('down');
  const sent = world.server.everyone.send('say', 'hi');
  await world.clock.advance(5000);
  assert.equal(sent.progress$.value.handled, 3);
  world.fragile.heal();
  await world.clock.advance(1000);
  assert.is((await reportOf(sent)).handled, 6);
  for (const { heard } of [...silent, ...alive]) assert.equal(heard, ['hi']);
  await world.close();
});

many('ends with overflow where the outbox of a recipient is full, and there only', async () => {
  const world = await TwoNetworks.start({ limits: { outboxMaxMessages: 2 } });
  const [slow] = await world.joinFragilely(1);
  const [quick] = await world.joinSoundly(1);
  world.fragile.blackhole();
  const undelivered: string[] = [];
  for (const { events$ } of world.server.sessions.values()) {
    events$.subscribe((event) => event.type === 'undelivered' && undelivered.push(event.error.outcome));
  }
  // The link takes what fits into its buffer; behind it two messages may wait.
  const sent = [];
  for (let count = 0; count < 6; count += 1) {
    sent.push(world.server.everyone.send('say', 'x'.repeat(70_000)));
    await world.clock.settle();
  }
  assert.equal(sent.map(outcomesOf), [
    ['handled'],
    ['handled'],
    ['handled'],
    ['overflow', 'handled'],
    ['overflow', 'handled'],
    ['overflow', 'handled'],
  ]);
  assert.equal(undelivered, ['overflow', 'overflow', 'overflow']);
  assert.is(quick!.heard.length, 6);
  world.fragile.heal();
  await world.clock.advance(1000);
  const reports = await Promise.all(sent.map(reportOf));
  assert.equal(
    reports.map(({ handled, overflow }) => `${handled} ${overflow}`),
    ['2 0', '2 0', '2 0', '1 1', '1 1', '1 1'],
  );
  assert.is(slow!.heard.length, 3);
  await world.close();
});

many('goes to those who are there when it is sent', async () => {
  const world = await TwoNetworks.start();
  const [early] = await world.joinSoundly(1);
  const sent = world.server.everyone.send('say', 'first');
  const [late] = await world.joinSoundly(1);
  await world.clock.settle();
  assert.is((await reportOf(sent)).recipients, 1);
  assert.equal([early!.heard, late!.heard], [['first'], []]);
  await world.close();
});

many('to a server that has ended has no recipients', async () => {
  const world = await TwoNetworks.start();
  await world.joinSoundly(2);
  await world.close();
  assert.is((await reportOf(world.server.everyone.send('say', 'hello?'))).recipients, 0);
});

many('that is on its way when the server closes is decided with its sessions', async () => {
  const world = await TwoNetworks.start();
  await world.joinFragilely(2);
  world.fragile.blackhole();
  const sent = world.server.everyone.send('say', 'hi');
  await world.clock.settle();
  await world.close();
  assert.is((await reportOf(sent)).unknown, 2);
});
many(
  'of a volatile value reaches all whose connection is open, and the others’ sessions tell of the drop',
  async () => {
    const world = await VirtualWorld.start();
    const { everyone } = world.server;
    const small = await world.open({ limits: { messageMaxBytes: 100 } });
    const gone = await world.open();
    const sound = await world.open();
    const seen: unknown[] = [];
    for (const { client } of [small, gone, sound]) client.handle('at', (data) => void seen.push(data));
    const events = [small, gone, sound].map(({ server }) => watch<SessionEvent>(server.events$));
    everyone.volatile('at', 'small', { key: 1 });
    await world.clock.settle();
    assert.equal(seen, ['small', 'small', 'small']);
    gone.client.destroy();
    everyone.volatile('at', new Uint8Array(200));
    everyone.volatile('at', 'newest');
    await world.clock.advance(1000);
    assert.equal(
      events[0]!.map((event) => event.type === 'limit' && [event.of, event.reason, event.dropped]),
      [['volatile', 'too-large', 1]],
    );
    assert.equal(events[2], []);
    assert.equal(seen.slice(3), ['newest', 'newest']);
    await world.close();
  },
);
many.run();
