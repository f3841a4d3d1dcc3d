/**
 * The dialer of browsers, on Node: first with the WebSocket class of `ws`, which has the same interface, against a real server; then with
 * a class that does what a test needs. A real browser runs elsewhere.
 */
import { once } from 'node:events';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { WebSocket, WebSocketServer } from 'ws';
import type { AddressInfo } from 'node:net';
import type { HeartwireError } from '@heartwire/core/transport';
import { wsServer } from '@heartwire/transport-ws';
import { ws } from '../../../packages/transport-ws/src/browser.ts';
import { dialWith, type PlatformWebSocketClass } from '../../../packages/transport-ws/src/browser-dialer.ts';
import { failToDial, linkSinks } from '../../support/linked-sinks.ts';
import { RecordingSink } from '../../support/recording-sink.ts';

const RealClass = WebSocket as unknown as PlatformWebSocketClass;
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const dialReal = (address: string) => dialWith(RealClass, undefined, address, {});

const real = suite('the dialer of browsers against a real server');

real('carries bytes both ways and in order', async () => {
  const { client, server, close } = await linkSinks(wsServer({ port: 0 }), dialReal);
  client.link.write(bytesOf('a'));
  client.link.write(bytesOf('b'));
  await server.arrived('ab');
  server.link.write(new Uint8Array(300_000));
  await client.arrived(300_000);
  assert.is(client.link.info.transport, 'ws');
  assert.is(client.link.ping, undefined);
  await close();
});

real('returns false above 64 KiB and reports once that all has drained', async () => {
  const { client, server, close } = await linkSinks(wsServer({ port: 0 }), dialReal);
  assert.is(client.link.write(new Uint8Array(8_000_000)), false);
  assert.is(client.link.write(new Uint8Array(1_000)), false);
  await client.hasDrained();
  await server.arrived(8_001_000);
  assert.is(client.link.write(new Uint8Array(1)), true);
  await server.arrived(8_001_001);
  assert.equal(client.calls, ['open', 'drained']);
  await close();
});

real('is finished when either side ends it', async () => {
  for (const who of ['client', 'server'] as const) {
    const linked = await linkSinks(wsServer({ port: 0 }), dialReal);
    linked.client.link.write(bytesOf('last words'));
    await linked.server.arrived('last words');
    linked[who].link.end();
    const cause = await linked.client.hasClosed();
    assert.is(cause.kind, 'finished');
    assert.equal([cause.evidence?.wsCode, cause.evidence?.wsClean, cause.evidence?.bytesWritten], [1000, true, 10]);
    assert.is((await linked.server.hasClosed()).kind, 'finished');
    await linked.listening.close();
  }
});

real('is lost when the connection goes without a word', async () => {
  const { client, server, listening } = await linkSinks(wsServer({ port: 0 }), dialReal);
  server.link.abort();
  const cause = await client.hasClosed();
  assert.is(cause.kind, 'lost');
  assert.equal([cause.evidence?.wsCode, cause.evidence?.wsClean], [1006, false]);
  await server.hasClosed();
  await listening.close();
});

real('is destroyed at once when we abort it', async () => {
  const { client, server, listening } = await linkSinks(wsServer({ port: 0 }), dialReal);
  client.link.abort();
  assert.is((await client.hasClosed()).kind, 'destroyed');
  assert.equal(client.calls, ['open', 'closed']);
  client.link.abort();
  await server.hasClosed();
  await listening.close();
});

