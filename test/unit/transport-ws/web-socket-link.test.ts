import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { getDefaultHighWaterMark, setDefaultHighWaterMark } from 'node:stream';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { WebSocket, WebSocketServer } from 'ws';
import { ws, wsServer } from '@heartwire/transport-ws';
import { linkSinks, type LinkedSinks } from '../../support/linked-sinks.ts';
import { WebSocketLink, type WebSocketPort } from '../../../packages/transport-ws/src/web-socket-link.ts';
import { RecordingSink } from '../../support/recording-sink.ts';
import { withDeadline } from '../../support/with-deadline.ts';

const key = readFileSync(new URL('../../support/tls/localhost-key.pem', import.meta.url));
const cert = readFileSync(new URL('../../support/tls/localhost-cert.pem', import.meta.url));
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

const KINDS: readonly { kind: string; link: () => Promise<LinkedSinks> }[] = [
  { kind: 'ws', link: () => linkSinks(wsServer({ port: 0, host: '127.0.0.1' }), ws) },
  {
    kind: 'wss',
    link: () =>
      linkSinks(wsServer({ port: 0, host: '127.0.0.1', tls: { key, cert } }), (address) =>
        ws(address, { tls: { ca: cert } }),
      ),
  },
];

for (const { kind, link } of KINDS) {
  const links = suite(`a link over ${kind} on Node`);

  links('carries bytes both ways and in order, also more than a message may hold', async () => {
    const { client, server, close } = await link();
    for (const word of ['a', 'b', 'c']) client.link.write(bytesOf(word));
    await server.arrived('abc');
    const large = new Uint8Array(3_000_000).map((_, index) => index % 251);
    server.link.write(large.slice());
    server.link.write(bytesOf('end'));
    await client.arrived(large.byteLength + 3);
    assert.ok(Buffer.from(large).equals(client.received.subarray(0, large.byteLength)));
    assert.is(Buffer.from(client.received.subarray(large.byteLength)).toString(), 'end');
    await close();
  });

  links('names its transport and the address of the peer', async () => {
    const { client, server, close } = await link();
    assert.is(client.link.info.transport, kind);
    assert.is(server.link.info.transport, kind);
    assert.match(client.link.info.address ?? '', /^127\.0\.0\.1:\d+$/);
    assert.match(server.link.info.address ?? '', /^127\.0\.0\.1:\d+$/);
    await close();
  });

  links('sends what was written before it ends, and is finished on both sides', async () => {
    const { client, server, listening } = await link();
    client.link.write(new Uint8Array(2_000_000));
    client.link.end();
    assert.is(client.link.write(bytesOf('unheard')), true);
    for (const end of [client, server]) {
      const cause = await end.hasClosed();
      assert.is(cause.kind, 'finished');
      assert.is(cause.evidence?.wsCode, 1000);
      assert.is(cause.evidence?.wsClean, true);
    }
    assert.is(server.byteLength, 2_000_000);
    assert.equal(server.calls, ['open', 'bytes', 'closed']);
    await listening.close();
  });

  links('is destroyed at once when we abort it, whatever waits to be written', async () => {
    const { client, server, listening } = await link();
    client.link.write(new Uint8Array(20_000_000));
    client.link.abort();
    client.link.abort();
    assert.is((await client.hasClosed()).kind, 'destroyed');
    assert.ok(['finished', 'reset'].includes((await server.hasClosed()).kind));
    client.link.abort();
    client.link.end();
    await listening.close();
  });

  links('closes when it is aborted right after it was ended', async () => {
    const { client, server, listening } = await link();
    client.link.end();
    client.link.abort();
    assert.is((await client.hasClosed()).kind, 'destroyed');
    await server.hasClosed();
    await listening.close();
  });

  links('returns false above 64 KiB and reports once that all has drained', async () => {
    const { client, server, close } = await link();
    assert.is(client.link.write(new Uint8Array(1_000)), true);
    assert.is(client.link.write(new Uint8Array(8_000_000)), false);
    assert.is(client.link.write(new Uint8Array(1_000)), false);
    await client.hasDrained();
    await server.arrived(8_002_000);
    assert.is(client.link.write(new Uint8Array(1)), true);
    await server.arrived(8_002_001);
    assert.equal(client.calls, ['open', 'drained']);
    await close();
  });

  links('reports that all has drained where the program has raised the mark of its streams', async () => {
    const usual = getDefaultHighWaterMark(false);
    setDefaultHighWaterMark(false, 1_000_000);
    try {
      const { client, close } = await link();
      while (client.link.write(new Uint8Array(50_000)));
      await client.hasDrained();
      assert.equal(client.calls, ['open', 'drained']);
      await close();
    } finally {
      setDefaultHighWaterMark(false, usual);
    }
  });

  links('answers a ping from either side', async () => {
    const { client, server, close } = await link();
    client.link.ping?.();
    await client.hasPonged();
    server.link.ping?.();
    await server.hasPonged();
    await close();
  });

  links('keeps the byte counts and the time of the last byte as evidence', async () => {
    const { client, server, listening } = await link();
    const before = Date.now();
    client.link.write(bytesOf('12345'));
    await server.arrived('12345');
    server.link.end();
    const { evidence } = await server.hasClosed();
    assert.is(evidence?.bytesRead, 5);
    assert.is(evidence?.bytesWritten, 0);
    assert.ok(Math.abs((evidence?.lastHeardAt ?? 0) - before) < 5_000);
    assert.is((await client.hasClosed()).evidence?.lastHeardAt, undefined);
    await listening.close();
  });

  links.run();
}

