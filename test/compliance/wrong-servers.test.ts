/**
 * The mirror of wrong-peers: a client that dials something which is no heartwire server learns what is wrong within a deadline,
 * through `ready` and through `closed`.
 */
import { once } from 'node:events';
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { connect, describeCause, serve, type CloseCause, type Dialer, type HeartwireError } from '@heartwire/core';
import { tcp, tcpServer } from '@heartwire/transport-tcp';
import { ws } from '@heartwire/transport-ws';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { WebSocketServer } from 'ws';
import { withDeadline } from '../support/with-deadline.ts';
import { certificate, key } from '../support/tls/localhost.ts';
import { errorOf } from './expectations.ts';
import { PREFACE } from './bare-socket.ts';
import { summaryOf } from './watched-server.ts';

const DEADLINE_MS = 10_000;

/** Fatal, unexpected message (RFC 8446 §6). */
const TLS_ALERT = Buffer.from('1503010002020a', 'hex');

/** What a client learns. */
interface Lesson {
  readonly code: HeartwireError['code'];
  readonly cause: string;
  readonly words?: RegExp;
  /** Whether silence is to be found out soon. */
  readonly isImpatient?: boolean;
}

const overTcp = suite('a client meets, over TCP');
const tcpTo = (port: number): Dialer => tcp({ host: '127.0.0.1', port });
const answering = (answer: (socket: Socket) => void): Server =>
  createServer((socket) => answer(socket.on('error', () => {})));

overTcp('an HTTP server', () =>
  learns(createHttpServer(), tcpTo, {
    code: 'ERR_HW_PREFACE',
    cause: 'ERR_HW_PREFACE by remote',
    words: /HTTP response/,
  }),
);
overTcp('a TLS server', () =>
  learns(
    answering((socket) => socket.once('data', () => socket.end(TLS_ALERT))),
    tcpTo,
    { code: 'ERR_HW_PREFACE', cause: 'ERR_HW_PREFACE by remote', words: /TLS alert/ },
  ),
);
overTcp('a TLS server of Node, which says nothing of it', () =>
  learns(createTlsServer({ cert: certificate, key }), tcpTo, { code: 'ERR_HW_CONNECTION_LOST', cause: 'finished' }),
);
overTcp('an SSH server', () =>
  learns(
    answering((socket) => socket.write('SSH-2.0-OpenSSH_9.6\r\n')),
    tcpTo,
    { code: 'ERR_HW_PREFACE', cause: 'ERR_HW_PREFACE by remote', words: /SSH/ },
  ),
);
overTcp('an echo', () =>
  learns(
    answering((socket) => socket.pipe(socket)),
    tcpTo,
    { code: 'ERR_HW_UNEXPECTED_FRAME', cause: 'ERR_HW_UNEXPECTED_FRAME by remote', words: /HELLO/ },
  ),
);
overTcp('a server that says nothing', () =>
  learns(
    answering((socket) => socket.resume()),
    tcpTo,
    { code: 'ERR_HW_TIMEOUT', cause: 'timeout of handshake', isImpatient: true },
  ),
);
overTcp('a server that ends at once', () =>
  learns(
    answering((socket) => socket.resume().end()),
    tcpTo,
    { code: 'ERR_HW_CONNECTION_LOST', cause: 'finished' },
  ),
);
overTcp('a server that resets', () =>
  learns(
    answering((socket) => socket.once('data', () => socket.resetAndDestroy())),
    tcpTo,
    { code: 'ERR_HW_CONNECTION_LOST', cause: 'reset' },
  ),
);
overTcp('a server that stops in the middle of its WELCOME', () =>
  learns(
    answering((socket) => socket.resume().end(Buffer.from(`${PREFACE}0b0883`, 'hex'))),
    tcpTo,
    { code: 'ERR_HW_TRUNCATED', cause: 'ERR_HW_TRUNCATED by remote' },
  ),
);
overTcp('a server that says more than a WELCOME may be', () =>
  learns(
    answering((socket) => socket.resume().write(Buffer.from(`${PREFACE}8010000008`, 'hex'))),
    tcpTo,
    { code: 'ERR_HW_FRAME_TOO_LARGE', cause: 'ERR_HW_FRAME_TOO_LARGE by remote' },
  ),
);
overTcp('a server of a later version', () =>
  learns(
    answering((socket) => socket.resume().write(Buffer.from('f848570a02', 'hex'))),
    tcpTo,
    { code: 'ERR_HW_VERSION', cause: 'ERR_HW_VERSION by remote', words: /2/ },
  ),
);
overTcp('a server without TLS, where it expects TLS', async () => {
  const server = await serve(tcpServer({ port: 0, host: '127.0.0.1' }));
  const port = Number(new URL(server.addresses[0]!).port);
  const { error, cause } = await dial(tcp({ host: '127.0.0.1', port, tls: true }));
  assert.is(error.code, 'ERR_HW_CONNECTION_LOST');
  assert.is(cause.kind === 'refused' && cause.by, 'tls');
  await server.close({ timeout: 0 });
});
overTcp.run();

