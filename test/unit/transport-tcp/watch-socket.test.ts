// How any socket stands and how it ends, for every state and every cause, on real sockets.
import { once } from 'node:events';
import {
  connect as connectHttp2,
  createServer as createHttp2Server,
  type Http2ServerRequest,
  type ServerHttp2Session,
} from 'node:http2';
import { connect, createServer, Socket, type AddressInfo, type LookupFunction } from 'node:net';
import { pipeline } from 'node:stream';
import { connect as connectTls, TLSSocket } from 'node:tls';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { watchSocket } from '@heartwire/transport-tcp';
import { heard } from '../../support/heard.ts';
import { isError } from '../../support/is-error.ts';
import { connectSockets, type SocketKind, type SocketPair } from '../../support/socket-pair.ts';
import { certificate, key } from '../../support/tls/localhost.ts';
import { WatchedStates } from '../../support/watched-states.ts';

const KINDS: readonly SocketKind[] = ['tcp', 'tls', 'unix'];
const RESET_KINDS: readonly SocketKind[] = ['tcp', 'tls'];

/** A pair whose client is watched; both read. */
async function watchedPair(
  kind: SocketKind,
  allowHalfOpen: boolean = false,
): Promise<SocketPair & { watch: WatchedStates }> {
  const pair = await connectSockets(kind, allowHalfOpen);
  const watch = new WatchedStates(watchSocket(pair.client));
  pair.client.resume();
  pair.server.resume();
  return { ...pair, watch };
}

for (const kind of KINDS) {
  const test = suite(`a watched ${kind} socket`);

  test('is half-closed and then finished when the peer ends', async () => {
    const { server, watch, dispose } = await watchedPair(kind);
    server.end('last words');
    const cause = await watch.cause();
    assert.equal(watch.words, ['open', 'half-closed -w', 'half-closed --', 'closed finished']);
    const { bytesRead = 0, bytesWritten, lastHeardAt } = cause.evidence ?? {};
    assert.ok(bytesRead >= 'last words'.length);
    assert.is(bytesWritten, 0);
    assert.is(lastHeardAt, undefined);
    await dispose();
  });

  test('tells each direction when the peer goes on reading', async () => {
    const { client, server, watch, dispose } = await watchedPair(kind, true);
    server.end();
    await watch.reached('half-closed -w');
    client.end('answer');
    await watch.cause();
    assert.equal(watch.words, ['open', 'half-closed -w', 'half-closed --', 'closed finished']);
    await dispose();
  });

  test('tells each direction when we go on reading', async () => {
    const { client, server, watch, dispose } = await watchedPair(kind, true);
    client.end('question');
    await watch.reached('half-closed r-');
    await heard(server, 'end');
    server.end('answer');
    await watch.cause();
    assert.equal(watch.words, ['open', 'half-closed r-', 'half-closed --', 'closed finished']);
    await dispose();
  });

  test('is destroyed by its program, with and without an error', async () => {
    for (const error of [undefined, new Error('enough'), Object.assign(new Error('enough'), { code: 'ECONNRESET' })]) {
      const { client, watch, dispose } = await watchedPair(kind);
      client.destroy(error);
      const cause = await watch.cause();
      assert.equal(watch.words, ['open', 'closed destroyed']);
      assert.equal(Object.keys(cause.evidence ?? {}), ['bytesRead', 'bytesWritten']);
      await dispose();
    }
  });

  test('is finished when its program destroys it after the end of the peer', async () => {
    const { client, server, watch, dispose } = await watchedPair(kind, true);
    client.on('end', () => client.destroy(new Error('other side closed')));
    server.end();
    await watch.cause();
    assert.equal(watch.words, ['open', 'half-closed -w', 'closed finished']);
    await dispose();
  });

  test('is told alike to those who begin later', async () => {
    const { client, server, watch, dispose } = await watchedPair(kind, true);
    server.end();
    await watch.reached('half-closed -w');
    assert.is(watchSocket(client), watchSocket(client));
    assert.is(new WatchedStates(watchSocket(client)).words[0], 'half-closed -w');
    client.end();
    await watch.cause();
    const late = new WatchedStates(watchSocket(client));
    assert.equal(await late.cause(), await watch.cause());
    await dispose();
  });

  test('leaves no listener behind', async () => {
    const { client, server, dispose } = await connectSockets(kind);
    const counts = countListeners(client);
    const watch = new WatchedStates(watchSocket(client));
    assert.not.equal(countListeners(client), counts);
    client.resume();
    server.end();
    await watch.cause();
    await heard(server.resume(), 'close');
    const left = countListeners(client);
    for (const event of Object.keys(left)) assert.ok(left[event]! <= (counts[event] ?? 0), event);
    await dispose();
  });

  test('begins with the state that the socket is in', async () => {
    const open = await connectSockets(kind, true);
    assert.equal(beginning(open.server), ['open']);
    open.client.resume().end();
    await Promise.all([heard(open.server.resume(), 'end'), heard(open.client, 'finish')]);
    assert.equal(beginning(open.client), ['half-closed r-']);
    const other = await connectSockets(kind, true);
    other.client.resume().end();
    await heard(other.server.resume(), 'end');
    assert.equal(beginning(other.server), ['half-closed -w']);
    other.server.end();
    await Promise.all([heard(other.server, 'close'), heard(other.client, 'end')]);
    other.client.destroy();
    assert.equal(beginning(other.client), ['closed finished'], 'it had read the end');
    const dropped = await connectSockets(kind, true);
    dropped.client.destroy();
    assert.equal(beginning(dropped.client), ['closed destroyed']);
    await Promise.all([open.dispose(), other.dispose(), dropped.dispose()]);
  });

  test.run();
}