const truth = suite('what a WebSocket hides, on Node');

truth('is a reset for the peer of the one who aborts', async () => {
  const { client, server, listening } = await linkSinks(wsServer({ port: 0 }), ws);
  server.link.abort();
  const cause = await client.hasClosed();
  assert.is(cause.kind, 'reset');
  assert.equal([cause.evidence?.errno, cause.evidence?.wsCode, cause.evidence?.wsClean], ['ECONNRESET', 1006, false]);
  await server.hasClosed();
  await listening.close();
});

truth('is finished, not clean, when the stream ends without a close frame', async () => {
  const { client, raw, close } = await dialRawServer();
  raw.end();
  const cause = await client.hasClosed();
  assert.is(cause.kind, 'finished');
  assert.equal([cause.evidence?.wsCode, cause.evidence?.wsClean], [1006, false]);
  await close();
});

// Node 20 and 22 report `end`, as after a FIN, when data and the reset wait together.
truth('is a reset, also when data arrived together with it', async () => {
  const { client, peer, raw, close } = await dialRawServer();
  peer.send(bytesOf('last words'));
  raw.resetAndDestroy();
  assert.is((await client.hasClosed()).kind, 'reset');
  assert.is(client.text, 'last words');
  await close();
});

truth('is a reset for the server, too, when data arrived together with it', async () => {
  const { server, rawClient, close } = await acceptRawClient();
  rawClient.write(maskedMessage('last words'));
  rawClient.resetAndDestroy();
  assert.is((await server.hasClosed()).kind, 'reset');
  assert.is(server.text, 'last words');
  await close();
});

// Node destroys a socket on a failed write, together with what it has not read yet.
truth('loses nothing that arrived before a reset, though a write fails first', async () => {
  const { client, peer, raw, close } = await dialRawServer();
  peer.send(bytesOf('last words'));
  raw.resetAndDestroy();
  client.link.write(bytesOf('this write fails'));
  client.link.write(bytesOf('so does this'));
  assert.is((await client.hasClosed()).kind, 'reset');
  assert.is(client.text, 'last words');
  await close();
});

truth('ends hard when the peer does not answer the closing handshake', async () => {
  const { client, raw, close } = await dialRawServer();
  raw.pause();
  client.link.end();
  const cause = await withDeadline(4_000, client.hasClosed(), 'the bound of the closing handshake');
  assert.is(cause.kind === 'timeout' && cause.of, 'close');
  await close();
});

// The package `ws` waits 30 s for it.
truth(
  'ends hard, for the reason that the peer gave, when the peer says close and leaves the connection standing',
  async () => {
    const { client, raw, close } = await dialRawServer();
    raw.pause();
    raw.write(Buffer.from([0x88, 2, 1001 >> 8, 1001 & 0xff]));
    const cause = await withDeadline(4_000, client.hasClosed(), 'the bound of the closing handshake');
    assert.is(cause.kind, 'finished');
    assert.equal([cause.evidence?.wsCode, cause.evidence?.wsClean], [1001, true]);
    await close();
  },
);

// The timer was due when nothing of what had arrived during the stall had been read yet: it was thrown away, and the peer blamed.
truth('reads what came during a stall of our own before it gives the closing handshake up', async () => {
  const { client, peer, close } = await dialRawServer();
  await new Promise<void>((done) => {
    setImmediate(() => {
      client.link.end();
      peer.send(bytesOf('last words'));
      block(2_200);
      done();
    });
  });
  assert.is((await client.hasClosed()).kind, 'finished');
  assert.is(client.text, 'last words');
  await close();
});

