import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { LivenessFeed, type LivenessReader } from '../../../../packages/core/src/runtime/liveness-feed.ts';
import type { Liveness } from '../../../../packages/core/src/runtime/session-api.ts';
import { VirtualWorld, watch } from '../../../support/virtual-world.ts';

const UNKNOWN: Liveness = {
  status: 'unknown',
  rtt: null,
  srtt: null,
  rttvar: null,
  minRtt: null,
  lastHeardAt: null,
  suspicion: 0,
  loopLag: 0,
  backlogged: false,
};

/** A peer whose facts a test changes by hand. */
class Peer implements LivenessReader {
  facts: Liveness | null = { ...UNKNOWN, status: 'alive', rtt: 1 };
  sampleCount = 0;
  reads = 0;

  readLiveness(): Liveness | null {
    this.reads += 1;
    return this.facts === null ? null : { ...this.facts };
  }

  sample(rtt: number): void {
    this.sampleCount += 1;
    this.is({ rtt });
  }

  is(facts: Partial<Liveness>): void {
    this.facts = { ...this.facts!, ...facts };
  }
}

function feedOf(peer: Peer): { feed: LivenessFeed; told: (number | null)[] } {
  const feed = new LivenessFeed(UNKNOWN, peer);
  const told: (number | null)[] = [];
  feed.stream.subscribe(({ rtt }) => told.push(rtt));
  return { feed, told };
}

const feeding = suite('the feed of liveness');

feeding('tells figures once a second, the newest at its end', () => {
  const peer = new Peer();
  const { feed, told } = feedOf(peer);
  for (let nowMs = 5000; nowMs < 5999; nowMs += 10) {
    peer.sample(nowMs);
    feed.heard(nowMs);
    feed.handleDeadline(nowMs);
  }
  assert.equal(told, [1, 5000]);
  assert.is(feed.nextDeadlineMs, 6000);
  feed.handleDeadline(6000);
  assert.equal(told, [1, 5000, 5990]);
  assert.is(feed.nextDeadlineMs, Infinity);
});

feeding('tells the next figures at once when a second has passed', () => {
  const peer = new Peer();
  const { feed, told } = feedOf(peer);
  for (const nowMs of [5000, 6000, 7500]) {
    peer.sample(nowMs);
    feed.heard(nowMs);
    assert.is(feed.nextDeadlineMs, Infinity);
  }
  assert.equal(told, [1, 5000, 6000, 7500]);
});

feeding('tells nothing of bytes that bring no figures', () => {
  const peer = new Peer();
  const { feed, told } = feedOf(peer);
  peer.is({ lastHeardAt: 77 });
  feed.heard(5000);
  assert.equal(told, [1]);
  assert.is(feed.nextDeadlineMs, Infinity);
});

for (const facts of [{ status: 'suspect' }, { loopLag: 3000 }, { suspicion: 1.5 }] as const) {
  feeding(`tells ${Object.keys(facts).join()} at once, and that it is over with the next byte`, () => {
    const peer = new Peer();
    const feed = new LivenessFeed(UNKNOWN, peer);
    const told = watch<Liveness>(feed.stream);
    peer.sample(20);
    feed.heard(5000);
    peer.is(facts);
    feed.changed(5001);
    assert.equal(told.at(-1), { ...peer.facts, ...facts });
    peer.is({ status: 'alive', loopLag: 0, suspicion: 0 });
    if ('status' in facts) feed.changed(5002);
    else feed.heard(5002);
    assert.is(told.length, 4);
    assert.equal(told.at(-1), peer.facts);
  });
}

feeding('brings what was kept back along with what is told at once', () => {
  const peer = new Peer();
  const { feed, told } = feedOf(peer);
  for (const rtt of [20, 30]) {
    peer.sample(rtt);
    feed.heard(5000);
  }
  peer.is({ status: 'suspect' });
  feed.changed(5001);
  assert.equal(told, [1, 20, 30]);
  assert.is(feed.nextDeadlineMs, Infinity);
});

