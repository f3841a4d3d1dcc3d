/** What can be seen only from outside of a process: `node watching-program.mjs crash|survive|unref|many watched|plain`. */
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { watchSocket } from '@heartwire/transport-tcp';
import { heard } from '../support/heard.ts';
import { WatchedStates } from '../support/watched-states.ts';

const [, , what, how] = process.argv;
const PROGRAMS: Readonly<Record<string, () => Promise<void>>> = { crash, survive, unref, many };
await PROGRAMS[what ?? '']?.();

/** A reset, and no listener for it. */
async function crash(): Promise<void> {
  const [client, accepted] = await openPair(await listen());
  watch(client);
  client.on('end', () => print('end')).on('close', (hadError) => print(`close ${hadError}`));
  process.on('exit', (code) => print(`exit ${code}`));
  client.resume();
  accepted.resetAndDestroy();
}

/** The same in a program that survives what nobody catches. */
async function survive(): Promise<void> {
  process.on('uncaughtException', (error: NodeJS.ErrnoException) => print(`uncaught ${error.code}`));
  const server = await listen();
  const [client, accepted] = await openPair(server);
  const watched = watch(client);
  client.on('close', (hadError) => print(`close ${hadError}`));
  client.resume();
  accepted.resetAndDestroy();
  await heard(client, 'close');
  server.close();
  if (watched !== null) process.stderr.write(watched.words.join(', '));
}

/** Nothing but a watched socket is left, and the program does not wait for it. */
async function unref(): Promise<void> {
  const server = await listen();
  const [client, accepted] = await openPair(server);
  watch(client);
  for (const each of [server, client, accepted]) each.unref();
}

async function many(): Promise<void> {
  const server = await listen();
  let mostListeners = 0;
  let usedBytes = 0;
  for (let count = 1; count <= 10_000; count++) {
    mostListeners = Math.max(mostListeners, await watchOne(server));
    if (count === 2_000) usedBytes = heapBytes();
  }
  const grownBytes = heapBytes() - usedBytes;
  server.close();
  print(JSON.stringify({ mostListeners, grownBytes }));
}

/** One connection from its beginning to its end; returns how many listeners are left that were not there before. */
async function watchOne(server: Server): Promise<number> {
  const [client, accepted] = await openPair(server);
  const count = (): number => client.eventNames().reduce((sum, name) => sum + client.listenerCount(name), 0);
  const before = count();
  const watched = watch(client);
  client.on('error', ignore).resume();
  const isClosed = heard(client, 'close');
  // Without TIME_WAIT, for which there are not ports enough.
  accepted.resetAndDestroy();
  await isClosed;
  await watched?.cause();
  client.off('error', ignore);
  return count() - before;
}

function watch(socket: Socket): WatchedStates | null {
  return how === 'watched' ? new WatchedStates(watchSocket(socket)) : null;
}

async function listen(): Promise<Server> {
  const server = createServer().listen(0, '127.0.0.1');
  await heard(server, 'listening');
  return server;
}

/** One pair at a time, so that they belong together. */
async function openPair(server: Server): Promise<[client: Socket, accepted: Socket]> {
  const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  await heard(client, 'connect');
  return [client, await accepted];
}

function heapBytes(): number {
  for (let round = 0; round < 4; round++) (globalThis as { gc?: () => void }).gc?.();
  return process.memoryUsage().heapUsed;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function ignore(): void {}
