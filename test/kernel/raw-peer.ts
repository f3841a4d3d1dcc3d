/**
 * The peer in a process of its own: bare sockets, nothing of the library. It is told what to do in a batch, and says what its kernel knows has arrived
 * before it strikes. It ends when its channel does.
 */
import { writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { connect as connectTls, createSecureContext, TLSSocket } from 'node:tls';
import { readKernelSockets, type KernelSocket } from './kernel-sockets.ts';
import { PeerConnection } from './peer-connection.ts';
import type { Arrival, PeerOrder, PeerWord } from './peer-word.ts';
import type { BatchPlan } from './schedule-plan.ts';

const ASK_AGAIN_MS = 10;

let connections: PeerConnection[] = [];
let server: Server | undefined;
let plan: BatchPlan;
let serverPort = 0;

process.on('disconnect', () => process.exit());
process.on('message', (order: PeerOrder) => void (order.type === 'batch' ? begin(order) : go(order.mark)));

async function begin(order: Extract<PeerOrder, { type: 'batch' }>): Promise<void> {
  for (const { raw } of connections) raw.destroy();
  connections = [];
  server?.close();
  plan = order.plan;
  if (order.port !== null) {
    serverPort = order.port;
    if (!plan.isHasty) for (const [index] of plan.connections.entries()) await dial(order.port, index);
    return sayReady();
  }
  server = createServer({ allowHalfOpen: true, noDelay: true }, (raw) => void accept(raw, order.tls));
  server.listen(0, '127.0.0.1', () => {
    serverPort = (server!.address() as AddressInfo).port;
    say({ type: 'listening', port: serverPort });
  });
}

async function accept(raw: Socket, tls: { key: string; cert: string }): Promise<void> {
  const options = { isServer: true, secureContext: createSecureContext(tls), allowHalfOpen: true };
  const socket = plan.isSecure ? new TLSSocket(raw, options) : raw;
  const connection = new PeerConnection(raw, socket, plan, connections.length, 'server');
  connections.push(connection);
  await connection.stand();
  if (connections.length === plan.connections.length && connections.every(({ isStanding }) => isStanding)) sayReady();
}

async function dial(port: number, index: number): Promise<PeerConnection> {
  const raw = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
  await new Promise((done) => raw.once('connect', done));
  const tls = { socket: raw, rejectUnauthorized: false, allowHalfOpen: true };
  const connection = new PeerConnection(raw, plan.isSecure ? connectTls(tls) : raw, plan, index, 'client');
  connections.push(connection);
  await connection.stand();
  return connection;
}

async function go(mark: string): Promise<void> {
  if (plan.isHasty) return goHastily(mark);
  await Promise.all(connections.map((connection) => connection.writeAll()));
  await new Promise((done) => setTimeout(done, plan.settleMs));
  const inKernel = await waitForAcks();
  const arrivals = connections.map((connection) => connection.arrival(find(inKernel, connection)));
  const isKilled = plan.connections.some(({ fault }) => fault === 'kill');
  // The word is in the channel before the fault, which may be our own death.
  await new Promise<void>((done) =>
    process.send!({ type: 'struck', arrivals } satisfies PeerWord, undefined, undefined, () => done()),
  );
  if (!isKilled) for (const connection of connections) connection.strike();
  // A reset leaves in the turn of its call, an end in the turn after.
  if (!isKilled) await new Promise((done) => setTimeout(done, 2));
  writeFileSync(mark, '');
  if (isKilled) process.kill(process.pid, 'SIGKILL');
}

async function goHastily(mark: string): Promise<void> {
  const arrivals: Arrival[] = [];
  for (const [index] of plan.connections.entries()) {
    const connection = await dial(serverPort, index);
    await connection.writeAll();
    arrivals.push(connection.arrival(find(await waitForAcks(), connection)));
    connection.strike();
  }
  say({ type: 'struck', arrivals });
  writeFileSync(mark, '');
}

async function waitForAcks(): Promise<readonly KernelSocket[]> {
  const startedAtMs = performance.now();
  for (;;) {
    const inKernel = readKernelSockets(plan.dialer === 'us' ? 'sport' : 'dport', serverPort);
    const isAllAcked = inKernel.every(({ waitingBytes }) => waitingBytes === 0);
    if (isAllAcked || performance.now() - startedAtMs > plan.ackWaitMs) return inKernel;
    await new Promise((done) => setTimeout(done, ASK_AGAIN_MS));
  }
}

function find(inKernel: readonly KernelSocket[], { port }: PeerConnection): KernelSocket | undefined {
  return inKernel.find(({ localPort, remotePort }) => localPort === port || remotePort === port);
}

function sayReady(): void {
  say({ type: 'ready', ports: connections.map(({ port }) => port) });
}

function say(word: PeerWord): void {
  process.send!(word);
}
