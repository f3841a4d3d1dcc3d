import { getEventListeners, once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { WebSocketServer } from 'ws';
import type { HeartwireError } from '@heartwire/core/transport';
import { ws, wsServer, type WsOptions, type WsUrl } from '@heartwire/transport-ws';
import { failToDial, linkSinks } from '../../support/linked-sinks.ts';
import { RecordingSink } from '../../support/recording-sink.ts';

const key = readFileSync(new URL('../../support/tls/localhost-key.pem', import.meta.url));
const cert = readFileSync(new URL('../../support/tls/localhost-cert.pem', import.meta.url));

const options = suite('the arguments of ws() on Node');

for (const [url, given, sentence] of [
  ['/hw', {}, /no page here/],
  ['tcp://localhost:7000', {}, /no WebSocket address/],
  ['ws://localhost', { protocols: ['two words'] }, /no name of a sub-protocol/],
  ['ws://localhost', { headers: { 'bad name': 'x' } }, /headers cannot be sent/],
  ['ws://localhost', { headers: { cookie: 'a\nb' } }, /headers cannot be sent/],
  ['wss://localhost', { tls: { cert: 'no certificate' } }, /TLS options cannot be used/],
] as readonly (readonly [WsUrl, WsOptions, RegExp])[]) {
  options(`are refused at once for ${String(url)} with ${JSON.stringify(given)}`, () => {
    try {
      ws(url, given);
    } catch (error) {
      assert.is((error as HeartwireError).code, 'ERR_HW_OPTION');
      assert.match((error as HeartwireError).message, sentence);
      return;
    }
    assert.unreachable('they were accepted');
  });
}

options('give the dialer a name and an address without secrets', () => {
  const dialer = ws('https://me:secret@chat.example/hw?ticket=1');
  assert.equal([dialer.name, dialer.address], ['wss', 'wss://chat.example/hw']);
  assert.equal([ws('http://localhost').name, ws('http://localhost').address], ['ws', 'ws://localhost/']);
});

options.run();

const dialing = suite('dialing with ws() on Node');

dialing('is refused by the host when nothing listens', async () => {
  const { port, close } = await bareServer();
  await close();
  const cause = await failToDial(ws(`ws://127.0.0.1:${port}`));
  assert.is(cause.kind === 'refused' && cause.by, 'host');
  assert.equal(cause.evidence, { errno: 'ECONNREFUSED', syscall: 'connect' });
});

// A label of more than 63 characters is no host name, so no name server is asked.
dialing('finds a host unreachable whose name is not known', async () => {
  const cause = await failToDial(ws(`ws://${'x'.repeat(64)}.invalid`));
  assert.is(cause.kind, 'unreachable');
  assert.match(cause.kind === 'unreachable' ? cause.code : '', /^(ENOTFOUND|EAI_AGAIN)$/);
});

for (const [status, headers, sentence] of [
  [200, {}, /web page/],
  [301, { location: '/elsewhere?secret=1' }, /moved to ws:\/\/127\.0\.0\.1:\d+\/elsewhere; dial/],
  [401, {}, /credentials/],
  [404, {}, /no WebSocket on this path/],
  [503, {}, /no connections at the moment/],
] as const) {
  dialing(`is refused by HTTP for an answer of ${status}`, async () => {
    const { port, close } = await httpServer((_request, response) => response.writeHead(status, headers).end('a page'));
    const cause = await failToDial(ws(`ws://127.0.0.1:${port}/hw`));
    assert.equal(
      [cause.kind, cause.kind === 'refused' && cause.by, cause.kind === 'refused' && cause.code],
      ['refused', 'http', String(status)],
    );
    assert.match(cause.kind === 'refused' ? cause.message : '', sentence);
    await close();
  });
}

dialing('is refused by HTTP when the server does not choose heartwire.1', async () => {
  for (const chosen of [false, 'other'] as const) {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => chosen });
    await once(server, 'listening');
    const cause = await failToDial(
      ws(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, { protocols: ['other'] }),
    );
    assert.is(cause.kind === 'refused' && cause.by, 'http');
    assert.is(cause.kind === 'refused' && cause.code, 'sub-protocol');
    server.close();
  }
});

dialing('is refused by HTTP when what answers does not speak it', async () => {
  for (const [answer, sentence] of [
    ['SSH-2.0-OpenSSH_9.9\r\n', /did not answer as a WebSocket server/],
    ['', /without an HTTP answer/],
  ] as const) {
    const { port, accepted, close } = await bareServer();
    const cause = failToDial(ws(`ws://127.0.0.1:${port}`));
    (await accepted).end(answer);
    const refused = await cause;
    assert.is(refused.kind === 'refused' && refused.by, 'http');
    assert.match(refused.kind === 'refused' ? refused.message : '', sentence);
    await close();
  }
});

dialing('is a reset when the connection is reset before the answer', async () => {
  const { port, accepted, close } = await bareServer();
  const cause = failToDial(ws(`ws://127.0.0.1:${port}`));
  const socket = await accepted;
  await once(socket, 'data');
  socket.resetAndDestroy();
  assert.is((await cause).kind, 'reset');
  await close();
});

dialing('is refused by TLS when the certificate is not trusted', async () => {
  const listening = await wsServer({ port: 0, tls: { key, cert } }).listen(() => new RecordingSink());
  const cause = await failToDial(ws(listening.address));
  assert.is(cause.kind === 'refused' && cause.by, 'tls');
  assert.is(cause.kind === 'refused' && cause.code, 'DEPTH_ZERO_SELF_SIGNED_CERT');
  await listening.close();
});