for (const kind of RESET_KINDS) {
  const test = suite(`a watched ${kind} socket that is reset`);

  test('is reset, with the word of the kernel', async () => {
    const { serverRaw, watch, dispose } = await watchedPair(kind);
    serverRaw.resetAndDestroy();
    const { evidence } = await watch.cause();
    assert.equal(watch.words, ['open', 'closed reset']);
    assert.is(evidence?.errno, 'ECONNRESET');
    assert.is(evidence?.syscall, 'read');
    await dispose();
  });

  test('is reset, also behind data that was not read yet', async () => {
    const { client, server, serverRaw, dispose } = await connectSockets(kind, true);
    const watch = new WatchedStates(watchSocket(client));
    let received = 0;
    client.on('data', (chunk: Buffer) => (received += chunk.length));
    await new Promise((done) => server.write(Buffer.alloc(10_000), done));
    serverRaw.resetAndDestroy();
    // Nobody closes this socket: its connection is over all the same.
    await watch.cause();
    assert.equal(watch.words, ['open', 'closed reset']);
    assert.is(received, 10_000);
    await dispose();
  });

  test('is reset when that came before the watch', async () => {
    const { client, server, serverRaw, dispose } = await connectSockets(kind, true);
    server.end();
    await heard(client.resume(), 'end');
    serverRaw.resetAndDestroy();
    await heard(serverRaw, 'close');
    // The kernel of this machine has the answer at once.
    assert.equal(beginning(client), ['closed reset']);
    client.destroy();
    const other = await connectSockets(kind);
    other.serverRaw.resetAndDestroy();
    await heard(other.client.resume(), 'close');
    assert.equal(beginning(other.client), ['closed reset']);
    await Promise.all([dispose(), other.dispose()]);
  });

  test('is reset when a write finds it so', async () => {
    const { client, server, dispose } = await connectSockets(kind, true);
    const watch = new WatchedStates(watchSocket(client));
    server.resume().end();
    await heard(client.resume(), 'end');
    server.destroy();
    await heard(server, 'close');
    const writeOn = (): void => void (client.destroyed || client.write('x', () => setImmediate(writeOn)));
    writeOn();
    const { evidence } = await watch.cause();
    assert.equal(watch.words, ['open', 'half-closed -w', 'closed reset']);
    assert.match(evidence?.errno ?? '', /^(EPIPE|ECONNRESET)$/);
    await dispose();
  });

  test.run();
}

const dialing = suite('a watched dial');