feeding('says nothing twice', () => {
  const peer = new Peer();
  const { feed, told } = feedOf(peer);
  feed.changed(1);
  feed.changed(2);
  assert.equal(told, [1]);
});

feeding('makes nothing and sets no deadline without a subscriber', () => {
  const peer = new Peer();
  const feed = new LivenessFeed(UNKNOWN, peer);
  for (let nowMs = 0; nowMs < 100; nowMs += 1) {
    peer.sample(nowMs);
    feed.heard(nowMs);
    feed.changed(nowMs);
  }
  assert.is(peer.reads, 0);
  assert.is(feed.nextDeadlineMs, Infinity);
  assert.is(feed.stream.value.rtt, 99);
});

feeding('forgets what was kept back when the last subscriber goes', () => {
  const peer = new Peer();
  const feed = new LivenessFeed(UNKNOWN, peer);
  const subscription = feed.stream.subscribe();
  for (const rtt of [20, 30]) {
    peer.sample(rtt);
    feed.heard(5000);
  }
  assert.is(feed.nextDeadlineMs, 6000);
  subscription.unsubscribe();
  assert.is(feed.nextDeadlineMs, Infinity);
});

feeding('has one value for readings between which nothing happened', () => {
  const peer = new Peer();
  const { stream } = new LivenessFeed(UNKNOWN, peer);
  peer.is({ suspicion: 1.5 });
  const { value } = stream;
  peer.is({ suspicion: 1.52 });
  assert.is(stream.value, value);
  peer.is({ suspicion: 1.8 });
  assert.is(stream.value.suspicion, 1.8);
});

feeding('keeps what it said last where nobody can say more', () => {
  const peer = new Peer();
  peer.facts = null;
  const { stream } = new LivenessFeed(UNKNOWN, peer);
  assert.is(stream.value, UNKNOWN);
});

feeding('tells what was kept back when the connection goes, and nothing otherwise', () => {
  const peer = new Peer();
  const { feed, told } = feedOf(peer);
  for (const rtt of [20, 30]) {
    peer.sample(rtt);
    feed.heard(5000);
  }
  feed.flush(5001);
  assert.equal(told, [1, 20, 30]);
  assert.is(feed.nextDeadlineMs, Infinity);
  peer.is({ lastHeardAt: 77 });
  feed.flush(5002);
  feed.complete();
  assert.equal(told, [1, 20, 30]);
});
feeding.run();

const ofSession = suite('liveness$ of a session');

/** What it says within ten seconds, in which a message is confirmed every 20 ms or nothing happens. */
async function spokenWhile(world: VirtualWorld, busy: boolean): Promise<Liveness[]> {
  const { client, server } = await world.open();
  world.network.latency(5, 3);
  server.handle('say', () => {});
  await world.clock.advance(5000);
  const values = watch<Liveness>(client.liveness$);
  for (let count = 0; count < 500; count += 1) {
    if (busy) void client.send('say', count);
    await world.clock.advance(20);
  }
  client.destroy();
  return values;
}

ofSession('speaks once a second on a busy connection, of the round trips of acknowledgements too', async () => {
  const world = await VirtualWorld.start();
  const values = await spokenWhile(world, true);
  assert.ok(values.length >= 9 && values.length <= 12, `${values.length} values`);
  assert.ok(new Set(values.map(({ rtt }) => rtt)).size > 3, 'the round trip does not change');
  await world.close();
});

ofSession('says nothing on an idle one between two beats', async () => {
  const world = await VirtualWorld.start();
  const values = await spokenWhile(world, false);
  assert.ok(values.length <= 2, `${values.length} values`);
  await world.close();
});

