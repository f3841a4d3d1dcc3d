import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer, request, type IncomingMessage, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { connect, type AddressInfo } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { WebSocket, WebSocketServer } from 'ws';
import type { HeartwireError } from '@heartwire/core/transport';
import { ws, wsServer, type WsServerOptions } from '@heartwire/transport-ws';
import { linkSinks } from '../../support/linked-sinks.ts';
import { RecordingSink } from '../../support/recording-sink.ts';
import { withDeadline } from '../../support/with-deadline.ts';

const key = readFileSync(new URL('../../support/tls/localhost-key.pem', import.meta.url));
const cert = readFileSync(new URL('../../support/tls/localhost-cert.pem', import.meta.url));
const LOCAL = { port: 0, host: '127.0.0.1' } as const;
const newSink = (): RecordingSink => new RecordingSink();

const own = suite('wsServer() on a port of its own');

for (const [options, address] of [
  [LOCAL, /^ws:\/\/127\.0\.0\.1:\d+\/$/],
  [{ port: 0 }, /^ws:\/\/(localhost|127\.0\.0\.1):\d+\/$/],
  [{ ...LOCAL, path: '/hw' }, /^ws:\/\/127\.0\.0\.1:\d+\/hw$/],
] as readonly (readonly [WsServerOptions, RegExp])[]) {
  own(`gives an address that ws() can dial for ${JSON.stringify(options)}`, async () => {
    const { listening, close } = await linkSinks(wsServer(options), ws);
    assert.match(listening.address, address);
    await close();
  });
}

own('speaks of wss in the address of a secured port', async () => {
  const listening = await wsServer({ ...LOCAL, tls: { key, cert } }).listen(newSink);
  assert.match(listening.address, /^wss:\/\/127\.0\.0\.1:\d+\/$/);
  assert.is(wsServer({ port: 0, tls: { key, cert } }).name, 'wss');
  assert.is(wsServer(0).name, 'ws');
  await listening.close();
});

own('takes every path unless it was given one', async () => {
  const { listening, close } = await linkSinks(wsServer(LOCAL), (address) => ws(`${address}any/path?x=1`));
  await close();
  assert.ok(listening.address.endsWith('/'));
});

own('answers 404 for another path than its own', async () => {
  const listening = await wsServer({ ...LOCAL, path: '/hw' }).listen(newSink);
  const { status, body } = await upgrade(listening.address.replace('/hw', '/other'));
  assert.is(status, 404);
  assert.match(body, /at \/hw only/);
  await listening.close();
});

own('answers a plain request with 426 and a sentence', async () => {
  const listening = await wsServer(LOCAL).listen(newSink);
  const { status, body, headers } = await get(listening.address);
  assert.is(status, 426);
  assert.is(headers.upgrade, 'websocket');
  assert.match(body, /connect with a WebSocket \(heartwire\.1\)/);
  await listening.close();
});

own('refuses a client that does not offer heartwire.1 with 400 and a sentence', async () => {
  const listening = await wsServer(LOCAL).listen(newSink);
  for (const protocols of [[], ['mqtt']]) {
    const { status, body } = await upgrade(listening.address, { protocols });
    assert.is(status, 400);
    assert.match(body, /sub-protocol heartwire\.1/);
  }
  await listening.close();
});

own('refuses a foreign page with 403, and accepts its own and those that are listed', async () => {
  const byDefault = await wsServer(LOCAL).listen(newSink);
  const listed = await wsServer({ ...LOCAL, origins: ['https://chat.example'] }).listen(newSink);
  for (const [listening, origin, status] of [
    [byDefault, 'https://evil.example', 403],
    [byDefault, 'http://127.0.0.1:3000', 101],
    [byDefault, undefined, 101],
    [listed, 'https://chat.example', 101],
    [listed, 'http://127.0.0.1:3000', 403],
    [listed, undefined, 101],
  ] as const) {
    assert.is((await upgrade(listening.address, { origin })).status, status, `${origin}`);
  }
  await byDefault.close();
  await listed.close();
});

