import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Link } from '@heartwire/core/transport';
import { SeededRandom } from '../../support/seeded-random.ts';
import { SimProcess } from '../world/sim-process.ts';
import { VirtualClock } from '../world/virtual-clock.ts';
import { SimNetwork, type DialFate } from './sim-network.ts';

const test = suite('simulated network');
const HEAD = 100;

/** One end, and what it is told. */
class Listener {
  link!: Link;
  readonly told: string[] = [];
  /** Written as soon as the connection stands. */
  greeting: Uint8Array | null = null;

  open(link: Link): void {
    this.link = link;
    this.told.push('open');
    if (this.greeting !== null) link.write(this.greeting);
  }

  bytes(chunk: Uint8Array): void {
    this.told.push([...chunk.subarray(0, HEAD)].join(' '));
  }

  drained(): void {
    this.told.push('drained');
  }

  readEnded(): void {
    this.told.push('end');
  }

  closed({ kind }: { readonly kind: string }): void {
    this.told.push(kind);
  }
}

interface Conditions {
  readonly fate?: DialFate;
  readonly maxCuts?: number;
  readonly latencyMs?: number;
  readonly greeting?: Uint8Array;
}

interface Setting {
  readonly clock: VirtualClock;
  readonly network: SimNetwork;
  readonly client: Listener;
  readonly server: Listener;
  readonly processes: { readonly client: SimProcess; readonly server: SimProcess };
  readonly dial: AbortController;
  passMs(ms: number): Promise<void>;
}

async function dialed({ fate = 'open', maxCuts = 0, latencyMs = 10, greeting }: Conditions = {}): Promise<Setting> {
  const clock = new VirtualClock();
  const watcher = { wrote() {}, arrived() {}, closed() {} };
  const weather = { drawDialFate: () => fate, drawLink: () => ({ latencyMs, jitterMs: 0, maxCuts }) };
  const network = new SimNetwork(clock, new SeededRandom(1), weather, watcher);
  const processes = { client: new SimProcess('c', clock, 1), server: new SimProcess('s', clock, 2) };
  const [client, server, dial] = [new Listener(), new Listener(), new AbortController()];
  client.greeting = greeting ?? null;
  await network.listener(processes.server).listen(() => server);
  network.dialer(processes.client).dial(client, dial.signal);
  const passMs = async (ms: number): Promise<void> => {
    await clock.run(clock.now() + ms, () => false);
  };
  await passMs(2 * latencyMs);
  return { clock, network, client, server, processes, dial, passMs };
}

test('carries bytes both ways, one way late', async () => {
  const { client, server, passMs } = await dialed();
  client.link.write(Uint8Array.of(1, 2));
  server.link.write(Uint8Array.of(3));
  await passMs(9);
  assert.equal([client.told, server.told], [['open'], ['open']]);
  await passMs(1);
  assert.equal(client.told, ['open', '3']);
  assert.equal(server.told, ['open', '1 2']);
});

test('cuts bytes into pieces and keeps their order', async () => {
  const { client, server, passMs } = await dialed({ maxCuts: 4 });
  client.link.write(Uint8Array.from({ length: 50 }, (_, index) => index));
  await passMs(10);
  const pieces = server.told.slice(1);
  assert.ok(pieces.length > 2);
  assert.is(pieces.join(' '), Array.from({ length: 50 }, (_, index) => index).join(' '));
});

test('says when it is enough, and when there is room again', async () => {
  const { client, passMs } = await dialed();
  assert.is(client.link.write(new Uint8Array(65_536)), true);
  assert.is(client.link.write(new Uint8Array(1)), false);
  await passMs(10);
  assert.equal(client.told, ['open', 'drained']);
});

test('an end arrives after the bytes, and both ends make a close', async () => {
  const { client, server, network, passMs } = await dialed();
  client.link.write(Uint8Array.of(1));
  client.link.end();
  await passMs(10);
  assert.equal(server.told, ['open', '1', 'end']);
  server.link.end();
  await passMs(10);
  assert.equal(client.told, ['open', 'end', 'finished']);
  assert.equal(server.told, ['open', '1', 'end', 'finished']);
  assert.is(network.links.length, 0);
});

