import { getEventListeners, once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { tcp, tcpServer } from '@heartwire/transport-tcp';
import { failToDial, linkSinks } from '../../support/linked-sinks.ts';
import { RecordingSink } from '../../support/recording-sink.ts';

const key = readFileSync(new URL('../../support/tls/localhost-key.pem', import.meta.url));
const cert = readFileSync(new URL('../../support/tls/localhost-cert.pem', import.meta.url));

const dialing = suite('dialing with tcp()');

dialing('is refused by the host when nothing listens', async () => {
  const port = await freePort();
  const cause = await failToDial(tcp(`127.0.0.1:${port}`));
  assert.is(cause.kind === 'refused' && cause.by, 'host');
  assert.is(cause.kind === 'refused' && cause.code, 'ECONNREFUSED');
  assert.equal(cause.evidence, { errno: 'ECONNREFUSED', syscall: 'connect' });
});

dialing('is refused by the host when no address of a name answers, and names what it tried', async () => {
  const cause = await failToDial(tcp(`localhost:${await freePort()}`));
  assert.is(cause.kind === 'refused' && cause.by, 'host');
  assert.match(cause.kind === 'refused' ? cause.message : '', /nothing listens on tcp:\/\/localhost:\d+/);
});

// A label of more than 63 characters is no host name, so no name server is asked.
dialing('finds a host unreachable whose name is not known', async () => {
  const cause = await failToDial(tcp(`${'x'.repeat(64)}.invalid:7000`));
  assert.is(cause.kind, 'unreachable');
  assert.match(cause.kind === 'unreachable' ? cause.code : '', /^(ENOTFOUND|EAI_AGAIN)$/);
  assert.is(cause.evidence?.syscall, 'getaddrinfo');
});

dialing('finds a Unix socket unreachable that does not exist', async () => {
  const cause = await failToDial(tcp('unix:/nonexistent/chat.sock'));
  assert.is(cause.kind === 'unreachable' && cause.code, 'ENOENT');
});

dialing('is destroyed when the signal is aborted while it dials', async () => {
  // A server that accepts TCP and then says nothing keeps a TLS handshake waiting for ever.
  const { port, sockets, close } = await bareServer();
  for (const secured of [true, false]) {
    const gaveUp = new AbortController();
    const sink = new RecordingSink();
    tcp({ host: '127.0.0.1', port, tls: secured }).dial(sink, gaveUp.signal);
    if (secured) await sockets.next();
    gaveUp.abort();
    assert.is((await sink.hasClosed()).kind, 'destroyed');
    assert.equal(sink.calls, ['closed']);
    assert.is(getEventListeners(gaveUp.signal, 'abort').length, 0);
  }
  await close();
});

dialing('is destroyed without dialing when the signal is aborted already', async () => {
  const cause = await failToDial(tcp('127.0.0.1:1'), AbortSignal.abort());
  assert.equal(cause, { kind: 'destroyed' });
});

dialing('is destroyed when the signal is aborted during the look-up of the name', async () => {
  const gaveUp = new AbortController();
  const cause = failToDial(tcp('localhost:1'), gaveUp.signal);
  gaveUp.abort();
  assert.is((await cause).kind, 'destroyed');
});

dialing('takes no notice of the signal once the link is open', async () => {
  const listening = await tcpServer({ port: 0, host: '127.0.0.1' }).listen(() => new RecordingSink());
  const controller = new AbortController();
  const sink = new RecordingSink();
  tcp(listening.address).dial(sink, controller.signal);
  await sink.opened();
  assert.is(getEventListeners(controller.signal, 'abort').length, 0);
  controller.abort();
  await new Promise((done) => setImmediate(done));
  assert.equal(sink.calls, ['open']);
  sink.link.abort();
  await sink.hasClosed();
  await listening.close();
});

dialing('makes a new connection each time', async () => {
  const accepted: RecordingSink[] = [];
  const listening = await tcpServer(0).listen(() => {
    accepted.push(new RecordingSink());
    return accepted.at(-1) as RecordingSink;
  });
  const dialer = tcp(listening.address);
  const sinks = [new RecordingSink(), new RecordingSink()];
  for (const sink of sinks) dialer.dial(sink, new AbortController().signal);
  await Promise.all(sinks.map((sink) => sink.opened()));
  assert.is.not(sinks[0]?.link, sinks[1]?.link);
  for (const sink of sinks) {
    sink.link.abort();
    await sink.hasClosed();
  }
  await Promise.all(accepted.map((sink) => sink.hasClosed()));
  await listening.close();
});

dialing('reaches an IPv4 server by a name that also has an IPv6 address', async () => {
  const { client, close } = await linkSinks(tcpServer({ port: 0, host: '127.0.0.1' }), (address) =>
    tcp(address.replace('127.0.0.1', 'localhost')),
  );
  assert.match(client.link.info.address ?? '', /^127\.0\.0\.1:/);
  await close();
});

const securing = suite('dialing over TLS');

securing('is refused by TLS when the certificate is not trusted', async () => {
  const listening = await tcpServer({ port: 0, tls: { key, cert } }).listen(() => new RecordingSink());
  const cause = await failToDial(tcp(listening.address));
  assert.is(cause.kind === 'refused' && cause.by, 'tls');
  assert.is(cause.kind === 'refused' && cause.code, 'DEPTH_ZERO_SELF_SIGNED_CERT');
  await listening.close();
});

securing('is refused by TLS when the certificate names another host', async () => {
  const listening = await tcpServer({ port: 0, tls: { key, cert } }).listen(() => new RecordingSink());
  const port = Number(listening.address.split(':').at(-1));
  const cause = await failToDial(tcp({ port, tls: { ca: cert, servername: 'chat.example' } }));
  assert.is(cause.kind === 'refused' && cause.code, 'ERR_TLS_CERT_ALTNAME_INVALID');
  await listening.close();
});

securing('is refused by TLS when the server shares no ALPN token', async () => {
  const listening = await tcpServer({ port: 0, tls: { key, cert } }).listen(() => new RecordingSink());
  const port = Number(listening.address.split(':').at(-1));
  const cause = await failToDial(tcp({ port, tls: { ca: cert, ALPNProtocols: ['http/1.1'] } }));
  assert.is(cause.kind === 'refused' && cause.by, 'tls');
  assert.match(cause.kind === 'refused' ? cause.code : '', /ALPN|NO_APPLICATION_PROTOCOL|ECONNRESET/);
  await listening.close();
});

securing('is refused by TLS when the server does not speak it', async () => {
  const { port, sockets, close } = await bareServer();
  for (const answer of ['hello, who is there?\r\n', '']) {
    const cause = failToDial(tcp({ host: '127.0.0.1', port, tls: { rejectUnauthorized: false } }));
    (await sockets.next()).end(answer);
    const { kind, by, message } = (await cause) as { kind: string; by: string; message: string };
    assert.is(kind, 'refused');
    assert.is(by, 'tls');
    if (answer === '') assert.match(message, /does it speak TLS on this port/);
  }
  await close();
});

securing('reports a client certificate that is missing as refused by TLS', async () => {
  const listening = await tcpServer({ port: 0, tls: { key, cert, requestCert: true } }).listen(
    () => new RecordingSink(),
  );
  const port = Number(listening.address.split(':').at(-1));
  const sink = new RecordingSink();
  tcp({ port, tls: { ca: cert } }).dial(sink, new AbortController().signal);
  // In TLS 1.3 the client believes the connection open before the server has looked for the certificate.
  const cause = await sink.hasClosed();
  assert.is(cause.kind === 'refused' && cause.by, 'tls', JSON.stringify(cause));
  await listening.close();
});

dialing.run();
securing.run();

async function freePort(): Promise<number> {
  const { port, close } = await bareServer();
  await close();
  return port;
}

/** A server that accepts and says nothing; `sockets.next()` gives each connection once, in order. */
async function bareServer(): Promise<{ port: number; sockets: { next(): Promise<Socket> }; close(): Promise<void> }> {
  const accepted: Socket[] = [];
  const server: Server = createServer((socket) => {
    socket.on('error', () => {}).resume();
    accepted.push(socket);
    server.emit('accepted');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const all = new Set<Socket>();
  const next = async (): Promise<Socket> => {
    if (accepted.length === 0) await once(server, 'accepted');
    const socket = accepted.shift() as Socket;
    all.add(socket);
    return socket;
  };
  const close = async (): Promise<void> => {
    for (const socket of [...all, ...accepted]) socket.destroy();
    server.close();
    await once(server, 'close');
  };
  return { port: (server.address() as AddressInfo).port, sockets: { next }, close };
}