own('refuses options that make no sense at once', () => {
  const server = createHttpServer();
  for (const [options, sentence] of [
    [{}, /either a port or a server/],
    [{ port: 1, server }, /either a port or a server/],
    [{ port: 65_536 }, /port is 65536/],
    [{ port: 1, path: 'hw' }, /path is 'hw'/],
    [{ port: 1, path: '/hw?x' }, /path is '\/hw\?x'/],
    [{ server, host: 'localhost' }, /belong to the server that is shared/],
    [{ port: 1, origins: ['chat.example'] }, /is no origin/],
  ] as readonly (readonly [WsServerOptions, RegExp])[]) {
    try {
      wsServer(options);
      assert.unreachable(`accepted: ${String(sentence)}`);
    } catch (error) {
      assert.is((error as HeartwireError).code, 'ERR_HW_OPTION', String(error));
      assert.match((error as HeartwireError).message, sentence);
    }
  }
});

own('says which port is taken, and keeps the code of the platform', async () => {
  const first = await wsServer(LOCAL).listen(newSink);
  const port = Number(new URL(first.address).port);
  let error: NodeJS.ErrnoException | undefined;
  try {
    await wsServer({ port, host: '127.0.0.1' }).listen(newSink);
  } catch (thrown) {
    error = thrown as NodeJS.ErrnoException;
  }
  assert.match(error?.message ?? '', new RegExp(`^port ${port} on 127\\.0\\.0\\.1 is taken`));
  assert.is(error?.code, 'EADDRINUSE');
  assert.is((error?.cause as NodeJS.ErrnoException | undefined)?.syscall, 'listen');
  await first.close();
});

own('frees its address on close, drops strangers, and leaves open connections alone', async () => {
  const { client, server, listening, close } = await linkSinks(wsServer(LOCAL), ws);
  const { port } = new URL(listening.address);
  const stranger = connect(Number(port), '127.0.0.1').on('error', () => {});
  await once(stranger, 'connect');
  // The server has accepted the stranger when it has answered somebody who came later.
  await get(listening.address);
  const dropped = once(stranger.resume(), 'close');
  await withDeadline(1_000, listening.close(), 'the listener to close');
  await listening.close();
  await withDeadline(1_000, dropped, 'the stranger to be dropped');
  const next = await wsServer({ port: Number(port), host: '127.0.0.1' }).listen(newSink);
  client.link.write(new Uint8Array(3));
  await server.arrived(3);
  await next.close();
  await close();
});

own('survives strangers that speak no HTTP, or go away in the middle', async () => {
  const { client, server, listening, close } = await linkSinks(wsServer(LOCAL), ws);
  const port = Number(new URL(listening.address).port);
  for (const words of ['\x16\x03\x01 no HTTP\r\n\r\n', 'GET / HTTP/1.1\r\nUpgr', '']) {
    const stranger = connect(port, '127.0.0.1').on('error', () => {});
    await once(stranger, 'connect');
    stranger.write(words);
    stranger.resetAndDestroy();
    await once(stranger, 'close');
  }
  client.link.write(new Uint8Array(1));
  await server.arrived(1);
  await close();
});

own('lets an accept that throws fail loudly, and goes on', async () => {
  const defect = new Error('a defect of accept');
  const listening = await wsServer(LOCAL).listen(() => {
    throw defect;
  });
  const uncaught = once(process, 'uncaughtException');
  const sink = newSink();
  ws(listening.address).dial(sink, new AbortController().signal);
  assert.is((await uncaught)[0], defect);
  await sink.hasClosed();
  await listening.close();
});

own.run();

const shared = suite('wsServer() on an HTTP server that exists');

shared('serves its path and leaves the pages and the other WebSockets alone', async () => {
  const http = await listeningServer(createHttpServer((_request, response) => response.end('a page')));
  const others = new WebSocketServer({ noServer: true });
  http.on('upgrade', (message, socket, head) => {
    if (message.url === '/other') others.handleUpgrade(message, socket, head, (other) => other.close(1000, 'hello'));
  });
  const { listening, client, server, close } = await linkSinks(wsServer({ server: http }), ws);
  assert.match(listening.address, /^ws:\/\/127\.0\.0\.1:\d+\/hw$/);
  client.link.write(new Uint8Array(2));
  await server.arrived(2);

  const other = new WebSocket(listening.address.replace('/hw', '/other'));
  assert.is(String((await once(other, 'close'))[1]), 'hello');
  assert.is((await get(listening.address.replace('/hw', '/'))).body, 'a page');

  await close();
  assert.ok(http.listening);
  assert.is(http.listenerCount('upgrade'), 1);
  await stop(http);
});

