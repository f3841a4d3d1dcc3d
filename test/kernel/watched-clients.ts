/** Clients of Node and of others, as programs use them: keep-alive, answers that break off, upgrades. */
import { Agent, get, request, type IncomingMessage } from 'node:http';
import { Agent as SecureAgent, createServer as createSecureServer, get as getSecurely } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { buildConnector, Client } from 'undici';
import { heard } from '../support/heard.ts';
import { certificate, key } from '../support/tls/localhost.ts';
import { ignore, serveBytes, WatchedRun, type Scenario } from './watched-run.ts';

const WHOLE = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello';
const HALF = 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello';
const SWITCH = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n';
const HEADERS = { host: 'server.example' };
const MESSAGE_EVENTS = ['aborted', 'error', 'end', 'close'];

/** How a server leaves: an idle connection, or one whose answer is half written and has been read so far. */
type Leave = (socket: Socket) => void;
const end: Leave = (socket) => void socket.end();
const reset: Leave = (socket) => void socket.resetAndDestroy();

const FINISHED = ['dialing', 'open', 'half-closed -w', 'half-closed --', 'closed finished'];
/** The program destroyed the socket when the peer had ended. */
const CUT_SHORT = ['dialing', 'open', 'half-closed -w', 'closed finished'];
const DROPPED = ['dialing', 'open', 'closed destroyed'];
const RESET = ['dialing', 'open', 'closed reset'];

export const CLIENTS: readonly Scenario[] = [
  {
    name: 'http: the server closes an idle keep-alive connection',
    verdict: FINISHED,
    untold: DROPPED,
    play: (run) => twoRequests(run, end),
  },
  {
    name: 'http: the server resets an idle keep-alive connection',
    verdict: RESET,
    untold: DROPPED,
    play: (run) => twoRequests(run, reset),
  },
  { name: 'http: the server ends in the middle of an answer', verdict: CUT_SHORT, play: (run) => halfAnswer(run, end) },
  { name: 'http: the server resets in the middle of an answer', verdict: RESET, play: (run) => halfAnswer(run, reset) },
  {
    name: 'http: half an answer and the reset arrive as one',
    verdict: RESET,
    play: (run) => halfAnswer(run, reset, true),
  },
  {
    name: 'http: the server is killed in the middle of an answer',
    verdict: CUT_SHORT,
    play: (run) => killedServer(run, false),
  },
  { name: 'http: the server is killed with a request unread', verdict: RESET, play: (run) => killedServer(run, true) },
  {
    name: 'http: the program drops its request',
    verdict: DROPPED,
    play: droppedRequest,
  },
  { name: 'http: nobody listens', verdict: ['dialing', 'closed refused'], play: refusedRequest },
  { name: 'http: the connection is upgraded', verdict: FINISHED, play: upgraded },
  {
    name: 'https: the server closes an idle keep-alive connection',
    verdict: ['dialing', ...FINISHED],
    untold: ['dialing', ...DROPPED],
    play: secureRequests,
  },
  {
    name: 'undici: the server closes an idle connection',
    verdict: ['open', 'half-closed -w', 'closed finished'],
    play: (run) => undici(run, WHOLE, end),
  },
  {
    name: 'undici: the server resets an idle connection',
    verdict: ['open', 'closed reset'],
    play: (run) => undici(run, WHOLE, reset),
  },
  {
    name: 'undici: the server ends in the middle of an answer',
    verdict: ['open', 'half-closed -w', 'closed finished'],
    play: (run) => undici(run, HALF, end),
  },
  {
    name: 'undici: the server resets in the middle of an answer',
    verdict: ['open', 'closed reset'],
    play: (run) => undici(run, HALF, reset),
  },
  {
    name: 'undici: the client is destroyed',
    verdict: ['open', 'closed destroyed'],
    play: (run) => undici(run, WHOLE, null),
  },
];

/** The socket of a request, as soon as it has one. */
function follow(run: WatchedRun, socket: Socket, followed: Set<Socket>): void {
  run.watch(socket);
  if (!followed.has(socket)) run.listen('socket', socket);
  followed.add(socket);
}

