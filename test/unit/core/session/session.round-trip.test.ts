// What traffic says of the way to the peer and back.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HEARTBEAT_PRESETS } from '../../../../packages/core/src/connection/heartbeat-preset.ts';
import { namesOf, sentFrames } from '../../../support/sent-frames.ts';
import { SessionPair, type SessionEnd } from '../../../support/session-pair.ts';

const LATENCY_MS = 60;
const { game } = HEARTBEAT_PRESETS;

function pingsOf(end: SessionEnd, from: number): number {
  return namesOf(sentFrames(end.writes.slice(from))).filter((name) => name === 'PING').length;
}

/** Sends something every `everyMs` milliseconds for so long. */
function chat(pair: SessionPair, everyMs: number, forMs: number): void {
  for (let sentMs = 0; sentMs < forMs; sentMs += everyMs) {
    pair.client.send(`at ${pair.nowMs}`);
    pair.advance(everyMs);
  }
}

const roundTrip = suite('the round trip of traffic');

roundTrip('is what PINGs would have measured, less what the peer held', () => {
  const pair = SessionPair.open({ latencyMs: LATENCY_MS });
  // Nothing settles, so acknowledgements are held for 25 ms.
  pair.server.onMessage = () => null;
  const { roundTrip: measured } = pair.client.connection;
  const before = measured.sampleCount;
  chat(pair, 200, 2000);
  assert.ok(measured.sampleCount >= before + 8, `${measured.sampleCount - before} samples`);
  assert.equal([measured.latestMs, measured.minMs], [2 * LATENCY_MS, 2 * LATENCY_MS]);
});

roundTrip('makes PINGs needless on a busy connection, also when messages follow each other faster than it', () => {
  const heartbeat = { heartbeat: game, announcement: { promiseMs: game.intervalMs, wantMs: game.intervalMs } };
  const pair = SessionPair.open({ latencyMs: LATENCY_MS, client: heartbeat, server: heartbeat });
  const written = pair.client.writes.length;
  const before = pair.client.connection.roundTrip.sampleCount;
  chat(pair, 20, 60_000);
  assert.is(pingsOf(pair.client, written), 0);
  const samples = pair.client.connection.roundTrip.sampleCount - before;
  assert.ok(samples > 300 && samples <= 500, `${samples} samples, about one for each round trip`);
});

roundTrip('is measured anew by what is sent again over another connection', () => {
  const pair = SessionPair.open({ latencyMs: LATENCY_MS, windowMs: 60_000 });
  pair.client.send('first');
  pair.settle();
  pair.cut();
  pair.advance(5000);
  pair.reconnect();
  pair.advance(1000);
  assert.ok(pair.client.steps.includes('first handled'));
  const { latestMs, smoothedMs, sampleCount } = pair.client.connection.roundTrip;
  // HELLO to WELCOME, the first PING, and the message.
  assert.equal([latestMs, smoothedMs, sampleCount], [2 * LATENCY_MS, 2 * LATENCY_MS, 3]);
});

roundTrip('says nothing when a stall of ours lies in it', () => {
  const pair = SessionPair.open({ latencyMs: LATENCY_MS });
  const { connection } = pair.client;
  const before = connection.roundTrip.sampleCount;
  pair.client.send('one');
  pair.settle();
  connection.stalled(10, pair.nowMs + 10);
  pair.advance(1000);
  assert.ok(pair.client.steps.includes('one handled'));
  assert.is(connection.roundTrip.sampleCount, before);
});

roundTrip.run();