ofSession('gives up its last figures within a second of the last message', async () => {
  const world = await VirtualWorld.start({ server: { heartbeat: false } });
  const { client, server } = await world.open({ heartbeat: false });
  server.handle('say', () => {});
  await world.clock.advance(5000);
  const values = watch<Liveness>(client.liveness$);
  world.network.latency(5);
  void client.send('say', 1);
  await world.clock.advance(20);
  world.network.latency(40);
  void client.send('say', 2);
  await world.clock.advance(100);
  const { length } = values;
  assert.is(values.at(-1)!.rtt, 10);
  await world.clock.advance(1000);
  assert.is(values.length, length + 1);
  assert.is(values.at(-1)!.rtt, 80);
  assert.is(client.liveness$.value.rtt, 80);
  await world.close();
});
ofSession('tells our own stall at once, and with the next byte that it is over', async () => {
  const world = await VirtualWorld.start();
  const { client, server } = await world.open();
  await world.clock.advance(5000);
  const values = watch<Liveness>(client.liveness$);
  world.clock.stall(3000);
  await world.clock.advance(1);
  assert.is(values.length, 2);
  const { status, loopLag } = values[1]!;
  assert.ok(status === 'alive' && loopLag > 2000 && loopLag <= 3000, `${status}, ${loopLag} ms`);
  server.volatile('at', 1);
  await world.clock.settle();
  assert.is(values.length, 3);
  assert.is(values[2]!.loopLag, 0);
  await world.close();
});

ofSession('knows nothing of a peer that was never heard, whatever we did meanwhile', async () => {
  const world = await VirtualWorld.start();
  world.network.blackhole();
  const client = world.connect();
  const values = watch<Liveness>(client.liveness$);
  await world.clock.advance(1000);
  world.clock.stall(3000);
  await world.clock.advance(1);
  assert.equal(
    values.map(({ status }) => status),
    ['unknown'],
  );
  client.destroy();
  world.network.heal();
  await world.close();
});

ofSession('gives its last value after the end, also where nobody followed it', async () => {
  const world = await VirtualWorld.start();
  world.network.latency(20);
  const client = world.connect();
  await world.clock.advance(200);
  client.destroy();
  await world.clock.advance(1000);
  const { status, rtt } = client.liveness$.value;
  assert.equal([status, rtt], ['alive', 40]);
  await world.close();
});

ofSession('says dead at the end of one that was found dead, and suspects nobody more after that', async () => {
  const world = await VirtualWorld.start();
  const { client } = await world.open({ heartbeat: 'lan' });
  world.network.blackhole();
  const statuses = watch<Liveness>(client.liveness$);
  await world.clock.advance(20_000);
  assert.equal([...new Set(statuses.map(({ status }) => status))], ['alive', 'suspect', 'dead']);
  const { value } = client.liveness$;
  assert.is(value.status, 'dead');
  await world.clock.advance(20_000);
  assert.is(client.liveness$.value, value);
  world.network.heal();
  await world.close();
});
ofSession('suspects nobody more while there is no connection', async () => {
  const world = await VirtualWorld.start();
  const { client } = await world.open({ random: () => 0.5, reconnect: { initial: 300_000, max: 300_000 } });
  world.network.reset();
  await world.clock.advance(60_000);
  const { status, suspicion } = client.liveness$.value;
  assert.equal([client.state$.value.status, status, suspicion], ['suspended', 'alive', 0]);
  client.destroy();
  await world.close();
});
ofSession('says nothing of a connection after state$ has said that it is lost', async () => {
  const world = await VirtualWorld.start();
  const { client, server } = await world.open({ random: () => 0.5, reconnect: { initial: 300_000, max: 300_000 } });
  server.handle('say', () => {});
  await world.clock.advance(5000);
  const told: string[] = [];
  client.liveness$.subscribe(({ rtt }) => told.push(`rtt ${rtt}`));
  client.state$.subscribe(({ status }) => told.push(status));
  for (const latencyMs of [5, 40]) {
    world.network.latency(latencyMs);
    void client.send('say', 1);
    await world.clock.advance(100);
  }
  world.network.reset();
  await world.clock.advance(1000);
  world.clock.stall(3000);
  await world.clock.advance(1000);
  assert.equal(told.slice(-3), ['rtt 10', 'rtt 80', 'suspended']);
  client.destroy();
  await world.clock.settle();
  assert.is(told.at(-1), 'closed');
  await world.close();
});
ofSession.run();