real('closes for a text message, and nothing after it counts', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  server.on('connection', (socket) => {
    socket.send('hello');
    socket.send(bytesOf('more'));
  });
  const sink = new RecordingSink();
  dialReal(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`).dial(sink, new AbortController().signal);
  const cause = await sink.hasClosed();
  assert.is(cause.kind === 'protocol' && cause.error.code, 'ERR_HW_MALFORMED_FRAME');
  assert.equal(sink.calls, ['open', 'closed']);
  server.close();
});

real('is lost when nobody answers: the platform does not say why', async () => {
  const listening = await wsServer({ port: 0, host: '127.0.0.1' }).listen(() => new RecordingSink());
  await listening.close();
  const cause = await failToDial(dialReal(listening.address));
  assert.is(cause.kind, 'lost');
});

real('is destroyed when the signal is aborted while it dials', async () => {
  const listening = await wsServer({ port: 0, host: '127.0.0.1' }).listen(() => new RecordingSink());
  const controller = new AbortController();
  const cause = failToDial(dialReal(listening.address), controller.signal);
  controller.abort();
  assert.equal(await cause, { kind: 'destroyed' });
  await listening.close();
});

real.run();

/** A WebSocket that does nothing by itself. */
class IdleWebSocket extends EventTarget {
  static last: IdleWebSocket;
  binaryType = 'blob';
  bufferedAmount = 0;
  protocol = 'heartwire.1';
  readonly sent: Uint8Array[] = [];
  readonly closes: (number | undefined)[] = [];
  readonly url: string;
  readonly protocols: string[];

  constructor(url: string, protocols: string[]) {
    super();
    this.url = url;
    this.protocols = protocols;
    IdleWebSocket.last = this;
  }

  send(bytes: Uint8Array): void {
    this.sent.push(bytes);
  }

  close(code?: number): void {
    this.closes.push(code);
  }

  tell(type: string, facts: object = {}): void {
    this.dispatchEvent(Object.assign(new Event(type), facts));
  }
}

const idle = suite('the dialer of browsers, event by event');

function dialIdle(url = '/hw', base = 'https://chat.example/rooms'): { sink: RecordingSink; socket: IdleWebSocket } {
  const sink = new RecordingSink();
  const Class = IdleWebSocket as unknown as PlatformWebSocketClass;
  dialWith(Class, base, url, { protocols: ['other'] }).dial(sink, new AbortController().signal);
  return { sink, socket: IdleWebSocket.last };
}

idle('dials relative to the page, for array buffers, with the sub-protocols', () => {
  const { socket } = dialIdle();
  assert.is(socket.url, 'wss://chat.example/hw');
  assert.is(socket.binaryType, 'arraybuffer');
  assert.equal(socket.protocols, ['heartwire.1', 'other']);
});

idle('cuts a long write into messages of 64 KiB', () => {
  const { sink, socket } = dialIdle();
  socket.tell('open');
  sink.link.write(new Uint8Array(65_536));
  sink.link.write(new Uint8Array(65_537));
  sink.link.write(new Uint8Array(200_000));
  assert.equal(
    socket.sent.map((bytes) => bytes.byteLength),
    [65_536, 65_536, 1, 65_536, 65_536, 65_536, 3_392],
  );
  assert.equal([sink.link.info.transport, sink.link.info.address], ['wss', 'chat.example']);
  socket.tell('close', { code: 1000, reason: '', wasClean: true });
});

idle('looks at the buffer when a message comes, because timers may be throttled', () => {
  const { sink, socket } = dialIdle();
  socket.tell('open');
  socket.bufferedAmount = 65_537;
  assert.is(sink.link.write(new Uint8Array(1)), false);
  socket.tell('message', { data: new ArrayBuffer(1) });
  assert.equal(sink.calls, ['open', 'bytes']);
  socket.bufferedAmount = 0;
  socket.tell('message', { data: new ArrayBuffer(1) });
  assert.equal(sink.calls, ['open', 'bytes', 'drained']);
  socket.tell('close', { code: 1000, reason: '', wasClean: true });
});

idle('reports no drain after the end', async () => {
  const { sink, socket } = dialIdle();
  socket.tell('open');
  socket.bufferedAmount = 65_537;
  sink.link.write(new Uint8Array(1));
  sink.link.end();
  socket.bufferedAmount = 0;
  socket.tell('message', { data: new ArrayBuffer(1) });
  socket.tell('close', { code: 1000, reason: '', wasClean: true });
  await sink.hasClosed();
  assert.equal(sink.calls, ['open', 'bytes', 'closed']);
});

idle('is refused when the server chose no sub-protocol and the platform let it pass', async () => {
  const { sink, socket } = dialIdle();
  socket.protocol = '';
  socket.tell('open');
  const cause = await sink.hasClosed();
  assert.is(cause.kind === 'refused' && cause.by, 'http');
  assert.equal(sink.calls, ['closed']);
  assert.is(socket.closes.length, 1);
});

idle('takes nothing more from a WebSocket that it gave up', async () => {
  const { sink, socket } = dialIdle();
  socket.tell('open');
  sink.link.abort();
  socket.tell('message', { data: new ArrayBuffer(1) });
  await sink.hasClosed();
  socket.tell('message', { data: new ArrayBuffer(1) });
  socket.tell('close', { code: 1006, reason: '', wasClean: false });
  await sink.hasClosed();
  assert.equal(sink.calls, ['open', 'closed']);
});

idle('asks for a close code that the platform allows', async () => {
  const { sink, socket } = dialIdle();
  socket.tell('open');
  socket.tell('message', { data: 'text' });
  socket.tell('close', { code: 1000, reason: '', wasClean: true });
  assert.is((await sink.hasClosed()).kind, 'protocol');
  assert.equal(socket.closes, [1000]);
});

idle('reports what the platform does not allow', async () => {
  const Class = function refuse(): never {
    throw new DOMException('insecure from a secure page', 'SecurityError');
  } as unknown as PlatformWebSocketClass;
  const cause = await failToDial(dialWith(Class, undefined, 'ws://chat.example', {}));
  assert.is(cause.kind === 'unreachable' && cause.code, 'SecurityError');
});

idle('refuses headers, which a browser does not send', () => {
  const options = { headers: { cookie: 'x' } } as unknown as Record<string, never>;
  assert.throws(
    () => dialWith(RealClass, undefined, 'ws://chat.example', options),
    (error: HeartwireError) => error.code === 'ERR_HW_OPTION' && /sends no headers/.test(error.message),
  );
});

idle('says so where there is no WebSocket', () => {
  const platform = globalThis as { WebSocket?: unknown };
  const kept = Object.getOwnPropertyDescriptor(platform, 'WebSocket');
  Reflect.deleteProperty(platform, 'WebSocket');
  try {
    assert.throws(() => ws('ws://chat.example'), /there is no WebSocket on this platform/);
  } finally {
    if (kept !== undefined) Object.defineProperty(platform, 'WebSocket', kept);
  }
});

idle.run();
