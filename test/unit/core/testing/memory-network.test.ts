import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { CloseCause, Link, LinkSink } from '@heartwire/core/transport';
import { memoryNetwork, testClock, type Network, type TestClock } from '@heartwire/core/testing';
import { RecordingSink } from '../../../support/recording-sink.ts';

const bytes = (...values: number[]): Uint8Array => new Uint8Array(values);
const never = new AbortController().signal;

interface Pair {
  readonly clock: TestClock;
  readonly network: Network;
  readonly client: RecordingSink;
  readonly server: RecordingSink;
  /** Dials once more. */
  dial(): Promise<{ client: RecordingSink; server: RecordingSink }>;
}

/** A network with one connection. */
async function connected(seed = 1): Promise<Pair> {
  const clock = testClock();
  const { dialer, listener, network } = memoryNetwork({ clock, seed });
  const servers: RecordingSink[] = [];
  await listener.listen(() => {
    const sink = new RecordingSink();
    servers.push(sink);
    return sink;
  });
  const dial = async (): Promise<{ client: RecordingSink; server: RecordingSink }> => {
    const client = new RecordingSink();
    dialer.dial(client, never);
    await clock.settle();
    return { client, server: servers.at(-1)! };
  };
  return { clock, network, dial, ...(await dial()) };
}

/** Both ends are closed for these reasons, and neither transport call was out of order. */
async function assertClosed(
  pair: Pick<Pair, 'client' | 'server'>,
  clientSees: CloseCause,
  serverSees: CloseCause,
): Promise<void> {
  assert.equal(await pair.client.hasClosed(), clientSees);
  assert.equal(await pair.server.hasClosed(), serverSees);
}

const carrying = suite('a memory network');

carrying('connects, and says what it is', async () => {
  const { dialer, listener } = memoryNetwork();
  assert.equal([dialer.name, dialer.address, listener.name], ['memory', 'memory', 'memory']);
  const { client, server, network } = await connected();
  assert.equal(client.link.info, { transport: 'memory', address: 'memory' });
  assert.ok(server.calls.includes('open'));
  assert.is(network.connections, 1);
});

carrying('calls nothing back before dial has returned', async () => {
  const { dialer, listener } = memoryNetwork();
  await listener.listen(() => new RecordingSink());
  const sink = new RecordingSink();
  dialer.dial(sink, never);
  assert.equal(sink.calls, []);
  await sink.opened();
});

carrying('carries bytes both ways and in order', async () => {
  const { client, server, clock } = await connected();
  client.link.write(bytes(1, 2));
  client.link.write(bytes(3));
  server.link.write(bytes(9));
  await clock.settle();
  assert.equal([...server.received], [1, 2, 3]);
  assert.equal([...client.received], [9]);
});

carrying('refuses where nobody listens, and after the listener has closed', async () => {
  const { dialer, listener } = memoryNetwork();
  const before = new RecordingSink();
  dialer.dial(before, never);
  const cause = await before.hasClosed();
  assert.equal([cause.kind, cause.kind === 'refused' ? cause.code : ''], ['refused', 'ECONNREFUSED']);
  const listening = await listener.listen(() => new RecordingSink());
  assert.is(listening.address, 'memory');
  await listening.close();
  const after = new RecordingSink();
  dialer.dial(after, never);
  assert.is((await after.hasClosed()).kind, 'refused');
});

carrying('gives a dial up that is aborted', async () => {
  const { dialer, listener } = memoryNetwork();
  await listener.listen(() => new RecordingSink());
  const sink = new RecordingSink();
  const abort = new AbortController();
  dialer.dial(sink, abort.signal);
  abort.abort();
  assert.equal(await sink.hasClosed(), { kind: 'destroyed' });
  assert.equal(sink.calls, ['closed']);
});

