/**
 * Whoever comes to a heartwire port over HTTP or WebSocket without speaking heartwire gets an HTTP status or a named error, and the messages of a
 * bystander go on being confirmed meanwhile.
 */
import { once } from 'node:events';
import { request, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { ws, wsServer } from '@heartwire/transport-ws';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { WebSocket, type ClientOptions } from 'ws';
import { withDeadline } from '../support/with-deadline.ts';
import { BareSocket, HELLO, lastFrame, PREFACE } from './bare-socket.ts';
import { summaryOf, withWatchedServer, type WatchedServer } from './watched-server.ts';

const DEADLINE_MS = 10_000;
const SUB_PROTOCOL = 'heartwire.1';

function watch(meet: (server: WatchedServer) => Promise<void>, isImpatient = false): Promise<void> {
  const listener = wsServer({ port: 0, host: '127.0.0.1' });
  return withWatchedServer({ listener, dialerFor: (address) => ws(address), isImpatient }, meet);
}

const http = suite('a server meets, over HTTP');

http('a request without an upgrade', () =>
  watch(async ({ port }) => {
    const { status, headers, body } = await get(port);
    assert.is(status, 426);
    assert.is(headers.upgrade, 'websocket');
    assert.match(body, SUB_PROTOCOL);
  }),
);

http('an upgrade without the sub-protocol', () =>
  watch(async ({ port }) => assert.is(await refusedStatus(port, []), 400)),
);
http('an upgrade with another sub-protocol', () =>
  watch(async ({ port }) => assert.is(await refusedStatus(port, ['mqtt']), 400)),
);
http('an upgrade from a foreign page', () =>
  watch(async ({ port }) => {
    assert.is(await refusedStatus(port, [SUB_PROTOCOL], { origin: 'https://elsewhere.example' }), 403);
  }),
);
http('bytes that are no HTTP', () =>
  watch(async ({ port }) => {
    const socket = new BareSocket(port);
    socket.say(`${PREFACE}${HELLO}`);
    assert.match((await socket.hearAll()).toString(), /^HTTP\/1.1 400 /);
  }),
);
http.run();

const webSockets = suite('a server meets, over WebSocket');

webSockets('a text message', () =>
  watch(async (server) => {
    const ended = server.nextEnd();
    const peer = await open(server.port);
    peer.socket.send('hello?');
    assert.is(summaryOf(await ended), 'ERR_HW_MALFORMED_FRAME by remote');
    assert.is((await peer.closed).code, 1003);
  }),
);

webSockets('binary messages that are no heartwire', () =>
  watch(async (server) => {
    const ended = server.nextEnd();
    const peer = await open(server.port);
    peer.socket.send(Buffer.from('GET / HTTP/1.1'));
    assert.is(summaryOf(await ended), 'ERR_HW_PREFACE by remote');
    const { heard } = await peer.closed;
    assert.is(lastFrame(heard), 'ERROR 1');
  }),
);

webSockets('a message that is larger than any may be', () =>
  watch(async (server) => {
    const ended = server.nextEnd();
    const peer = await open(server.port);
    peer.socket.send(new Uint8Array(1024 * 1024 + 1));
    assert.is(summaryOf(await ended), 'ERR_HW_FRAME_TOO_LARGE by remote');
    assert.is((await peer.closed).code, 1009);
  }),
);

webSockets('silence', () =>
  watch(async (server) => {
    const ended = server.nextEnd();
    const peer = await open(server.port);
    assert.is(summaryOf(await ended), 'timeout of handshake');
    assert.is(lastFrame((await peer.closed).heard), 'ERROR 9');
  }, true),
);

webSockets('HELLO in many messages, and lets it in', () =>
  watch(async (server) => {
    const peer = await open(server.port);
    for (const byte of Buffer.from(`${PREFACE}${HELLO}`, 'hex')) peer.socket.send(Uint8Array.of(byte));
    await withDeadline(DEADLINE_MS, once(peer.socket, 'message'), 'WELCOME');
    const ended = server.nextEnd();
    peer.socket.close(1000);
    assert.is(summaryOf(await ended), 'finished');
    await peer.closed;
  }),
);

webSockets('a frame that is cut by a reset', () =>
  watch(async (server) => {
    const ended = server.nextEnd();
    const peer = await open(server.port);
    peer.socket.send(Buffer.from(`${PREFACE}0a0083`, 'hex'), () => peer.socket.terminate());
    const seen = summaryOf(await ended);
    assert.ok(['finished', 'reset', 'ERR_HW_TRUNCATED by remote'].includes(seen), seen);
    await peer.closed;
  }),
);
webSockets.run();

interface BareWebSocket {
  readonly socket: WebSocket;
  /** The close code, and everything that was heard before. */
  readonly closed: Promise<{ code: number; heard: Buffer }>;
}

async function open(port: number): Promise<BareWebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`, SUB_PROTOCOL);
  const heard: Buffer[] = [];
  socket.on('message', (data: Buffer) => heard.push(data)).on('error', () => {});
  const closed = new Promise<{ code: number; heard: Buffer }>((resolve) => {
    socket.on('close', (code) => resolve({ code, heard: Buffer.concat(heard) }));
  });
  await withDeadline(DEADLINE_MS, once(socket, 'open'), 'the WebSocket to open');
  return { socket, closed: withDeadline(DEADLINE_MS, closed, 'the WebSocket to close') };
}

/** The status with which an upgrade is refused. */
async function refusedStatus(port: number, protocols: string[], options: ClientOptions = {}): Promise<number> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`, protocols, options);
  socket.on('error', () => {});
  const refused = new Promise<number>((resolve) => {
    socket.on('unexpected-response', (_request, response) => resolve(response.statusCode!));
    socket.on('open', () => resolve(101));
  });
  const status = await withDeadline(DEADLINE_MS, refused, 'an HTTP status');
  socket.terminate();
  return status;
}

async function get(port: number): Promise<{ status: number; headers: IncomingHttpHeaders; body: string }> {
  const asked = request({ port, host: '127.0.0.1', agent: false }).end();
  const [response] = (await withDeadline(DEADLINE_MS, once(asked, 'response'), 'a response')) as [IncomingMessage];
  let body = '';
  for await (const chunk of response) body += String(chunk);
  return { status: response.statusCode!, headers: response.headers, body };
}