async function twoRequests(run: WatchedRun, leave: Leave): Promise<void> {
  const accepted: Socket[] = [];
  const server = await serveBytes(run, (socket) => {
    accepted.push(socket);
    socket.write(WHOLE);
  });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const followed = new Set<Socket>();
  for (let count = 0; count < 2; count++) {
    const sent = get({ agent, port: server.port, host: '127.0.0.1', headers: HEADERS });
    run.listen('request', sent, ['response', 'error', 'close']);
    sent.on('socket', (socket) => follow(run, socket, followed));
    await readAnswer(run, sent);
    run.note(`kept alive: ${sent.reusedSocket}`);
  }
  const [socket] = followed;
  leave(accepted.at(-1)!);
  await heard(socket!, 'close');
  agent.destroy();
  await server.close();
}

/** Resolves when the answer has been read, or has broken off. */
async function readAnswer(run: WatchedRun, sent: ReturnType<typeof get>): Promise<void> {
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  run.listen('answer', answer, MESSAGE_EVENTS);
  answer.on('data', (chunk: Buffer) => run.hears('client', chunk));
  await heard(answer.on('error', ignore), 'close');
}

/** `atOnce`: the server leaves before the client has read anything. */
async function halfAnswer(run: WatchedRun, leave: Leave, atOnce: boolean = false): Promise<void> {
  let accepted: Socket | undefined;
  const server = await serveBytes(run, (socket) => {
    accepted = socket;
    socket.write(HALF);
    if (atOnce) leave(socket);
  });
  const sent = get({ agent: new Agent({ keepAlive: true }), port: server.port, host: '127.0.0.1', headers: HEADERS });
  run.listen('request', sent, ['response', 'error', 'close']);
  sent.on('error', ignore).on('socket', (socket) => follow(run, socket, new Set()));
  sent.on('response', (answer) => answer.once('data', () => atOnce || leave(accepted!)));
  const isClosed = new Promise<void>((resolve) => sent.on('socket', (socket) => socket.on('close', () => resolve())));
  await readAnswer(run, sent);
  await isClosed;
  await server.close();
}

/** A server in a process of its own, which is killed with SIGKILL; `isDeaf`: it stops reading, with much more to read. */
async function killedServer(run: WatchedRun, isDeaf: boolean): Promise<void> {
  const deafen = isDeaf ? 's.pause();' : '';
  const program = `const server = require('net').createServer((s) => s.once('data', (chunk) => {
    ${deafen} process.stdout.write('got ' + chunk.length + '\\n'); s.write(${JSON.stringify(HALF)});
  })).listen(0, '127.0.0.1', () => process.stdout.write(server.address().port + '\\n'));`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  child.stdout.on('data', (text: Buffer) => run.hears('server', text));
  const sent = request({
    method: 'POST',
    port: Number(line),
    host: '127.0.0.1',
    headers: { ...HEADERS, 'transfer-encoding': 'chunked' },
  });
  run.listen('request', sent, ['response', 'error', 'close']);
  sent.on('error', ignore).on('socket', (socket) => follow(run, socket, new Set()));
  const isClosed = new Promise<void>((resolve) => sent.on('socket', (socket) => socket.on('close', () => resolve())));
  sent.flushHeaders();
  sent.on('response', (answer) =>
    answer.once('data', () => {
      if (isDeaf) sent.write(Buffer.alloc(300_000), () => child.kill('SIGKILL'));
      else child.kill('SIGKILL');
    }),
  );
  await readAnswer(run, sent);
  await isClosed;
}

async function droppedRequest(run: WatchedRun): Promise<void> {
  const server = await serveBytes(run, (socket) => socket.write(HALF));
  const sent = get({ port: server.port, host: '127.0.0.1', headers: HEADERS });
  run.listen('request', sent, ['response', 'error', 'close']);
  sent.on('error', ignore).on('socket', (socket) => follow(run, socket, new Set()));
  const isClosed = new Promise<void>((resolve) => sent.on('socket', (socket) => socket.on('close', () => resolve())));
  sent.on('response', (answer) => answer.once('data', () => sent.destroy(new Error('enough'))));
  await readAnswer(run, sent);
  await isClosed;
  await server.close();
}