dialing('goes from idle over dialing to open', async () => {
  const port = await listen();
  const socket = new Socket();
  const watch = new WatchedStates(watchSocket(socket));
  socket.connect(port.number, '127.0.0.1');
  await watch.reached('open');
  assert.equal(watch.words, ['idle', 'dialing', 'open']);
  assert.equal(watch.states[1], { phase: 'dialing', address: `127.0.0.1:${port.number}` });
  socket.destroy();
  await watch.cause();
  port.close();
});

dialing('is open over TLS when the handshake is done, and not before', async () => {
  const { client, serverRaw, dispose } = await connectSockets('tls');
  const port = Number(serverRaw.localPort);
  const socket = connectTls({ port, host: 'localhost', ca: certificate });
  const watch = new WatchedStates(watchSocket(socket));
  await heard(socket, 'connect');
  assert.is(watch.words.at(-1), 'dialing');
  assert.equal(beginning(socket), ['dialing']);
  await heard(socket, 'secureConnect');
  assert.is(watch.words.at(-1), 'open');
  socket.destroy();
  client.destroy();
  await dispose();
});

const CLOSED_PORT = 1;

const lookUpTwo: LookupFunction = (_name, _options, done) => {
  const addresses = ['127.0.0.1', '127.0.0.2'].map((address) => ({ address, family: 4 }));
  setImmediate(done, null, addresses);
};

/** As the resolver answers, without asking one. */
const lookUpNobody: LookupFunction = (hostname, _options, done) => {
  const facts = { code: 'ENOTFOUND', errno: -3008, syscall: 'getaddrinfo', hostname };
  setImmediate(done, Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), facts), '');
};

dialing('says who refused, with an address and a sentence', async () => {
  const socket = connect(CLOSED_PORT, '127.0.0.1').on('error', ignore);
  const cause = await new WatchedStates(watchSocket(socket)).cause();
  assert.is(cause.kind === 'refused' && cause.by, 'host');
  assert.match(cause.kind === 'refused' ? cause.message : '', /^nothing listens on 127\.0\.0\.1:1,/);
  assert.equal(cause.evidence, { errno: 'ECONNREFUSED', syscall: 'connect' });
});

dialing('has a sentence when several addresses were tried, too', async () => {
  const socket = connect({ port: CLOSED_PORT, host: 'two.example', autoSelectFamily: true, lookup: lookUpTwo });
  const watch = new WatchedStates(watchSocket(socket.on('error', ignore)));
  const cause = await watch.cause();
  assert.is(cause.kind, 'refused');
  assert.match(
    cause.kind === 'refused' ? cause.message : '',
    /^nothing listens on two\.example:1, .* Tried: 127\.0\.0\.1 \(ECONNREFUSED\), 127\.0\.0\.2 \(ECONNREFUSED\)\.$/,
  );
  const tried = watch.states.flatMap((state) => (state.phase === 'dialing' ? [state.address] : []));
  assert.equal(tried.filter(Boolean), ['127.0.0.1:1', '127.0.0.2:1']);
  const unwatched = connect({ port: CLOSED_PORT, host: 'two.example', autoSelectFamily: true, lookup: lookUpTwo });
  await heard(unwatched.on('error', ignore), 'close');
  assert.equal(beginning(unwatched), ['closed refused']);
});

dialing('says which name is not known', async () => {
  const socket = connect({ port: 80, host: 'nobody.invalid', lookup: lookUpNobody }).on('error', ignore);
  const cause = await new WatchedStates(watchSocket(socket)).cause();
  assert.is(cause.kind, 'unreachable');
  assert.match(cause.kind === 'unreachable' ? cause.message : '', /the name in nobody\.invalid is not known/);
  assert.equal(cause.evidence, { errno: 'ENOTFOUND', syscall: 'getaddrinfo' });
});

dialing('is unreachable when the program looks its name up and fails', async () => {
  const lookup: LookupFunction = (_name, _options, done) => void setImmediate(done, new Error('no such user'), '');
  const socket = connect({ port: 80, host: 'user.example', lookup }).on('error', ignore);
  const cause = await new WatchedStates(watchSocket(socket)).cause();
  assert.is(cause.kind, 'unreachable');
  assert.match(cause.kind === 'unreachable' ? cause.message : '', /^user\.example cannot be reached: no such user/);
});