truth('reads what has arrived once more before it gives the closing handshake up', async () => {
  const client = new RecordingSink();
  const terminated = new Promise<void>((done) => {
    const port: WebSocketPort = {
      bufferedAmount: 0,
      send() {},
      close() {},
      terminate: done,
      afterReading: (callback) => {
        link.handleBinary(bytesOf('last words'));
        callback();
      },
    };
    const link = new WebSocketLink({ transport: 'ws' }, port, client);
    link.open();
    link.end();
  });
  await withDeadline(8_000, terminated, 'the bound of the closing handshake');
  assert.is(client.text, 'last words');
});

const violations = suite('a peer that breaks the rules of WebSocket');

violations('is closed with 1003 for a text message, and nothing after it counts', async () => {
  const { client, peer, close } = await dialRawServer();
  const seen = once(peer, 'close');
  peer.send('hello');
  peer.send(bytesOf('more'));
  const cause = await client.hasClosed();
  assert.is(cause.kind === 'protocol' && cause.error.code, 'ERR_HW_MALFORMED_FRAME');
  assert.is(cause.kind === 'protocol' && cause.error.by, 'remote');
  assert.is((await seen)[0], 1003);
  assert.is(client.text, '');
  await close();
});

violations('may send messages of 1 MiB', async () => {
  const { client, peer, close } = await dialRawServer();
  peer.send(new Uint8Array(1024 * 1024));
  await client.arrived(1024 * 1024);
  await close();
});

violations('is closed with 1009 for a message of more than 1 MiB', async () => {
  const { client, peer, close } = await dialRawServer();
  const seen = once(peer, 'close');
  peer.send(new Uint8Array(1024 * 1024 + 1));
  const cause = await client.hasClosed();
  assert.is(cause.kind === 'protocol' && cause.error.code, 'ERR_HW_FRAME_TOO_LARGE');
  assert.is(cause.kind === 'protocol' && cause.error.by, 'remote');
  assert.is((await seen)[0], 1009);
  assert.is(client.byteLength, 0);
  await close();
});

violations('is closed with 1002 for bytes that are no WebSocket frame', async () => {
  const { server, rawClient, close } = await acceptRawClient();
  rawClient.write(Buffer.from([0xff, 0xff, 0xff, 0xff]));
  const cause = await server.hasClosed();
  assert.is(cause.kind === 'protocol' && cause.error.code, 'ERR_HW_MALFORMED_FRAME');
  assert.is(cause.kind === 'protocol' && cause.error.by, 'remote');
  await close();
});

violations('tells us with its close code that it found us wrong', async () => {
  const { client, peer, close } = await dialRawServer();
  peer.close(1007, 'not what I expected');
  const cause = await client.hasClosed();
  assert.is(cause.kind === 'protocol' && cause.error.by, 'local');
  assert.match(cause.kind === 'protocol' ? cause.error.message : '', /not what I expected/);
  await close();
});

truth.run();
violations.run();

/** A client whose server is a bare one, so that a test decides what it sends and what the kernel sees. */
async function dialRawServer(): Promise<{
  client: RecordingSink;
  peer: WebSocket;
  raw: Socket;
  close: () => Promise<void>;
}> {
  const http = createServer().listen(0, '127.0.0.1');
  await once(http, 'listening');
  const upgrader = new WebSocketServer({ server: http });
  const connected = once(upgrader, 'connection');
  const client = new RecordingSink();
  ws(`ws://127.0.0.1:${(http.address() as AddressInfo).port}`).dial(client, new AbortController().signal);
  const [peer, request] = (await connected) as [WebSocket, { socket: Socket }];
  peer.on('error', () => {});
  await client.opened();
  const close = async (): Promise<void> => {
    if (client.cause === undefined) client.link.abort();
    await client.hasClosed();
    peer.terminate();
    http.close();
    await once(http, 'close');
  };
  return { client, peer, raw: request.socket, close };
}

/** A server whose client is a bare socket after the upgrade. */
async function acceptRawClient(): Promise<{ server: RecordingSink; rawClient: Socket; close: () => Promise<void> }> {
  const server = new RecordingSink();
  const listening = await wsServer({ port: 0, host: '127.0.0.1' }).listen(() => server);
  const socket = new WebSocket(listening.address, ['heartwire.1']).on('error', () => {});
  const [response] = (await once(socket, 'upgrade')) as [{ socket: Socket }];
  await server.opened();
  const close = async (): Promise<void> => {
    socket.terminate();
    await listening.close();
  };
  return { server, rawClient: response.socket, close };
}

/** Keeps the event loop from doing anything. */
function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** A short binary message as a client sends it, masked with zeros (RFC 6455 §5.2). */
function maskedMessage(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x82, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)]);
}
