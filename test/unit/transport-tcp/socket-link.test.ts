import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getDefaultHighWaterMark, setDefaultHighWaterMark } from 'node:stream';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Listener } from '@heartwire/core/transport';
import { tcp, tcpServer } from '@heartwire/transport-tcp';
import { linkSinks, type LinkedSinks } from '../../support/linked-sinks.ts';
import { RecordingSink } from '../../support/recording-sink.ts';

const key = readFileSync(new URL('../../support/tls/localhost-key.pem', import.meta.url));
const cert = readFileSync(new URL('../../support/tls/localhost-cert.pem', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'heartwire-'));
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Each kind of socket: how to listen, and how to dial what was listened on. */
const KINDS: readonly { kind: string; listener: () => Listener; link: () => Promise<LinkedSinks> }[] = [
  {
    kind: 'tcp',
    listener: () => tcpServer({ port: 0, host: '127.0.0.1' }),
    link: () => linkSinks(tcpServer({ port: 0, host: '127.0.0.1' }), tcp),
  },
  {
    kind: 'tls',
    listener: () => tcpServer({ port: 0, tls: { key, cert } }),
    link: () =>
      linkSinks(tcpServer({ port: 0, tls: { key, cert } }), (address) =>
        tcp({ host: 'localhost', port: Number(address.split(':').at(-1)), tls: { ca: cert } }),
      ),
  },
  {
    kind: 'unix',
    listener: () => tcpServer({ path: join(folder, 'chat.sock') }),
    link: () => linkSinks(tcpServer({ path: join(folder, 'chat.sock') }), tcp),
  },
];