test('an abort is a reset at the other end', async () => {
  const { client, server, passMs } = await dialed();
  client.link.abort();
  await passMs(10);
  assert.equal(client.told, ['open', 'destroyed']);
  assert.equal(server.told, ['open', 'reset']);
});

test('each end sees a cut in its own time', async () => {
  const { client, server, network, passMs } = await dialed();
  const [link] = network.links;
  link!.server.outgoing.reset(0, true);
  link!.client.outgoing.reset(500, true);
  await passMs(499);
  assert.equal([client.told, server.told], [['open', 'reset'], ['open']]);
  await passMs(1);
  assert.equal(server.told, ['open', 'reset']);
});

test('a cut may leave a part of what was under way', async () => {
  const { client, server, network, passMs } = await dialed();
  for (const byte of [1, 2]) client.link.write(Uint8Array.of(byte, byte, byte, byte));
  const [link] = network.links;
  link!.client.outgoing.lose(0.75);
  link!.client.outgoing.reset(0, false);
  await passMs(10);
  assert.equal(server.told, ['open', '1 1 1 1', '2 2', 'reset']);
});

test('a hole keeps what is written until it heals', async () => {
  const { client, server, network, passMs } = await dialed();
  network.links[0]!.client.outgoing.hold(Infinity);
  client.link.write(Uint8Array.of(1));
  await passMs(60_000);
  assert.equal(server.told, ['open']);
  network.heal();
  await passMs(0);
  assert.equal(server.told, ['open', '1']);
});

test('a stall ends by itself', async () => {
  const { clock, client, server, network, passMs } = await dialed();
  network.links[0]!.client.outgoing.hold(clock.now() + 300);
  client.link.write(Uint8Array.of(1));
  await passMs(299);
  assert.equal(server.told, ['open']);
  await passMs(1);
  assert.equal(server.told, ['open', '1']);
});

test('a process that dies silently is noticed when the network heals, and not before', async () => {
  const { client, server, network, processes, passMs } = await dialed();
  processes.server.crash();
  network.links[0]!.server.die('silent');
  client.link.write(Uint8Array.of(1));
  await passMs(60_000);
  assert.equal([client.told, server.told], [['open'], ['open']]);
  network.heal();
  await passMs(0);
  assert.equal(client.told, ['open', 'reset']);
});

test('whoever waits for an end that is closed is told when the network heals', async () => {
  const { client, server, network, passMs } = await dialed();
  const link = network.links[0]!;
  link.client.outgoing.hold(Infinity);
  client.link.write(Uint8Array.of(1));
  link.server.outgoing.reset(0, true);
  await passMs(60_000);
  assert.equal([client.told, server.told], [['open', 'reset'], ['open']]);
  network.heal();
  await passMs(0);
  assert.equal(server.told, ['open', '1', 'reset']);
});

test('what is written on a straggling connection arrives after the client has lost it', async () => {
  const { client, server, passMs } = await dialed({ fate: 'straggling', greeting: Uint8Array.of(1) });
  while (!client.told.includes('reset')) await passMs(1);
  assert.equal(server.told, ['open']);
  await passMs(3000);
  assert.equal(server.told, ['open', '1']);
});

test('a dial is refused', async () => {
  const { client, server } = await dialed({ fate: 'refused' });
  assert.equal([client.told, server.told], [['refused'], []]);
});

test('a dial into a hole hears nothing until it is given up', async () => {
  const { client, dial, passMs } = await dialed({ fate: 'hole' });
  await passMs(60_000);
  assert.equal(client.told, []);
  dial.abort();
  await passMs(0);
  assert.equal(client.told, ['destroyed']);
});

test('a slow dial that is given up leaves a reset at the server', async () => {
  const { client, server, network, dial, passMs } = await dialed({ fate: 'slow', latencyMs: 1000 });
  // Long enough for the server to have it, too short for the client to know.
  while (server.told.length === 0) await passMs(1);
  dial.abort();
  await passMs(3000);
  assert.equal(client.told, ['destroyed']);
  assert.equal(server.told, ['open', 'reset']);
  assert.is(network.links.length, 0);
});

test.run();