async function refusedRequest(run: WatchedRun): Promise<void> {
  const sent = get({ port: 1, host: '127.0.0.1', headers: HEADERS });
  run.listen('request', sent, ['error', 'close']);
  sent.on('error', ignore).on('socket', (socket) => follow(run, socket, new Set()));
  await heard(sent, 'close');
}

async function upgraded(run: WatchedRun): Promise<void> {
  const server = await serveBytes(run, (socket, count) => {
    if (count === 1) socket.write(`${SWITCH}welcome`);
    else socket.end('bye');
  });
  const sent = get({
    port: server.port,
    host: '127.0.0.1',
    headers: { ...HEADERS, connection: 'Upgrade', upgrade: 'echo' },
  });
  run.listen('request', sent, ['upgrade', 'error', 'close']);
  sent.on('socket', (socket) => follow(run, socket, new Set()));
  const [, socket, head] = (await once(sent, 'upgrade')) as [IncomingMessage, Socket, Buffer];
  run.hears('client', head);
  socket.on('data', (chunk: Buffer) => run.hears('client', chunk));
  socket.write('over to you\r\n\r\n');
  await heard(socket, 'close');
  await server.close();
}

async function secureRequests(run: WatchedRun): Promise<void> {
  const server = createSecureServer({ key, cert: certificate }, (asked, answer) => {
    run.hears('server', `${asked.method} ${asked.url} ${asked.rawHeaders.join(' ')}\n`);
    answer.sendDate = false;
    answer.end(`hello ${asked.url}`);
  });
  server.listen(0);
  await heard(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const agent = new SecureAgent({ keepAlive: true, maxSockets: 1, ca: certificate });
  const followed = new Set<Socket>();
  for (const path of ['/1', '/2']) {
    const sent = getSecurely({
      agent,
      port,
      path,
      host: 'localhost',
      family: 4,
      servername: 'localhost',
      headers: HEADERS,
    });
    run.listen('request', sent, ['response', 'error', 'close']);
    sent.on('socket', (socket) => follow(run, socket, followed));
    await readAnswer(run, sent);
    run.note(`kept alive: ${sent.reusedSocket}`);
  }
  server.closeIdleConnections();
  await heard([...followed][0]!, 'close');
  agent.destroy();
  await heard(server.close(), 'close');
}

/** The connector is undici's own; it gives the socket away when it is open. `leave`: what the server does, or null when the client goes first. */
async function undici(run: WatchedRun, answer: string, leave: Leave | null): Promise<void> {
  let accepted: Socket | undefined;
  let dialed: Socket | undefined;
  const server = await serveBytes(run, (socket) => (accepted = socket).write(answer));
  const dial = buildConnector({});
  const client = new Client(`http://127.0.0.1:${server.port}`, {
    connect: (options, done) =>
      dial(options, (error, socket) => {
        if (error !== null) return done(error, null);
        dialed = socket;
        run.watch(socket);
        run.listen('socket', socket);
        done(null, socket);
      }),
  });
  client.on('disconnect', (_url, _targets, error) => run.note(`client disconnect ${error.code}`));
  const requests = answer === WHOLE ? ['/1', '/2'] : ['/1'];
  for (const path of requests) {
    const { body } = await client.request({ method: 'GET', path, headers: HEADERS });
    try {
      for await (const chunk of body as AsyncIterable<Buffer>) {
        run.hears('client', chunk);
        if (answer === HALF) leave?.(accepted!);
      }
    } catch (error) {
      run.note(`body ${(error as NodeJS.ErrnoException).code}`);
    }
  }
  const isClosed = dialed!.closed ? undefined : heard(dialed!, 'close');
  if (leave === null) await client.destroy();
  else if (answer === WHOLE) leave(accepted!);
  await isClosed;
  await client.destroy();
  await server.close();
}