carrying('ends one direction at a time', async () => {
  const pair = await connected();
  const { client, server, clock, network } = pair;
  client.link.write(bytes(1));
  client.link.end();
  client.link.write(bytes(2));
  await clock.settle();
  assert.equal([server.calls, [...server.received]], [['open', 'bytes', 'readEnded'], [1]]);
  server.link.write(bytes(3));
  await clock.settle();
  assert.equal([...client.received], [3]);
  assert.is(network.connections, 1);
  server.link.end();
  await assertClosed(pair, { kind: 'finished' }, { kind: 'finished' });
  assert.is(network.connections, 0);
});

carrying('aborts both directions, and what was under way is lost', async () => {
  const pair = await connected();
  pair.client.link.write(bytes(1));
  pair.client.link.abort();
  await assertClosed(pair, { kind: 'destroyed' }, { kind: 'reset' });
  assert.is(pair.server.byteLength, 0);
  const other = await pair.dial();
  other.server.link.abort();
  await assertClosed(other, { kind: 'reset' }, { kind: 'destroyed' });
});

carrying('says when more than 64 KiB wait, and once when they have gone', async () => {
  const { client, server, clock, network } = await connected();
  network.blackhole();
  assert.ok(client.link.write(new Uint8Array(65_536)));
  assert.not.ok(client.link.write(new Uint8Array(1)));
  assert.not.ok(client.link.write(new Uint8Array(1)));
  network.heal();
  await clock.settle();
  assert.is(server.byteLength, 65_538);
  assert.is(client.calls.filter((call) => call === 'drained').length, 1);
  assert.ok(client.link.write(new Uint8Array(1)));
});

carrying('does nothing after the end, and says that more is welcome', async () => {
  const { client, clock } = await connected();
  client.link.abort();
  await clock.settle();
  assert.ok(client.link.write(new Uint8Array(100_000)));
  client.link.end();
  client.link.abort();
  await clock.settle();
  client.assertOrderly();
});

carrying('leaves a connection alone whose server turns it away at once', async () => {
  const { dialer, listener } = memoryNetwork();
  const turnedAway = new RecordingSink();
  const open = (link: Link): void => {
    turnedAway.open(link);
    link.abort();
  };
  const sink: LinkSink = {
    open,
    bytes: (chunk) => turnedAway.bytes(chunk),
    drained: () => turnedAway.drained(),
    readEnded: () => turnedAway.readEnded(),
    closed: (cause) => turnedAway.closed(cause),
  };
  await listener.listen(() => sink);
  const client = new RecordingSink();
  dialer.dial(client, never);
  await assertClosed({ client, server: turnedAway }, { kind: 'reset' }, { kind: 'destroyed' });
});
carrying.run();

const buttons = suite('the buttons of a memory network');

buttons('fin: the server’s side ends its direction, and the client’s may still write', async () => {
  const pair = await connected();
  const { client, server, clock, network } = pair;
  server.link.write(bytes(1));
  network.fin();
  await clock.settle();
  assert.equal([client.calls, [...client.received]], [['open', 'bytes', 'readEnded'], [1]]);
  client.link.write(bytes(2));
  await clock.settle();
  assert.equal([...server.received], [2]);
  client.link.end();
  await assertClosed(pair, { kind: 'finished' }, { kind: 'finished' });
});

buttons('reset: both sides see it, and what was under way is lost', async () => {
  const pair = await connected();
  pair.network.latency(10);
  pair.client.link.write(bytes(1));
  pair.network.reset();
  await assertClosed(pair, { kind: 'reset' }, { kind: 'reset' });
  await pair.clock.advance(100);
  assert.is(pair.server.byteLength, 0);
  assert.is(pair.network.connections, 0);
});