dialing('says which socket file is missing', async () => {
  const socket = connect('/nonexistent/heartwire.sock').on('error', ignore);
  const cause = await new WatchedStates(watchSocket(socket)).cause();
  assert.match(
    cause.kind === 'unreachable' ? cause.message : '',
    /no socket file at unix:\/nonexistent\/heartwire\.sock/,
  );
});

dialing('is destroyed when its program gives up', async () => {
  for (const error of [undefined, Object.assign(new Error('too slow'), { code: 'UND_ERR_CONNECT_TIMEOUT' })]) {
    for (const dial of [() => connect(CLOSED_PORT, '127.0.0.1'), () => connectTls(CLOSED_PORT, '127.0.0.1')]) {
      const socket = dial().on('error', ignore);
      const watch = new WatchedStates(watchSocket(socket));
      socket.destroy(error);
      assert.is((await watch.cause()).kind, 'destroyed');
    }
  }
});

/** What the server does with a client that begins a TLS handshake, and what the watch then says of both. */
const HANDSHAKES: readonly (readonly [what: string, act: (socket: Socket) => unknown, sentence: RegExp])[] = [
  ['the server hangs up', (socket) => socket.end(), /ended the connection in the TLS handshake; does it speak TLS/],
  [
    'the server speaks no TLS',
    (socket) => socket.end('SSH-2.0-OpenSSH\r\n'),
    /^localhost:\d+ does not speak TLS on this port/,
  ],
];

for (const [what, act, sentence] of HANDSHAKES) {
  dialing(`is refused by TLS when ${what}`, async () => {
    const port = await listen((socket) => socket.once('data', () => act(socket)));
    const socket = connectTls({ port: port.number, host: 'localhost' }).on('error', ignore);
    const watch = new WatchedStates(watchSocket(socket));
    const cause = await watch.cause();
    assert.is(cause.kind === 'refused' && cause.by, 'tls');
    assert.match(cause.kind === 'refused' ? cause.message : '', sentence);
    assert.not.ok(watch.words.includes('open'));
    port.close();
  });
}

dialing('is refused by TLS for a certificate that is not trusted, also when it is watched afterwards', async () => {
  const { serverRaw, dispose } = await connectSockets('tls');
  const socket = connectTls({ port: Number(serverRaw.localPort), host: 'localhost' }).on('error', ignore);
  const watch = new WatchedStates(watchSocket(socket));
  const cause = await watch.cause();
  assert.equal(watch.words.slice(-2), ['dialing', 'closed refused']);
  assert.match(cause.kind === 'refused' ? cause.message : '', /^localhost:\d+ has signed its certificate itself/);
  const unwatched = connectTls({ port: Number(serverRaw.localPort), host: 'localhost' }).on('error', ignore);
  await heard(unwatched, 'close');
  assert.equal(beginning(unwatched), ['closed refused']);
  await dispose();
});

dialing('tells the server of a client that leaves in the handshake', async () => {
  const port = await listen();
  const [client, accepted] = await port.connect();
  const secured = new TLSSocket(accepted, { isServer: true }).on('error', ignore);
  assert.equal(beginning(secured), ['dialing']);
  const watch = new WatchedStates(watchSocket(secured));
  client.destroy();
  await watch.cause();
  assert.not.ok(watch.words.includes('open'));
  port.close();
});

dialing('is open for the server of a handshake, too', async () => {
  const port = await listen((socket) => socket.pause());
  const [raw, accepted] = await port.connect();
  const secured = new TLSSocket(accepted, { isServer: true, key, cert: certificate }).on('error', ignore);
  const watch = new WatchedStates(watchSocket(secured));
  const client = connectTls({ socket: raw, servername: 'localhost', ca: certificate }).on('error', ignore);
  await watch.reached('open');
  assert.equal(watch.words, ['dialing', 'open']);
  client.destroy();
  secured.destroy();
  await watch.cause();
  port.close();
});

dialing.run();

const program = suite('a watch and the program that owns the socket');

