import { config } from 'rxjs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { connect, DeliveryError, type HeartbeatPreset } from '@heartwire/core';
import { testClock } from '@heartwire/core/testing';
import type { LinkSink } from '@heartwire/core/transport';
import type { SessionDriver } from '../../../../packages/core/src/runtime/session-driver.ts';
import { FrameType } from '../../../../packages/core/src/wire/frame-type.ts';
import { namesOf, sentFrames } from '../../../support/sent-frames.ts';
import {
  VirtualWorld,
  rejectionOf,
  watch,
  type AnyServerSession,
  type OpenSession,
} from '../../../support/virtual-world.ts';

interface Scene extends OpenSession {
  readonly world: VirtualWorld;
}

async function open(
  client: Parameters<VirtualWorld['connect']>[0] = {},
  server: NonNullable<Parameters<typeof VirtualWorld.start>[0]>['server'] = {},
): Promise<Scene> {
  const world = await VirtualWorld.start({ server });
  return { world, ...(await world.open(client)) };
}

/** How often each type of frame stands in all that one side wrote. */
function countFrames(writes: readonly Uint8Array[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of namesOf(sentFrames(writes))) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

const writing = suite('what is written');

writing('in one turn leaves in one piece, or in pieces of 64 KiB', async () => {
  const { world, client, server } = await open();
  server.handle('say', () => {});
  world.writes.client.length = 0;
  const deliveries = Array.from({ length: 1000 }, (_, at) => client.send('say', `message ${at} ${'.'.repeat(200)}`));
  assert.is(world.writes.client.length, 0, 'nothing leaves before the turn is over');
  await world.clock.settle();
  const bytes = world.writes.client.reduce((sum, piece) => sum + piece.length, 0);
  assert.ok(bytes > 200_000);
  assert.ok(
    world.writes.client.length <= bytes / 65_536 + 1,
    `${world.writes.client.length} pieces for ${bytes} bytes`,
  );
  await Promise.all(deliveries);
  await world.close();
});

writing('by a whole chunk’s handlers leaves in one piece, though each awaits something', async () => {
  const { world, client, server } = await open();
  server.handle('ask', async (data) => {
    for (let link = 0; link < 20; link += 1) await Promise.resolve();
    return data;
  });
  world.writes.server.length = 0;
  const answers = Array.from({ length: 16 }, (_, at) => client.request('ask', at));
  await world.clock.settle();
  assert.equal(
    await Promise.all(answers),
    Array.from({ length: 16 }, (_, at) => at),
  );
  assert.is(world.writes.server.length, 1);
  await world.close();
});

/** Chunks of the client, each of one turn. From now on whatever is written arrives by hand or not at all. */
async function chunksOf({ world, client }: Scene, messagesPerTurn: readonly number[]): Promise<Uint8Array[]> {
  world.network.blackhole('up');
  world.network.blackhole('down');
  world.writes.client.length = 0;
  for (const count of messagesPerTurn) {
    for (let at = 0; at < count; at += 1) client.send('say', at).catch(() => {});
    await world.clock.settle();
  }
  const chunks = world.writes.client.slice();
  assert.is(chunks.length, messagesPerTurn.length);
  world.writes.server.length = 0;
  return chunks;
}

writing(
  'as the acknowledgement of a chunk leaves at once when its handlers have finished, and once in a turn',
  async () => {
    const scene = await open();
    const { world, server } = scene;
    server.handle('say', () => {});
    const [first, second, third] = await chunksOf(scene, [1, 1, 1]);
    driverOf(server).received(first!);
    assert.is(world.writes.server.length, 1, 'not at the end of the turn');
    driverOf(server).received(second!);
    assert.is(world.writes.server.length, 1, 'what follows in the same turn shares a write');
    driverOf(server).received(third!);
    await world.clock.settle();
    assert.equal(namesOf(sentFrames(world.writes.server)), ['ACK', 'ACK']);
    server.destroy();
    await world.close();
  },
);

writing('by a handler leaves with the acknowledgement, at once', async () => {
  const scene = await open();
  const { world, server } = scene;
  server.handle('say', (data) => void server.send('said', data).catch(() => {}));
  const [chunk] = await chunksOf(scene, [1]);
  driverOf(server).received(chunk!);
  assert.is(world.writes.server.length, 1);
  assert.equal(namesOf(sentFrames(world.writes.server)), ['MESSAGE']);
  await world.clock.settle();
  assert.is(world.writes.server.length, 1, 'nothing is left to say');
  server.destroy();
  await world.close();
});

writing('waits for the end of the turn while a handler is at work, or when somebody was told something', async () => {
  const scene = await open();
  const { world, client, server } = scene;
  // The first one of the chunk has finished when the second one begins.
  server.handle('say', (at) => (at === 0 ? undefined : Promise.resolve()));
  client.handle('news', () => {});
  const [chunk] = await chunksOf(scene, [2]);
  driverOf(server).received(chunk!);
  assert.is(world.writes.server.length, 0, 'it is at work');
  server.send('news').catch(() => {});
  await world.clock.settle();
  const [answer] = world.writes.server;
  world.writes.client.length = 0;
  driverOf(client).received(answer!);
  assert.is(world.writes.client.length, 0, 'whoever was told may have more to say');
  await world.clock.settle();
  assert.equal(namesOf(sentFrames(world.writes.client)), ['ACK']);
  server.destroy();
  await world.close();
});

writing('as acknowledgements for a thousand messages of one chunk is a few of them', async () => {
  const { world, client, server } = await open();
  server.handle('say', async () => {
    await Promise.resolve();
  });
  const before = countFrames(world.writes.server)['ACK'] ?? 0;
  const deliveries = Array.from({ length: 1000 }, (_, at) => client.send('say', at));
  await world.clock.settle();
  await Promise.all(deliveries);
  const acks = (countFrames(world.writes.server)['ACK'] ?? 0) - before;
  assert.ok(acks >= 1 && acks <= 3, `${acks} ACKs`);
  await world.close();
});

// It stood in front of up to 64 KiB of what waited. A WebSocket hands all of that over as one message: over a slow line the client learned late that it was
// welcome, and a connection that was cut before the end of the message had been for nothing.
writing('as WELCOME leaves alone, also when much waits behind it', async () => {
  const { world, client, server } = await open({ reconnect: { initial: 0 } });
  client.handle('say', () => {});
  world.network.reset();
  await world.clock.settle();
  world.writes.server.length = 0;
  const deliveries = Array.from({ length: 100 }, (_, at) => server.send('say', `${at} ${'.'.repeat(1000)}`));
  await world.clock.advance(1);
  await Promise.all(deliveries);
  const [first = new Uint8Array(0), second = new Uint8Array(0)] = world.writes.server;
  assert.equal(namesOf(sentFrames([first])), ['WELCOME']);
  assert.ok(second.length > 10_000, `${second.length} bytes`);
  await world.close();
});

writing('by a session that is idle for an hour is heartbeats and nothing else', async () => {
  const { world } = await open();
  const [clientBefore, serverBefore] = [countFrames(world.writes.client), countFrames(world.writes.server)];
  await world.clock.advance(3_600_000);
  for (const [before, writes] of [
    [clientBefore, world.writes.client],
    [serverBefore, world.writes.server],
  ] as const) {
    const counts = countFrames(writes);
    const news = Object.entries(counts).filter(([name, count]) => count !== (before[name] ?? 0));
    assert.equal(news.map(([name]) => name).sort(), ['PING', 'PONG']);
    // One beat and one answer of each side per 12 s (0.8 of the interval) at most.
    assert.ok((counts['PING'] ?? 0) <= 3600 / 12 + 2, `${counts['PING']} PINGs`);
  }
  await world.close();
});

writing('waits while the link is full, and goes on when it has drained', async () => {
  const { world, client, server } = await open();
  const handled: unknown[] = [];
  server.handle('say', (data) => void handled.push((data as string).length));
  world.network.blackhole('up');
  const deliveries = Array.from({ length: 40 }, () => client.send('say', 'x'.repeat(10_000)));
  await world.clock.settle();
  const stages = deliveries.map(({ state$ }) => state$.value.stage);
  assert.ok(stages.includes('sent') && stages.includes('queued'), stages.join(' '));
  world.network.heal();
  await world.clock.settle();
  await world.clock.settle();
  assert.is((await Promise.all(deliveries)).length, 40);
  assert.equal(handled, Array<number>(40).fill(10_000));
  await world.close();
});

writing('goes on as soon as the link has drained, and not only when the peer says something', async () => {
  const { world, client, server } = await open();
  server.handle('say', () => {});
  // Until as much as possible may be on the way.
  for (let at = 0; at < 100; at += 1) void client.send('say', 'x'.repeat(10_000));
  await world.clock.settle();
  world.network.latency(100);
  for (let at = 0; at < 40; at += 1) void client.send('say', 'x'.repeat(10_000));
  await world.clock.settle();
  const before = world.writes.client.length;
  assert.ok(before > 0);
  await world.clock.advance(150);
  assert.ok(world.writes.client.length > before, 'nothing of the peer can have arrived yet');
  await world.clock.advance(2000);
  await world.close();
});
writing.run();

const pressure = suite('back-pressure');

pressure('is felt by those who wait for writable(): until less than half is taken', async () => {
  const { world, client, server } = await open({ limits: { outboxMaxMessages: 8 } }, { limits: { windowMessages: 1 } });
  server.handle('say', () => {});
  await client.writable();
  for (let at = 0; at < 5; at += 1) void client.send('say', at);
  let isWritable = false;
  const writable = client.writable().then(() => (isWritable = true));
  await Promise.resolve();
  assert.not.ok(isWritable);
  await world.clock.settle();
  await writable;
  await world.close();
});

pressure('refuses what is too much at once, and says so', async () => {
  const { world, client, server } = await open({ limits: { outboxMaxMessages: 3 } });
  server.handle('say', () => {});
  const events = watch(client.events$);
  const deliveries = Array.from({ length: 5 }, (_, at) => client.send('say', at));
  assert.equal(
    deliveries.map(({ state$ }) => state$.value.stage),
    ['queued', 'queued', 'queued', 'failed', 'failed'],
  );
  assert.equal(
    events.map((event) => event.type === 'undelivered' && event.error instanceof DeliveryError && event.error.outcome),
    ['overflow', 'overflow'],
  );
  await world.clock.settle();
  assert.is((await rejectionOf(deliveries[4]!)).code, 'ERR_HW_OUTBOX_FULL');
  await world.close();
});

pressure('ends with the session: nobody waits for ever', async () => {
  const { world, client } = await open({ limits: { outboxMaxMessages: 2 } });
  world.network.blackhole();
  void client.send('say', 'x'.repeat(100_000));
  await world.clock.settle();
  for (let at = 0; at < 2; at += 1) void client.send('say', 1);
  const writable = client.writable();
  client.destroy();
  await writable;
  await client.writable();
  world.network.heal();
  await world.close();
});
pressure.run();

const starting = suite('starting handlers');

// Each handler that finished at once started the next one on top of its own stack, which ended after some thousand.
starting('of thousands of messages that came together works however quickly they finish', async () => {
  const { world, client, server } = await open();
  const handled: number[] = [];
  server.handle('say', (data) => void handled.push(data as number));
  const deliveries = Array.from({ length: 10_000 }, (_, at) => client.send('say', at));
  for (let round = 0; round < 5; round += 1) await world.clock.settle();
  const outcomes = await Promise.allSettled(deliveries);
  assert.ok(outcomes.every(({ status }) => status === 'fulfilled'));
  assert.equal(
    handled,
    Array.from({ length: 10_000 }, (_, at) => at),
  );
  await world.close();
});

starting('keeps the order, whether they finish at once or later', async () => {
  const { world, client, server } = await open();
  const order: string[] = [];
  server.handle('quick', (data) => void order.push(`quick ${String(data)}`));
  server.handle('slow', async (data) => {
    order.push(`slow ${String(data)}`);
    await Promise.resolve();
    order.push(`slow ${String(data)} done`);
  });
  for (let at = 0; at < 3; at += 1) {
    void client.send('slow', at);
    void client.send('quick', at);
  }
  await world.clock.settle();
  assert.equal(
    order,
    [0, 1, 2].flatMap((at) => [`slow ${at}`, `slow ${at} done`, `quick ${at}`]),
  );
  await world.close();
});
starting.run();

const heartbeats = suite('a peer that falls silent');

/** With a round trip of nothing, RTO0 is its floor of 200 ms; PROTOCOL.md §11 gives interval and margins. */
const BOUNDS: Readonly<Record<HeartbeatPreset, { readonly suspectMs: number; readonly deadMs: number }>> = {
  default: { suspectMs: 15_000 + 15 * 200, deadMs: 15_000 + 15_000 },
  game: { suspectMs: 2000 + 7 * 200, deadMs: 2000 + 7000 },
  lan: { suspectMs: 1000 + 1000, deadMs: 1000 + 3500 },
  mobile: { suspectMs: 25_000 + 5000, deadMs: 25_000 + 30_000 },
};

/** Both sides have just heard each other; from now on nothing arrives. */
async function silenced(scene: Scene): Promise<void> {
  const pings = [scene.client.ping(), scene.server.ping()];
  await scene.world.clock.settle();
  await Promise.all(pings);
  scene.world.network.blackhole();
}

for (const [preset, { suspectMs, deadMs }] of Object.entries(BOUNDS) as [HeartbeatPreset, (typeof BOUNDS)['lan']][]) {
  heartbeats(`is suspect after ${suspectMs} ms and dead after ${deadMs} ms with the preset "${preset}"`, async () => {
    // The server does not judge: else both would end the connection at the same moment.
    const scene = await open({ heartbeat: preset }, { heartbeat: false });
    const { world, client, server } = scene;
    await silenced(scene);
    const statuses = watch(client.liveness$);
    const lost = client.send('say', 1);
    await world.clock.advance(suspectMs);
    assert.is(client.liveness$.value.status, 'alive');
    await world.clock.advance(1);
    assert.is(client.liveness$.value.status, 'suspect');
    assert.ok(client.liveness$.value.suspicion > 1);
    await world.clock.advance(deadMs - suspectMs - 1);
    assert.is(client.state$.value.status, 'open');
    await world.clock.advance(1);
    assert.equal(await client.closed, {
      kind: 'timeout',
      of: 'heartbeat',
      silentFor: deadMs + 1,
      evidence: { loopLag: 0 },
    });
    assert.is((await server.closed).kind, 'reset');
    assert.is((await rejectionOf<DeliveryError>(lost)).outcome, 'unknown');
    const seen = statuses.map(({ status }) => status);
    assert.equal(
      seen.filter((status, at) => status !== seen[at - 1]),
      ['alive', 'suspect', 'dead'],
    );
    world.network.heal();
    await world.close();
  });
}

heartbeats('and is heard again in time is alive, and nothing is lost', async () => {
  const scene = await open({ heartbeat: 'lan' }, { heartbeat: 'lan' });
  const { world, client, server } = scene;
  const handled: unknown[] = [];
  server.handle('say', (data) => void handled.push(data));
  await silenced(scene);
  const deliveries = [1, 2, 3].map((data) => client.send('say', data));
  await world.clock.advance(4000);
  assert.equal([client.liveness$.value.status, server.liveness$.value.status], ['suspect', 'suspect']);
  world.network.heal();
  await world.clock.settle();
  assert.equal([client.liveness$.value.status, server.liveness$.value.status], ['alive', 'alive']);
  assert.is(client.liveness$.value.suspicion, 0);
  await Promise.all(deliveries);
  assert.equal(handled, [1, 2, 3]);
  await world.clock.advance(60_000);
  assert.is(client.state$.value.status, 'open');
  await world.close();
});

heartbeats('towards one side only is noticed by both', async () => {
  const scene = await open({ heartbeat: 'lan' }, { heartbeat: 'lan' });
  const { world, client, server } = scene;
  world.network.blackhole('down');
  await world.clock.advance(6000);
  assert.is((await client.closed).kind, 'timeout');
  assert.is((await server.closed).kind, 'reset');
  world.network.heal();
  await world.close();
});

heartbeats('is not judged where nobody wants that', async () => {
  const { world, client, server } = await open({ heartbeat: false }, { heartbeat: false });
  world.network.blackhole();
  await world.clock.advance(24 * 3_600_000);
  assert.equal([client.state$.value.status, server.state$.value.status], ['open', 'open']);
  world.network.heal();
  await world.close();
});

heartbeats('was last heard at a time that is told', async () => {
  const { world, client, server } = await open();
  await world.clock.advance(1000);
  void server.send('say', 1);
  const ping = client.ping();
  await world.clock.settle();
  await ping;
  assert.is(client.liveness$.value.lastHeardAt, Date.UTC(2020, 0, 1) + 1000);
  await world.close();
});
heartbeats.run();

const ends = suite('the end of a connection');

/** The server says `count` things, and the connection ends as `end` ends it, in the same breath. */
async function lastWords(scene: Scene, count: number, end: (scene: Scene) => void): Promise<void> {
  for (let at = 0; at < count; at += 1) void scene.server.send('say', at);
  await scene.world.clock.settle();
  end(scene);
}

// Promise P9: what had arrived reaches the application before the end is reported.
for (const [title, end, kind] of [
  ['a FIN', ({ world }: Scene) => world.network.fin(), 'finished'],
  ['a reset', ({ world }: Scene) => world.network.reset(), 'reset'],
] as const) {
  ends(`by ${title}: what arrived before reaches the handlers before closed resolves`, async () => {
    const scene = await open();
    const { world, client } = scene;
    const order: string[] = [];
    const finish: (() => void)[] = [];
    client.handle('say', (data) => {
      order.push(`handler ${String(data)}`);
      return new Promise<void>((resolve) => finish.push(resolve));
    });
    void client.closed.then(({ kind: cause }) => order.push(`closed ${cause}`));
    await lastWords(scene, 4, end);
    await world.clock.advance(100);
    assert.equal(order, ['handler 0']);
    assert.equal(client.state$.value.status, 'open', 'the end is not told before the rest is handed over');
    for (let at = 0; at < 3; at += 1) {
      finish[at]!();
      await world.clock.settle();
    }
    assert.equal(order, ['handler 0', 'handler 1', 'handler 2', 'handler 3', `closed ${kind}`]);
    await world.close();
  });
}

ends('is told after 5 s though handlers stand in the way, and then they get nothing more', async () => {
  const scene = await open();
  const { world, client } = scene;
  const started: unknown[] = [];
  let signal: AbortSignal | undefined;
  const finish: (() => void)[] = [];
  client.handle('say', (data, context) => {
    started.push(data);
    signal ??= context.signal;
    return new Promise<void>((resolve) => finish.push(resolve));
  });
  await lastWords(scene, 3, (each) => each.world.network.reset());
  let isClosed = false;
  void client.closed.then(() => (isClosed = true));
  await world.clock.advance(4999);
  assert.equal([isClosed, signal?.aborted], [false, false]);
  await world.clock.advance(1);
  assert.equal([isClosed, signal?.aborted], [true, true]);
  finish[0]!();
  await world.clock.settle();
  assert.equal(started, [0]);
  await world.close();
});

ends('resolves closed only when the link is gone', async () => {
  for (const way of ['close', 'destroy'] as const) {
    const { world, client, server } = await open();
    world.network.latency(50);
    const connections: number[] = [];
    void client.closed.then(() => connections.push(world.network.connections));
    void server.closed.then(() => connections.push(world.network.connections));
    if (way === 'close') void client.close();
    else client.destroy();
    await world.clock.advance(1000);
    assert.equal(connections, [0, 0]);
    await world.close();
  }
});

ends('by a FIN of the peer is told as it comes: first one direction, then both', async () => {
  const { world, client } = await open();
  const phases = watch(client.connection$);
  world.network.latency(10);
  world.network.fin();
  await world.clock.advance(5);
  assert.is(client.state$.value.status, 'open');
  await world.clock.advance(100);
  const cause = await client.closed;
  assert.equal(cause, { kind: 'finished' });
  assert.equal(phases, [
    { phase: 'open', readable: true, writable: true, epoch: 1 },
    { phase: 'half-closed', readable: false, writable: true, epoch: 1 },
    { phase: 'half-closed', readable: false, writable: false, epoch: 1 },
    { phase: 'closed', cause, epoch: 1 },
  ]);
  await world.close();
});

ends('by destroy drops everything at once, and what is in doubt says so', async () => {
  const { world, client, server } = await open();
  server.handle('say', () => new Promise(() => {}));
  const [written, waiting] = [client.send('say', 1), client.request('say', 2)];
  await world.clock.settle();
  client.destroy();
  client.destroy();
  const late = client.send('say', 3);
  await world.clock.settle();
  assert.equal(await client.closed, { kind: 'destroyed' });
  const errors = await Promise.all([written, waiting, late].map((delivery) => rejectionOf<DeliveryError>(delivery)));
  assert.equal(
    errors.map(({ outcome }) => outcome),
    ['unknown', 'unknown', 'not-delivered'],
  );
  await world.close();
});

ends('keeps the first cause, and what the transport saw beside it', async () => {
  const clock = testClock();
  const sinks: LinkSink[] = [];
  const session = connect(
    { name: 'x', address: 'x', dial: (sink) => void sinks.push(sink) },
    { clock, reconnect: false },
  );
  await clock.settle();
  const link = { info: { transport: 'x' }, write: () => true, end: () => {}, abort: () => {} };
  sinks[0]!.open(link);
  session.destroy();
  await clock.settle();
  assert.is(session.connection$.value.phase, 'open', 'the transport has not said so yet');
  const evidence = { errno: 'ECONNRESET', bytesRead: 5 };
  sinks[0]!.closed({ kind: 'reset', evidence });
  assert.equal(await session.closed, { kind: 'destroyed', evidence });
  assert.equal(session.connection$.value, { phase: 'closed', cause: { kind: 'destroyed', evidence }, epoch: 1 });
  assert.is(clock.pending, 0);
});

ends('keeps what the transport saw when that is the cause', async () => {
  const clock = testClock();
  const sinks: LinkSink[] = [];
  const session = connect(
    { name: 'x', address: 'x', dial: (sink) => void sinks.push(sink) },
    { clock, reconnect: false },
  );
  await clock.settle();
  const cause = {
    kind: 'unreachable',
    code: 'ENOTFOUND',
    message: 'no such host',
    evidence: { errno: 'ENOTFOUND' },
  } as const;
  sinks[0]!.closed(cause);
  assert.equal(await session.closed, cause);
  assert.is(clock.pending, 0);
});

ends('by a broken protocol is told to the peer, and both know whose doing it was', async () => {
  const { world, client, server } = await open();
  const broken = await world.open();
  // A second HELLO, as if the client had said it.
  driverOf(broken.server).received(new Uint8Array([1, FrameType.HELLO << 3]));
  await world.clock.advance(1000);
  const said = [await broken.server.closed, await broken.client.closed].map((cause) => {
    assert.ok(cause.kind === 'protocol');
    return `${cause.error.code} by ${cause.error.by}`;
  });
  assert.equal(said, ['ERR_HW_UNEXPECTED_FRAME by remote', 'ERR_HW_UNEXPECTED_FRAME by local']);
  assert.equal([client.state$.value.status, server.state$.value.status], ['open', 'open'], 'the others go on');
  await world.close();
});

function driverOf(session: AnyServerSession): SessionDriver {
  return (session as unknown as { driver: SessionDriver }).driver;
}
ends.run();

const observers = suite('an observer that throws');

observers('breaks nothing, wherever it watches: rxjs reports it, and everything goes on', async () => {
  const reported: unknown[] = [];
  config.onUnhandledError = (error) => reported.push(error);
  const { world, client, server } = await open();
  const thrower = (name: string) => () => {
    throw new Error(name);
  };
  server.messages$.subscribe(thrower('messages$'));
  server.on('say').subscribe(thrower('on'));
  client.events$.subscribe(thrower('events$'));
  client.state$.subscribe(thrower('state$'));
  client.liveness$.subscribe(thrower('liveness$'));
  client.connection$.subscribe(thrower('connection$'));
  server.handle('say', () => {});
  const good = client.send('say', 1);
  good.state$.subscribe(thrower('delivery'));
  const bad = rejectionOf(client.send('nobody', 1));
  await world.clock.settle();
  assert.is((await good).stage, 'handled');
  assert.is((await bad).code, 'ERR_HW_NO_HANDLER');
  const report = client.close();
  await world.clock.settle();
  assert.is((await report).cause.kind, 'closed');
  await world.close();
  await new Promise((resolve) => setTimeout(resolve, 0));
  config.onUnhandledError = null;
  const names = new Set(reported.map((error) => (error as Error).message));
  assert.equal([...names].sort(), ['connection$', 'delivery', 'events$', 'liveness$', 'messages$', 'on', 'state$']);
});
observers.run();