shared('answers 404 for another path only while it is alone', async () => {
  const http = await listeningServer(createHttpServer());
  const listening = await wsServer({ server: http, path: '/chat' }).listen(newSink);
  assert.is((await upgrade(listening.address.replace('/chat', '/other'))).status, 404);
  http.on('upgrade', (message, socket) => {
    if (message.url === '/other') socket.end('HTTP/1.1 418 Teapot\r\nContent-Length: 0\r\n\r\n');
  });
  assert.is((await upgrade(listening.address.replace('/chat', '/other'))).status, 418);
  await listening.close();
  await stop(http);
});

// Each of the two took the other one for a listener of somebody else, and nobody answered.
shared('answers 404 for a path that none of two WebSockets on one server has, and leaves each its own', async () => {
  const http = await listeningServer(createHttpServer());
  const [chat, game] = [
    await wsServer({ server: http, path: '/chat' }).listen(newSink),
    await wsServer({ server: http, path: '/game' }).listen(newSink),
  ];
  const statusOf = async (path: string): Promise<number | undefined> =>
    (await upgrade(chat.address.replace('/chat', path), { protocols: [] })).status;
  assert.equal([await statusOf('/other'), await statusOf('/chat'), await statusOf('/game')], [404, 400, 400]);
  await chat.close();
  assert.equal([await statusOf('/chat'), await statusOf('/game')], [404, 400]);
  await game.close();
  await stop(http);
});

shared('waits until the server listens', async () => {
  const http = createHttpServer();
  const promise = wsServer({ server: http }).listen(newSink);
  await listeningServer(http);
  const listening = await promise;
  assert.is(new URL(listening.address).port, String((http.address() as AddressInfo).port));
  await listening.close();
  assert.is(http.listenerCount('error'), 0);
  await stop(http);
});

shared('rejects when the server cannot listen, and lets go of it', async () => {
  const taken = await listeningServer(createHttpServer());
  const http = createHttpServer();
  const promise = wsServer({ server: http }).listen(newSink);
  http.listen((taken.address() as AddressInfo).port, '127.0.0.1');
  try {
    await promise;
    assert.unreachable('it was resolved');
  } catch (error) {
    assert.is((error as NodeJS.ErrnoException).code, 'EADDRINUSE');
  }
  assert.is(http.listenerCount('upgrade'), 0);
  await stop(taken);
});

shared('speaks of wss on an https server', async () => {
  const https = createHttpsServer({ key, cert }).listen(0, '127.0.0.1');
  await once(https, 'listening');
  const { listening, client, close } = await linkSinks(wsServer({ server: https }), (address) =>
    ws(address, { tls: { ca: cert } }),
  );
  assert.match(listening.address, /^wss:\/\/127\.0\.0\.1:\d+\/hw$/);
  assert.is(client.link.info.transport, 'wss');
  await close();
  https.close();
  await once(https, 'close');
});

shared.run();

async function listeningServer(server: Server): Promise<Server> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

async function stop(server: Server): Promise<void> {
  server.close();
  server.closeAllConnections();
  await withDeadline(5_000, once(server, 'close'), 'the HTTP server to close');
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: IncomingMessage['headers'];
}

function get(address: string): Promise<Answer> {
  return ask(address, {});
}

/** Ask for an upgrade, as a browser or a program would, and drop the connection when it succeeds. */
function upgrade(
  address: string,
  { protocols = ['heartwire.1'], origin }: { protocols?: string[]; origin?: string | undefined } = {},
): Promise<Answer> {
  return ask(address, {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    ...(protocols.length === 0 ? {} : { 'Sec-WebSocket-Protocol': protocols.join(', ') }),
    ...(origin === undefined ? {} : { Origin: origin }),
  });
}

async function ask(address: string, headers: Record<string, string>): Promise<Answer> {
  const asked = request(address.replace(/^ws/, 'http'), { headers, agent: false });
  asked.end();
  const answered = new Promise<Answer>((done, fail) => {
    asked.on('error', fail);
    asked.on('upgrade', (response, socket) => {
      socket.destroy();
      done({ status: response.statusCode ?? 0, body: '', headers: response.headers });
    });
    asked.on('response', (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => done({ status: response.statusCode ?? 0, body, headers: response.headers }));
    });
  });
  return withDeadline(5_000, answered, `an answer from ${address}`);
}