for (const [direction, up, down] of [
  [undefined, 0, 0],
  ['up', 0, 1],
  ['down', 1, 0],
] as const) {
  buttons(
    `blackhole ${direction ?? 'in both directions'}: nothing arrives, nobody is told; heal: all of it does`,
    async () => {
      const { client, server, clock, network } = await connected();
      if (direction === undefined) network.blackhole();
      else network.blackhole(direction);
      client.link.write(bytes(1));
      server.link.write(bytes(2));
      await clock.advance(1_000_000);
      assert.equal([server.byteLength, client.byteLength], [up, down]);
      assert.not.ok(client.calls.includes('closed'));
      network.heal();
      await clock.settle();
      assert.equal([[...server.received], [...client.received]], [[1], [2]]);
      client.link.write(bytes(3));
      await clock.settle();
      assert.equal([...server.received], [1, 3]);
    },
  );
}

buttons('a black hole swallows ends as well', async () => {
  const pair = await connected();
  pair.network.blackhole();
  pair.client.link.end();
  pair.server.link.end();
  await pair.clock.advance(1000);
  assert.not.ok(pair.server.calls.includes('readEnded'));
  pair.network.heal();
  await assertClosed(pair, { kind: 'finished' }, { kind: 'finished' });
});

buttons('latency: everything takes its time, in order', async () => {
  const { client, server, clock, network } = await connected();
  network.latency(100);
  client.link.write(bytes(1));
  await clock.advance(50);
  client.link.write(bytes(2));
  await clock.advance(49);
  assert.is(server.byteLength, 0);
  await clock.advance(1);
  assert.equal([...server.received], [1]);
  await clock.advance(50);
  assert.equal([...server.received], [1, 2]);
});

buttons('latency with jitter: never out of order, never beyond its bounds, the same for the same seed', async () => {
  const arrivals = async (seed: number): Promise<number[]> => {
    const { client, server, clock, network } = await connected(seed);
    network.latency(10, 20);
    const times: number[] = [];
    for (let at = 0; at < 20; at += 1) {
      const before = server.byteLength;
      client.link.write(bytes(at));
      while (server.byteLength === before) await clock.advance(1);
      times.push(server.byteLength);
      times.push(clock.now());
    }
    assert.equal(
      [...server.received],
      Array.from({ length: 20 }, (_, at) => at),
    );
    return times;
  };
  const [first, again, other] = [await arrivals(1), await arrivals(1), await arrivals(2)];
  assert.equal(first, again);
  assert.not.equal(first, other);
  const waits = first.filter((_, at) => at % 2 === 1).map((time, at, all) => time - (all[at - 1] ?? 0));
  assert.ok(
    waits.every((wait) => wait >= 10 && wait <= 31),
    waits.join(' '),
  );
  assert.ok(new Set(waits).size > 3, 'it does vary');
});

buttons('jitter does not let anything overtake', async () => {
  const { client, server, clock, network } = await connected(7);
  network.latency(0, 100);
  for (let at = 0; at < 50; at += 1) client.link.write(bytes(at));
  await clock.advance(200);
  assert.equal(
    [...server.received],
    Array.from({ length: 50 }, (_, at) => at),
  );
});

buttons('slice: no piece is larger', async () => {
  const clock = testClock();
  const { dialer, listener, network } = memoryNetwork({ clock });
  const pieces: number[] = [];
  const sink = new RecordingSink();
  sink.bytes = (chunk) => void pieces.push(chunk.length);
  await listener.listen(() => sink);
  const client = new RecordingSink();
  dialer.dial(client, never);
  await clock.settle();
  network.slice(3);
  client.link.write(new Uint8Array(8));
  await clock.settle();
  assert.equal(pieces, [3, 3, 2]);
  network.slice(0);
  client.link.write(new Uint8Array(2));
  await clock.settle();
  assert.equal(pieces.slice(3), [1, 1]);
});

buttons('work on every connection of the network', async () => {
  const pair = await connected();
  const second = await pair.dial();
  assert.is(pair.network.connections, 2);
  pair.network.reset();
  await assertClosed(pair, { kind: 'reset' }, { kind: 'reset' });
  await assertClosed(second, { kind: 'reset' }, { kind: 'reset' });
});
buttons.run();
