/** Servers of Node whose accepted sockets are watched; the client is a bare socket that notes every byte. */
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { connect as connectTls } from 'node:tls';
import { heard } from '../support/heard.ts';
import { certificate, key } from '../support/tls/localhost.ts';
import { ignore, type Scenario, type WatchedRun } from './watched-run.ts';

const ASK = 'GET / HTTP/1.1\r\nHost: server.example\r\n\r\n';
const FINISHED = ['open', 'half-closed -w', 'half-closed --', 'closed finished'];

export const SERVERS: readonly Scenario[] = [
  {
    name: 'http server: the client ends an idle keep-alive connection',
    verdict: FINISHED,
    play: (run) => serve(run, (client) => client.end()),
  },
  {
    name: 'http server: the client resets an idle keep-alive connection',
    verdict: ['open', 'closed reset'],
    play: (run) => serve(run, (client) => client.resetAndDestroy()),
  },
  {
    name: 'http server: it closes the idle keep-alive connection itself',
    verdict: ['open', 'closed destroyed'],
    play: (run) => serve(run, (_client, server) => server.closeIdleConnections()),
  },
  { name: 'tls server: the client ends', verdict: FINISHED, play: (run) => serveTls(run, (client) => client.end()) },
  {
    name: 'tls server: the client is gone before it has read',
    verdict: ['open', 'closed reset'],
    play: (run) => serveTls(run, (client) => client.destroy(), true),
  },
];

async function serve(run: WatchedRun, leave: (client: Socket, server: Server) => unknown): Promise<void> {
  const server = createServer((asked, answer) => {
    run.note(`asked ${asked.method} ${asked.url}`);
    answer.sendDate = false;
    answer.end('hello');
  });
  const isClosed = new Promise<void>((resolve) =>
    server.on('connection', (socket: Socket) => {
      run.watch(socket);
      run.listen('socket', socket);
      socket.on('error', ignore).on('close', () => resolve());
    }),
  );
  server.on('clientError', (error: NodeJS.ErrnoException) => run.note(`clientError ${error.code}`));
  server.listen(0, '127.0.0.1');
  await heard(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', ignore);
  await ask(run, client, ASK, 'hello');
  await ask(run, client, ASK, 'hello');
  leave(client, server);
  await isClosed;
  client.destroy();
  await heard(server.close(), 'close');
}

async function ask(run: WatchedRun, client: Socket, question: string, lastWord: string): Promise<void> {
  client.write(question);
  let answer = '';
  while (!answer.endsWith(lastWord)) {
    const chunk = await new Promise<Buffer>((resolve) => client.once('data', resolve));
    run.hears('client', chunk);
    answer += chunk.toString('latin1');
  }
}

/** `hasUnread`: the client leaves with an answer of the server in its buffer. */
async function serveTls(
  run: WatchedRun,
  leave: (client: Socket) => unknown,
  hasUnread: boolean = false,
): Promise<void> {
  const server = createTlsServer({ key, cert: certificate });
  const isClosed = new Promise<void>((resolve) =>
    server.on('secureConnection', (socket) => {
      run.watch(socket);
      run.listen('socket', socket);
      socket.on('error', ignore).on('close', () => resolve());
      socket.on('data', (chunk: Buffer) => {
        run.hears('server', chunk);
        socket.write(`${chunk.toString()}!`);
      });
    }),
  );
  server.listen(0);
  await heard(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = connectTls({ port, host: 'localhost', ca: certificate }).on('error', ignore);
  await ask(run, client, 'hello', 'hello!');
  if (hasUnread) {
    client.pause().write(Buffer.alloc(200_000, 'x'));
    await heard(client, 'drain');
  }
  leave(client);
  await isClosed;
  await heard(server.close(), 'close');
}
