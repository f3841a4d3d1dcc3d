// The page server cuts the connection of a page that asks for it, and nobody else's.
import { once } from 'node:events';
import { connect as connectSocket } from 'node:net';
import { connect, serve } from '@heartwire/core';
import { ws, wsServer } from '@heartwire/transport-ws';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startPageServer, WEB_SOCKET_PATH } from '../../examples/chat/server/page-server.ts';
import { withDeadline } from '../support/with-deadline.ts';

const DEADLINE_MS = 10_000;

const cutting = suite('cutting a page off');

cutting('resets the connection of that name alone, and the session comes back', async () => {
  const page = await startPageServer(new Map(), 'localhost', 0);
  const server = await serve(wsServer({ server: page.http, path: WEB_SOCKET_PATH }));
  const [address = ''] = server.addresses;
  const names = ['a'.repeat(32), 'b'.repeat(32)];
  // The cut takes some seconds; with pauses that go on growing, the session may come back as long after it again.
  const reconnect = { max: 250 };
  const [one, other] = names.map((name) => connect(ws(`${address}?link=${name}`), { reconnect }));
  await Promise.all([one!.ready, other!.ready]);
  const states: string[] = [];
  other!.state$.subscribe(({ status }) => states.push(status));
  const lost = new Promise<string>((resolve) => {
    one!.state$.subscribe((state) => state.status === 'suspended' && resolve(state.cause.kind));
  });
  const back = new Promise<void>((resolve) => {
    one!.events$.subscribe(({ type }) => type === 'resumed' && resolve());
  });
  const cut = (name: string): Promise<Response> => fetch(`${page.address}cut?link=${name}`, { method: 'POST' });
  assert.is((await cut(names[0]!)).status, 204);
  assert.is(await withDeadline(DEADLINE_MS, lost, 'the loss'), 'reset');
  // There is nothing to cut now, and there never was anything of the third name.
  assert.is((await cut(names[0]!)).status, 404);
  assert.is((await cut('c'.repeat(32))).status, 404);
  assert.is((await fetch(`${page.address}cut?link=${names[1]}`)).status, 404);
  await withDeadline(DEADLINE_MS, back, 'the session to come back');
  assert.equal(states, ['open']);
  await server.close();
  await page.close();
});

cutting('leaves nobody without an answer who asks for a WebSocket elsewhere', async () => {
  const page = await startPageServer(new Map(), 'localhost', 0);
  for (const path of ['/', '//', '/hw2?link=x', '/%zz']) {
    const socket = connectSocket(Number(new URL(page.address).port), 'localhost').setEncoding('utf8');
    let answer = '';
    socket.on('data', (text: string) => (answer += text));
    socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`);
    await withDeadline(DEADLINE_MS, once(socket, 'close'), path);
    assert.match(answer, /^HTTP\/1\.1 404 /, path);
  }
  await page.close();
});
cutting.run();