dialing('is refused by TLS when the server does not speak it', async () => {
  const listening = await wsServer({ port: 0, host: '127.0.0.1' }).listen(() => new RecordingSink());
  const cause = await failToDial(ws(listening.address.replace('ws:', 'wss:')));
  assert.is(cause.kind === 'refused' && cause.by, 'tls');
  await listening.close();
});

dialing('is destroyed when the signal is aborted while it dials', async () => {
  const { port, accepted, close } = await bareServer();
  const controller = new AbortController();
  const sink = new RecordingSink();
  ws(`ws://127.0.0.1:${port}`).dial(sink, controller.signal);
  const socket = await accepted;
  controller.abort();
  assert.equal(await sink.hasClosed(), { kind: 'destroyed' });
  assert.equal(sink.calls, ['closed']);
  assert.is(getEventListeners(controller.signal, 'abort').length, 0);
  if (!socket.closed) await once(socket, 'close');
  await close();
});

dialing('is destroyed without dialing when the signal is aborted already, or at once', async () => {
  assert.equal(await failToDial(ws('ws://127.0.0.1:1'), AbortSignal.abort()), { kind: 'destroyed' });
  const controller = new AbortController();
  const cause = failToDial(ws('ws://127.0.0.1:1'), controller.signal);
  controller.abort();
  assert.is((await cause).kind, 'destroyed');
});

dialing('takes no notice of the signal once the link is open', async () => {
  const listening = await wsServer({ port: 0, host: '127.0.0.1' }).listen(() => new RecordingSink());
  const controller = new AbortController();
  const sink = new RecordingSink();
  ws(listening.address).dial(sink, controller.signal);
  await sink.opened();
  assert.is(getEventListeners(controller.signal, 'abort').length, 0);
  controller.abort();
  await new Promise((done) => setImmediate(done));
  assert.equal(sink.calls, ['open']);
  sink.link.abort();
  await sink.hasClosed();
  await listening.close();
});

dialing('sends the headers and offers the sub-protocols that it was given', async () => {
  let seen: unknown[] = [];
  const { port, server, close } = await httpServer(() => {});
  server.on('upgrade', (request, socket) => {
    seen = [request.headers['x-ticket'], request.headers['sec-websocket-protocol']];
    socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n');
  });
  const cause = await failToDial(ws(`ws://127.0.0.1:${port}`, { headers: { 'x-ticket': '7' }, protocols: ['other'] }));
  assert.is(cause.kind === 'refused' && cause.code, '401');
  assert.equal(seen, ['7', 'heartwire.1,other']);
  await close();
});

dialing.run();

const functions = suite('ws() with a function for the URL');

functions('asks it for each attempt', async () => {
  let asked = 0;
  let target = '';
  const dialer = ws(async () => `${target}?attempt=${(asked += 1)}`);
  assert.equal([dialer.name, dialer.address], ['wss', 'an address that a function gives']);
  for (const attempt of [1, 2]) {
    const { close } = await linkSinks(wsServer({ port: 0, host: '127.0.0.1' }), (address) => {
      target = address;
      return dialer;
    });
    assert.is(asked, attempt);
    assert.equal([dialer.name, dialer.address], ['ws', target]);
    await close();
  }
});

functions('finds the host unreachable when it throws, rejects, or gives nonsense', async () => {
  for (const [give, code, sentence] of [
    [
      () => {
        throw new Error('no ticket');
      },
      'ERR_HW_OPTION',
      /no ticket/,
    ],
    [
      () => Promise.reject(Object.assign(new Error('no network'), { code: 'ENETUNREACH' })),
      'ENETUNREACH',
      /no network/,
    ],
    [() => 'nonsense', 'ERR_HW_OPTION', /'nonsense' is no WebSocket address/],
  ] as const) {
    const cause = await failToDial(ws(give));
    assert.is(cause.kind === 'unreachable' && cause.code, code);
    assert.match(cause.kind === 'unreachable' ? cause.message : '', sentence);
  }
});

functions('is destroyed when the signal is aborted before it answers, and dials nothing', async () => {
  const controller = new AbortController();
  let answer: (url: string) => void = () => {};
  const sink = new RecordingSink();
  ws(
    () =>
      new Promise<string>((give) => {
        answer = give;
      }),
  ).dial(sink, controller.signal);
  await Promise.resolve();
  controller.abort();
  assert.equal(await sink.hasClosed(), { kind: 'destroyed' });
  answer('ws://127.0.0.1:1');
  await new Promise((done) => setImmediate(done));
  sink.assertOrderly();
  assert.is(getEventListeners(controller.signal, 'abort').length, 0);
});

functions.run();

async function bareServer(): Promise<{ port: number; accepted: Promise<Socket>; close: () => Promise<void> }> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => {}).resume();
    sockets.push(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, 'connection').then(
    ([socket]) => socket as Socket,
    () => sockets[0] as Socket,
  );
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  };
  return { port: (server.address() as AddressInfo).port, accepted, close };
}

async function httpServer(listener: RequestListener): Promise<{
  port: number;
  server: ReturnType<typeof createHttpServer>;
  close: () => Promise<void>;
}> {
  const server = createHttpServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = async (): Promise<void> => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  return { port: (server.address() as AddressInfo).port, server, close };
}