const overWs = suite('a client meets, over WebSocket');
const wsTo = (port: number): Dialer => ws(`ws://127.0.0.1:${port}/`);
const LOST = 'ERR_HW_CONNECTION_LOST';

overWs('a web server', () =>
  learns(
    createHttpServer((_request, response) => response.writeHead(404).end('not here')),
    wsTo,
    { code: LOST, cause: 'refused by http: 404' },
  ),
);
overWs('a WebSocket server of another kind', async () => {
  const http = createHttpServer();
  const other = new WebSocketServer({ server: http, handleProtocols: () => false });
  await learns(http, wsTo, { code: LOST, cause: 'refused by http: sub-protocol' });
  other.close();
});
overWs('a WebSocket server that sends text', async () => {
  const http = createHttpServer();
  const other = new WebSocketServer({ server: http }).on('connection', (socket) => socket.send('hello'));
  await learns(http, wsTo, { code: 'ERR_HW_MALFORMED_FRAME', cause: 'ERR_HW_MALFORMED_FRAME by remote' });
  other.close();
});
overWs('an echo of another protocol', () =>
  learns(
    answering((socket) => socket.pipe(socket)),
    wsTo,
    { code: LOST, cause: 'refused by http: HPE_INVALID_CONSTANT' },
  ),
);
overWs('a server that says nothing', () =>
  learns(
    answering((socket) => socket.resume()),
    wsTo,
    { code: 'ERR_HW_TIMEOUT', cause: 'timeout of dial', isImpatient: true },
  ),
);
overWs.run();

/** Dials `server` and compares what the client learns. */
async function learns(server: Server | HttpServer, dialerTo: (port: number) => Dialer, lesson: Lesson): Promise<void> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  // A TLS server says this of a stranger, and would otherwise say it as an error of its own.
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { error, cause } = await dial(dialerTo((server.address() as AddressInfo).port), lesson.isImpatient);
  for (const socket of sockets) socket.destroy();
  server.close();
  assert.is(error.code, lesson.code);
  assert.is(summaryOf(cause), lesson.cause);
  if (lesson.words !== undefined) assert.match(describeCause(cause), lesson.words);
}

async function dial(dialer: Dialer, isImpatient = false): Promise<{ error: HeartwireError; cause: CloseCause }> {
  const session = connect(dialer, {
    reconnect: false,
    ...(isImpatient ? { limits: { dialTimeout: 300, handshakeTimeout: 300 } } : {}),
  });
  const learned = Promise.all([errorOf(session.ready), session.closed]);
  const [error, cause] = await withDeadline(DEADLINE_MS, learned, 'the client to learn what is wrong');
  assert.ok(error.message.length > 20, error.message);
  return { error, cause };
}