program('shows the state of now to the listeners of the program', async () => {
  const { client, server, dispose } = await connectSockets('tcp');
  const seen: string[] = [];
  // They were there before.
  client.on('end', () => seen.push(watchSocket(client).value.phase));
  client.on('close', () => seen.push(watchSocket(client).value.phase));
  watchSocket(client);
  client.resume();
  server.end();
  await heard(client, 'close');
  assert.equal(seen, ['half-closed', 'closed']);
  await dispose();
});

program('takes no error of another socket for the one of its own', async () => {
  const inbound = await watchedPair('tcp');
  const outbound = await watchedPair('tcp');
  pipeline(inbound.client, outbound.client, ignore);
  inbound.server.resetAndDestroy();
  assert.is((await inbound.watch.cause()).kind, 'reset');
  assert.is((await outbound.watch.cause()).kind, 'destroyed');
  await Promise.all([inbound.dispose(), outbound.dispose()]);
});

program('begins anew when the socket is connected again', async () => {
  const port = await listen();
  const [socket, accepted] = await port.connect();
  const first = new WatchedStates(watchSocket(socket));
  accepted.end();
  socket.resume();
  assert.is((await first.cause()).kind, 'finished');
  socket.connect(port.number, '127.0.0.1');
  const second = new WatchedStates(watchSocket(socket));
  await second.reached('open');
  socket.destroy();
  assert.is((await second.cause()).kind, 'destroyed');
  assert.is((await first.cause()).kind, 'finished');
  port.close();
});

program('leaves the address of the peer as unknown as it was', async () => {
  const watched = await watchedPair('tcp');
  const { client, dispose } = await connectSockets('tcp');
  for (const socket of [watched.client, client]) socket.destroy();
  await watched.watch.cause();
  assert.is(watched.client.remoteAddress, client.remoteAddress);
  await Promise.all([watched.dispose(), dispose()]);
});

program('can watch anew when it has removed all listeners', async () => {
  const { client, server, watch, dispose } = await watchedPair('tcp');
  client.removeAllListeners();
  const second = new WatchedStates(watchSocket(client));
  server.end();
  assert.is((await second.cause()).kind, 'finished');
  assert.equal(watch.words, ['open']);
  await dispose();
});

program('is not the worse for what HTTP/2 gives as its socket', async () => {
  const server = createHttp2Server((_request, response) => response.end()).listen(0);
  await heard(server, 'listening');
  const session = new Promise<ServerHttp2Session>((resolve) => server.on('session', resolve));
  const asked = new Promise<Http2ServerRequest>((resolve) => server.on('request', resolve));
  const client = connectHttp2(`http://localhost:${(server.address() as AddressInfo).port}`);
  const request = client.request().resume();
  const { socket } = await session;
  const watch = new WatchedStates(watchSocket(socket));
  assert.is(watchSocket((await asked).socket), watchSocket(socket));
  await heard(request, 'close');
  client.close();
  assert.is((await watch.cause()).kind, 'finished');
  assert.equal(watch.words, ['open', 'half-closed r-', 'half-closed --', 'closed finished']);
  server.close();
});

program('is asked for with a socket', () => {
  for (const wrong of [undefined, null, {}, new TextEncoder()]) {
    assert.throws(() => watchSocket(wrong as never), isError('ERR_HW_OPTION', /no socket/, 'local'));
  }
});

program.run();

function beginning(socket: Socket): string[] {
  return new WatchedStates(watchSocket(socket)).words;
}

function countListeners(socket: Socket): Record<string, number> {
  return Object.fromEntries(socket.eventNames().map((name) => [String(name), socket.listenerCount(name)]));
}

interface Port {
  readonly number: number;
  connect(): Promise<[client: Socket, accepted: Socket]>;
  close(): void;
}

/** A server whose sockets read, and cause no errors. */
async function listen(accept: (socket: Socket) => unknown = (socket) => socket.resume()): Promise<Port> {
  const server = createServer((socket) => accept(socket.on('error', ignore)));
  server.listen(0);
  await heard(server, 'listening');
  const { port: number } = server.address() as AddressInfo;
  const connectOne = async (): Promise<[Socket, Socket]> => {
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    const client = connect(number, '127.0.0.1').on('error', ignore);
    await heard(client, 'connect');
    return [client, (await accepted)[0]];
  };
  return { number, connect: connectOne, close: () => void server.close() };
}

function ignore(): void {}
