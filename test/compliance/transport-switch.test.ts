// One session that changes between TCP and WebSocket each time its connection is cut (promises P3, P19).
import { connect, serve } from '@heartwire/core';
import { tcp, tcpServer } from '@heartwire/transport-tcp';
import { ws, wsServer } from '@heartwire/transport-ws';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { withDeadline } from '../support/with-deadline.ts';
import { COMES_BACK, severable } from './severable.ts';

const DEADLINE_MS = 20_000;
const ROUNDS = 8;
const PER_ROUND = 20;
/** So much that a cut finds some of it under way. */
const TEXT = 'x'.repeat(60_000);

const change = suite('a session that changes its transport');

change('handles everything once and in order, over TCP and WebSocket in turn', async () => {
  const listeners = [tcpServer({ port: 0, host: '127.0.0.1' }), wsServer({ port: 0, host: '127.0.0.1' })];
  const heard: number[] = [];
  const used = new Set<string>();
  const server = await serve(listeners, {
    session(session) {
      session.handle('say', (data) => {
        heard.push((data as { number: number }).number);
        used.add(session.peer.transport);
        if (heard.length % PER_ROUND === PER_ROUND / 2) for (const line of lines) line.cut();
      });
    },
  });
  const [overTcp = '', overWs = ''] = server.addresses;
  const lines = [severable(tcp(overTcp)), severable(ws(overWs))];
  const client = connect(
    lines.map(({ dialer }) => dialer),
    COMES_BACK,
  );
  await withDeadline(DEADLINE_MS, client.ready, 'the first connection');
  const { id } = client;
  const numbers = Array.from({ length: ROUNDS * PER_ROUND }, (_, index) => index);
  for (let round = 0; round < ROUNDS; round += 1) {
    const some = numbers.slice(round * PER_ROUND, (round + 1) * PER_ROUND);
    const sent = Promise.all(some.map((number) => client.send('say', { number, text: TEXT })));
    await withDeadline(DEADLINE_MS, sent, () => `everything is handled; ${heard.length} are`);
  }
  assert.equal(heard, numbers);
  assert.equal([client.id, server.sessions.size, used.size], [id, 1, 2]);
  const [made = 0, madeToo = 0] = lines.map((line) => line.made);
  assert.ok(made > 1 && madeToo > 1, `${made} over TCP, ${madeToo} over WebSocket`);
  await withDeadline(DEADLINE_MS, client.close(), 'the goodbye');
  await withDeadline(DEADLINE_MS, server.close(), 'the end of the server');
});
change.run();