for (const { kind, link, listener } of KINDS) {
  const sockets = suite(`a link over ${kind}`);

  sockets('carries bytes both ways and in order', async () => {
    const { client, server, close } = await link();
    for (const word of ['a', 'b', 'c']) client.link.write(bytesOf(word));
    await server.arrived('abc');
    const large = new Uint8Array(300_000).map((_, index) => index % 251);
    server.link.write(large.slice());
    server.link.write(bytesOf('end'));
    await client.arrived(large.byteLength + 3);
    assert.ok(Buffer.from(large).equals(client.received.subarray(0, large.byteLength)));
    assert.is(Buffer.from(client.received.subarray(large.byteLength)).toString(), 'end');
    await close();
  });

  sockets('names its transport and the address of the peer', async () => {
    const { client, server, info, close } = await link();
    assert.is(client.link.info.transport, kind);
    assert.is(server.link.info.transport, kind);
    assert.is(server.link.info, info);
    if (kind === 'unix') assert.is(client.link.info.address, join(folder, 'chat.sock'));
    else assert.match(info.address ?? '', /^(127\.0\.0\.1|\[::1\]):\d+$/);
    assert.is(tcp('localhost:1').name, 'tcp');
    assert.is(listener().name, kind);
    await close();
  });

  sockets('goes on writing after the peer ended its direction, and is finished when both have', async () => {
    const { client, server, listening } = await link();
    client.link.write(bytesOf('last words'));
    client.link.end();
    await server.readHasEnded();
    assert.is(server.text, 'last words');
    server.link.write(bytesOf('answer'));
    await client.arrived('answer');
    server.link.write(bytesOf('!'));
    server.link.end();
    assert.is((await client.hasClosed()).kind, 'finished');
    assert.is((await server.hasClosed()).kind, 'finished');
    assert.is(client.text, 'answer!');
    assert.equal(client.calls, ['open', 'bytes', 'readEnded', 'closed']);
    assert.equal(server.calls, ['open', 'bytes', 'readEnded', 'closed']);
    await listening.close();
  });

  sockets('may be ended by the server first, too', async () => {
    const { client, server, listening } = await link();
    server.link.write(bytesOf('last words'));
    server.link.end();
    await client.readHasEnded();
    assert.is(client.text, 'last words');
    client.link.write(bytesOf('answer'));
    await server.arrived('answer');
    client.link.end();
    assert.is((await client.hasClosed()).kind, 'finished');
    assert.is((await server.hasClosed()).kind, 'finished');
    await listening.close();
  });

  sockets('is destroyed at once when we abort it, whatever waits to be written', async () => {
    const { client, server, listening } = await link();
    client.link.write(new Uint8Array(20_000_000));
    client.link.abort();
    client.link.abort();
    assert.is((await client.hasClosed()).kind, 'destroyed');
    assert.equal(client.calls, ['open', 'closed']);
    const seen = await server.readHasEndedOrClosed();
    if (seen === true) server.link.abort();
    else assert.ok(seen.kind === 'finished' || seen.kind === 'reset', seen.kind);
    await server.hasClosed();
    await listening.close();
  });

  sockets('closes when it is aborted right after it was ended', async () => {
    const { client, server, listening } = await link();
    client.link.end();
    client.link.abort();
    assert.is((await client.hasClosed()).kind, 'destroyed');
    server.link.abort();
    await server.hasClosed();
    await listening.close();
  });

  sockets('returns false above 64 KiB and reports once that all has drained', async () => {
    const { client, server, close } = await link();
    assert.is(client.link.write(new Uint8Array(1_000)), true);
    const large = 8_000_000;
    assert.is(client.link.write(new Uint8Array(large)), false);
    assert.is(client.link.write(new Uint8Array(1_000)), false);
    await client.hasDrained();
    await server.arrived(large + 2_000);
    assert.is(client.link.write(new Uint8Array(1)), true);
    await server.arrived(large + 2_001);
    assert.equal(client.calls, ['open', 'drained']);
    await close();
  });

  sockets('reports that all has drained where the program has raised the mark of its streams', async () => {
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

  sockets('ignores writes after end, abort and closed', async () => {
    const { client, server, listening } = await link();
    client.link.write(bytesOf('heard'));
    client.link.end();
    assert.is(client.link.write(bytesOf('unheard')), true);
    await server.readHasEnded();
    assert.is(server.text, 'heard');
    server.link.abort();
    assert.is(server.link.write(bytesOf('unheard')), true);
    await client.hasClosed();
    assert.is(client.link.write(bytesOf('unheard')), true);
    client.link.end();
    client.link.abort();
    assert.is(client.text, '');
    await server.hasClosed();
    await listening.close();
  });

  sockets('keeps the byte counts and the time of the last byte as evidence', async () => {
    const { client, server, listening } = await link();
    const before = Date.now();
    client.link.write(bytesOf('12345'));
    await server.arrived('12345');
    client.link.end();
    await server.readHasEnded();
    server.link.end();
    const { evidence } = await server.hasClosed();
    // TLS counts its own bytes, too.
    assert.ok((evidence?.bytesRead ?? 0) >= 5);
    if (kind !== 'tls') assert.is(evidence?.bytesRead, 5);
    assert.ok(Math.abs((evidence?.lastHeardAt ?? 0) - before) < 5_000);
    assert.is((await client.hasClosed()).evidence?.lastHeardAt, undefined);
    await listening.close();
  });

  sockets.run();
}

const resets = suite('a reset over tcp');

resets('is a reset for the peer of the one who aborts', async () => {
  const { client, server, listening } = await linkSinks(tcpServer(0), tcp);
  server.link.abort();
  const cause = await client.hasClosed();
  assert.is(cause.kind, 'reset');
  assert.is(cause.evidence?.errno, 'ECONNRESET');
  assert.equal(client.calls, ['open', 'closed']);
  assert.is((await server.hasClosed()).kind, 'destroyed');
  await listening.close();
});

// Node 20 and 22 report `end`, as after a FIN, when data and the reset wait together.
resets('is not mistaken for an end when data arrived together with it', async () => {
  const { client, raw, close } = await linkToRawPeer();
  raw.write('last words');
  raw.resetAndDestroy();
  assert.is((await client.hasClosed()).kind, 'reset');
  assert.is(client.text, 'last words');
  assert.equal(client.calls, ['open', 'bytes', 'closed']);
  close();
});

// Node destroys a socket on a failed write, together with what it has not read yet.
resets('loses nothing that arrived before it, though a write fails first', async () => {
  const { client, raw, close } = await linkToRawPeer();
  raw.write('last words');
  raw.resetAndDestroy();
  client.link.write(bytesOf('this write fails'));
  client.link.write(bytesOf('so does this'));
  assert.is((await client.hasClosed()).kind, 'reset');
  assert.is(client.text, 'last words');
  close();
});

// The end was reported before the verdict of the failed write, so a session took the reset for a process that ended.
resets('is not reported as an end of reading before, when a write met it first', async () => {
  const { client, raw, close } = await linkToRawPeer();
  raw.resetAndDestroy();
  client.link.write(bytesOf('this write fails'));
  assert.is((await client.hasClosed()).kind, 'reset');
  assert.not.ok(client.calls.includes('readEnded'));
  close();
});

resets('loses nothing that arrived on a Unix socket before a write fails', async () => {
  const { client, raw, close } = await linkToRawPeer(join(folder, 'raw.sock'));
  raw.write(new Uint8Array(100_000));
  raw.destroy();
  client.link.write(bytesOf('this write fails'));
  assert.is((await client.hasClosed()).kind, 'reset');
  assert.is(client.byteLength, 100_000);
  close();
});

resets('is seen by the writes after the peer has fully closed', async () => {
  const { client, raw, close } = await linkToRawPeer();
  raw.destroy();
  await client.readHasEnded();
  // The first write makes the peer's kernel answer with a reset; the first one after that meets it.
  while (client.cause === undefined) {
    client.link.write(bytesOf('nobody reads this'));
    await new Promise((done) => setImmediate(done));
  }
  assert.is((await client.hasClosed()).kind, 'reset');
  close();
});

resets('is not reported for a plain end', async () => {
  const { client, raw, close } = await linkToRawPeer();
  raw.end('last words');
  await client.readHasEnded();
  assert.equal(client.calls, ['open', 'bytes', 'readEnded']);
  client.link.end();
  assert.is((await client.hasClosed()).kind, 'finished');
  close();
});

// On a Unix socket every write fails after the peer has fully closed, so a failed one proves no reset.
resets('is not reported for a Unix peer that has fully closed', async () => {
  const { client, raw, close } = await linkToRawPeer(join(folder, 'raw.sock'));
  raw.destroy();
  await client.readHasEnded();
  client.link.end();
  assert.is((await client.hasClosed()).kind, 'finished');
  close();
});

resets('lets a sink that throws fail loudly, and goes on', async () => {
  const { client, raw, close } = await linkToRawPeer();
  const defect = new Error('a defect of the sink');
  client.bytes = () => {
    throw defect;
  };
  const uncaught = once(process, 'uncaughtException');
  raw.write('x');
  assert.is((await uncaught)[0], defect);
  raw.end();
  await client.readHasEnded();
  client.link.end();
  assert.is((await client.hasClosed()).kind, 'finished');
  close();
});

resets.after(() => rm(folder, { recursive: true }));
resets.run();

/** A link whose other end is a bare socket, so that a test decides what the kernel sees. */
async function linkToRawPeer(path?: string): Promise<{ client: RecordingSink; raw: Socket; close: () => void }> {
  const server = createServer({ allowHalfOpen: true });
  if (path === undefined) server.listen(0, '127.0.0.1');
  else server.listen(path);
  await once(server, 'listening');
  const client = new RecordingSink();
  const accepted = once(server, 'connection');
  const target = path === undefined ? `127.0.0.1:${(server.address() as AddressInfo).port}` : `unix:${path}`;
  tcp(target).dial(client, new AbortController().signal);
  const [raw] = (await accepted) as [Socket];
  raw.on('error', () => {}).resume();
  await client.opened();
  return {
    client,
    raw,
    close: () => {
      raw.destroy();
      server.close();
    },
  };
}
