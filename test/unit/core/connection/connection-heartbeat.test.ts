// Two connections in virtual time: PING and PONG, the round trip, frames that do not end, and what silence leads to.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { EndedEvent } from '../../../../packages/core/src/connection/connection-event.ts';
import { Connection } from '../../../../packages/core/src/connection/connection.ts';
import {
  HEARTBEAT_PRESETS,
  type Heartbeat,
  type HeartbeatPreset,
} from '../../../../packages/core/src/connection/heartbeat-preset.ts';
import { FrameType } from '../../../../packages/core/src/wire/frame-type.ts';
import { connectionOptions, ConnectionPair, type ConnectionEnd } from '../../../support/connection-pair.ts';
import { bytesOf } from '../../../support/hex.ts';
import { namesOf, sentFrames } from '../../../support/sent-frames.ts';

const NEVER: Heartbeat = { ...HEARTBEAT_PRESETS.default, intervalMs: Infinity };
const pinging = suite('PING and PONG');

pinging('a PING is answered with its nonce, and measures the way there and back', () => {
  const pair = ConnectionPair.open({ latencyMs: 30 });
  const nonce = pair.client.connection.ping(pair.nowMs);
  pair.advance(60);
  const pong = lastEvent(pair.client);
  assert.equal(pong, { type: 'pong', nonce, rttMs: 60 });
});

pinging('both sides know the round trip as soon as the handshake is over', () => {
  const pair = ConnectionPair.open({ latencyMs: 30 });
  assert.is(pair.client.connection.roundTrip.smoothedMs, 60);
  assert.is(pair.server.connection.roundTrip.smoothedMs, 60);
});

pinging('the time in which the peer could not write is not part of the round trip', () => {
  const pair = ConnectionPair.open({ heartbeat: NEVER });
  const { connection: server } = pair.server;
  const nonce = pair.client.connection.ping(0);
  server.receiveBytes(pair.client.connection.takeOutgoing(0)!, 10);
  server.writeControl(510);
  pair.client.connection.receiveBytes(server.takeOutgoing(510)!, 520);
  assert.equal(pair.client.connection.takeEvents(), [{ type: 'pong', nonce, rttMs: 20 }]);
});

pinging('a flood of PINGs gets one PONG, for the last of them', () => {
  const pair = ConnectionPair.open();
  const sentBefore = pair.server.sent.length;
  pair.inject(
    'server',
    bytesOf(Array.from({ length: 1000 }, (_, index) => `02 20 ${(index % 64).toString(16).padStart(2, '0')}`).join('')),
  );
  const answer = sentFrames(pair.server.sent.slice(sentBefore).map(({ bytes }) => bytes));
  assert.equal(answer, [{ type: FrameType.PONG, ack: null, nonce: 999 % 64, holdTicks: 0 }]);
});

pinging('a peer that promises next to nothing is asked no more often than one that promises our own floor', () => {
  const hasty = { promiseMs: 1, wantMs: 1, floorMs: 1 };
  const pair = ConnectionPair.open({ client: hasty, clientHeartbeat: NEVER });
  const sentBefore = pair.server.sent.length;
  pair.silence('client');
  for (let second = 0; second < 10; second += 1) {
    // Every byte is a sign of life, so it is never found dead.
    pair.inject('server', bytesOf('03 28 3f 00'));
    pair.advance(1000);
  }
  const asks = pair.server.events.filter(({ event }) => event.type === 'ask-endpoint').length;
  assert.ok(pair.server.sent.length - sentBefore <= 13, `${pair.server.sent.length - sentBefore} PINGs`);
  assert.is(asks, 0);
  assert.is(pair.server.connection.state, 'open');
});

pinging('every PING is told to the session, which acknowledges then; so is an ack block that rode on it', () => {
  const pair = ConnectionPair.open();
  pair.inject('server', bytesOf('06 21 0000 00 00 05 07 29 0000 00 00 05 00'));
  const ack = { received: 0, unsettled: 0, delayTicks: 0 };
  assert.equal(
    pair.server.events.slice(-3).map(({ event }) => event),
    [{ type: 'ack-block', ack }, { type: 'pinged' }, { type: 'ack-block', ack }],
  );
});

pinging('a PONG that nobody asked for is nothing', () => {
  const pair = ConnectionPair.open();
  const eventsBefore = pair.client.events.length;
  pair.inject('client', bytesOf('03 28 3f 00'));
  assert.is(pair.client.events.length, eventsBefore);
  assert.is(pair.client.connection.state, 'open');
});

pinging(
  'an idle connection beats between 0.8 and 0.9 of the interval, on both sides, and nobody is ever suspect',
  () => {
    for (const heartbeat of Object.values(HEARTBEAT_PRESETS)) {
      const pair = ConnectionPair.open({ heartbeat, latencyMs: 1 });
      pair.advance(100 * heartbeat.intervalMs);
      for (const end of [pair.client, pair.server]) {
        const gaps = end.sent.slice(3).map(({ atMs }, index) => atMs - end.sent[index + 2]!.atMs);
        assert.ok(Math.max(...gaps) < 0.9 * heartbeat.intervalMs + 1);
        assert.not(livenessOf(end).some(([, status]) => status !== 'alive'));
        assert.is(end.connection.state, 'open');
      }
    }
  },
);

pinging('what is sent otherwise keeps the promise: a busy side pings only to know the round trip', () => {
  const pair = ConnectionPair.open({ heartbeat: HEARTBEAT_PRESETS.lan });
  for (let nowMs = 0; nowMs < 20_000; nowMs += 100) {
    pair.client.connection.writer.goodbyeAck(0);
    pair.client.connection.takeOutgoing(pair.nowMs);
    pair.server.connection.receiveBytes(bytesOf('02 20 00'), pair.nowMs);
    pair.advance(100);
  }
  const pings = namesOf(sentFrames(pair.client.sent.map(({ bytes }) => bytes))).filter((name) => name === 'PING');
  // Every four intervals, of one second each, and the one after WELCOME.
  assert.is(pings.length, 1 + 20 / 4);
});

pinging('each side keeps the interval that was agreed on, not its own', () => {
  const pair = ConnectionPair.open({ heartbeat: HEARTBEAT_PRESETS.default, clientHeartbeat: HEARTBEAT_PRESETS.game });
  pair.advance(60_000);
  // The client wants 2 s of the server, and promises 2 s; the server wants 15 s and promises 15 s.
  const [client, server] = [pair.client, pair.server].map(({ sent }) => sent.length);
  assert.ok(client! >= 30 && server! >= 30, `${client} and ${server}`);
});

pinging.run();

const frames = suite('frames that do not end');

frames('a frame whose bytes trickle in ends the connection when its time is over, counted from its first byte', () => {
  const pair = ConnectionPair.open({ heartbeat: NEVER, frameMs: 30_000 });
  pair.inject('server', bytesOf('43e8 38'));
  for (let second = 0; second < 29; second += 1) {
    pair.advance(1000);
    pair.inject('server', bytesOf('00'));
  }
  pair.advance(999);
  assert.is(pair.server.connection.state, 'open');
  pair.advance(1);
  const { cause } = endOf(pair.server);
  assert.equal(cause.kind === 'protocol' && [cause.error.code, cause.error.by], ['ERR_HW_TIMEOUT', 'remote']);
  assert.equal(namesOf(sentFrames(pair.server.sent.map(({ bytes }) => bytes))).slice(-1), ['ERROR']);
});

frames('a length alone is a frame that has begun', () => {
  const pair = ConnectionPair.open({ heartbeat: NEVER, frameMs: 5000 });
  pair.inject('server', bytesOf('80'));
  pair.advance(5000);
  assert.is(pair.server.connection.state, 'closed');
});

frames('a busy stream whose chunks all end inside of a frame goes on for ever', () => {
  const pair = ConnectionPair.open({ heartbeat: NEVER, frameMs: 30_000 });
  pair.inject('server', bytesOf('03 c8'));
  for (let second = 0; second < 300; second += 1) {
    pair.advance(1000);
    pair.inject('server', bytesOf('ff ff 03 c8'));
  }
  assert.is(pair.server.connection.state, 'open');
  pair.advance(29_999);
  assert.is(pair.server.connection.state, 'open');
  pair.advance(1);
  assert.is(pair.server.connection.state, 'closed', 'but not the last one of them');
});

frames('a frame that is completed in time is forgotten', () => {
  const pair = ConnectionPair.open({ heartbeat: NEVER, frameMs: 5000 });
  pair.inject('server', bytesOf('03 c8 ff'));
  pair.advance(4999);
  pair.inject('server', bytesOf('ff'));
  pair.advance(60_000);
  assert.is(pair.server.connection.state, 'open');
  assert.is(pair.server.connection.nextDeadlineMs, Infinity);
});

frames('a frame that is begun after another one was completed has its own time', () => {
  const pair = ConnectionPair.open({ heartbeat: NEVER, frameMs: 5000 });
  pair.inject('server', bytesOf('03 c8 ff'));
  pair.advance(4000);
  pair.inject('server', bytesOf('ff'));
  pair.advance(4000);
  pair.inject('server', bytesOf('03 c8'));
  pair.advance(4999);
  assert.is(pair.server.connection.state, 'open');
  pair.advance(1);
  assert.is(pair.server.connection.state, 'closed');
});

frames('bytes of a frame that is not complete are signs of life', () => {
  const pair = ConnectionPair.open({ heartbeat: HEARTBEAT_PRESETS.lan, frameMs: 30_000 });
  pair.silence('client');
  pair.inject('server', bytesOf('43e8 c8'));
  for (let turn = 0; turn < 20; turn += 1) {
    pair.advance(1000);
    pair.inject('server', bytesOf('00'));
  }
  assert.equal(
    livenessOf(pair.server).filter(([, status]) => status !== 'alive'),
    [],
  );
});

frames.run();

const silence = suite('silence');

/**
 * Worked by hand from PROTOCOL.md, section 11. The client has two samples: HELLO to WELCOME and PING to PONG, both of R ms, so srtt = R, rttvar = 3/8 R,
 * RTO0 = 2.5 R; the server has one, WELCOME to PING: srtt = R, rttvar = R/2, RTO0 = 3 R. Both at least 200 ms.
 */
const BOUNDS: readonly (readonly [HeartbeatPreset, number, 'client' | 'server', number, number])[] = [
  ['default', 0, 'client', 18_000, 30_000],
  ['default', 0, 'server', 18_000, 30_000],
  // R = 100: RTO0 250: 15·250 = 3750; 63·250 + 100 + 1000 = 16850.
  ['default', 50, 'client', 18_750, 31_850],
  // RTO0 300: 15·300 = 4500; 63·300 + 1100 = 20000.
  ['default', 50, 'server', 19_500, 35_000],
  // R = 400: RTO0 1000 and 1200, both margins at their largest.
  ['default', 200, 'client', 20_000, 45_000],
  ['default', 200, 'server', 20_000, 45_000],
  ['game', 0, 'client', 3400, 9000],
  ['game', 0, 'server', 3400, 9000],
  // RTO0 250: 7·250 = 1750; 31·250 + 100 = 7850.
  ['game', 50, 'client', 3750, 9850],
  // RTO0 300: 7·300 = 2100, at most 2000; 31·300 + 100 = 9400.
  ['game', 50, 'server', 4000, 11_400],
  ['lan', 0, 'client', 2000, 4500],
  ['lan', 50, 'server', 2000, 4500],
  ['mobile', 0, 'server', 30_000, 55_000],
  ['mobile', 200, 'client', 30_000, 55_000],
];

for (const [preset, latencyMs, role, suspectMs, deadMs] of BOUNDS) {
  const other = role === 'client' ? 'server' : 'client';
  silence(
    `${preset}, ${2 * latencyMs} ms there and back: the ${other} is suspect beyond ${suspectMs} ms, dead beyond ${deadMs} ms`,
    () => {
      const pair = ConnectionPair.open({ heartbeat: HEARTBEAT_PRESETS[preset], latencyMs });
      // The last byte from the other side: the client hears its PONG last, the server the client's PING.
      const heardAtMs = (role === 'client' ? 4 : 3) * latencyMs;
      pair.silence(other);
      pair.advance(heardAtMs + suspectMs - pair.nowMs);
      const judging = pair.end(role);
      assert.is(judging.connection.livenessStatus, 'alive', 'the bound itself is still allowed');
      pair.advance(1);
      assert.is(judging.connection.livenessStatus, 'suspect');
      pair.advance(heardAtMs + deadMs - pair.nowMs);
      assert.is(judging.connection.livenessStatus, 'suspect');
      pair.advance(1);
      assert.equal(livenessOf(judging).slice(-2), [
        [heardAtMs + suspectMs + 1, 'suspect'],
        [heardAtMs + deadMs + 1, 'dead'],
      ]);
      const { cause, hard } = endOf(judging);
      assert.equal(
        [cause, hard],
        [{ kind: 'timeout', of: 'heartbeat', silentFor: deadMs + 1, evidence: { loopLag: 0 } }, true],
      );
      assert.equal(
        namesOf(sentFrames(judging.sent.map(({ bytes }) => bytes))).includes('ERROR'),
        false,
        'nobody would read it',
      );
    },
  );
}

silence('a peer that is heard again is alive at once, and its next silence is judged anew', () => {
  const pair = ConnectionPair.open({ heartbeat: HEARTBEAT_PRESETS.lan });
  pair.silence('server');
  pair.advance(3000);
  pair.unsilence('server');
  pair.inject('client', bytesOf('02 20 00'));
  pair.silence('server');
  pair.advance(10_000);
  assert.equal(livenessOf(pair.client), [
    [2001, 'suspect'],
    [3000, 'alive'],
    [5001, 'suspect'],
    [7501, 'dead'],
  ]);
});

silence('suspicion rises with the silence, and is gone with it', () => {
  const pair = ConnectionPair.open({ heartbeat: HEARTBEAT_PRESETS.lan });
  pair.silence('server');
  const { connection } = pair.client;
  assert.equal(
    [1000, 1200, 1600, 2400].map((ms) => connection.suspicion(ms)),
    [0, 2, 3, 4],
  );
  pair.inject('client', bytesOf('02 20 00'));
  assert.is(connection.suspicion(1000), 0);
});

silence('our own stall is taken off: nobody is blamed for the time in which we did not listen', () => {
  const pair = ConnectionPair.open({ heartbeat: HEARTBEAT_PRESETS.lan });
  pair.silence('server');
  pair.advance(100);
  pair.stall('client', 60_000);
  pair.advance(60_000);
  assert.equal([pair.client.connection.livenessStatus, pair.client.connection.stalledMs], ['alive', 60_000]);
  pair.advance(60_000);
  assert.equal(livenessOf(pair.client), [
    [62_001, 'suspect'],
    [64_501, 'dead'],
  ]);
  const ended = pair.client.events.map(({ event }) => event).find(({ type }) => type === 'ended');
  assert.equal(ended?.type === 'ended' && ended.cause, {
    kind: 'timeout',
    of: 'heartbeat',
    silentFor: 4501,
    evidence: { loopLag: 60_000 },
  });
});

silence('a stall of ours takes nothing off the time that the peer has for a handshake or a frame', () => {
  const pair = new ConnectionPair({ handshakeMs: 10_000 });
  pair.connect();
  pair.silence('server');
  pair.stall('client', 60_000);
  pair.advance(60_000 + 9_999);
  assert.is(pair.client.connection.state, 'awaiting-welcome');
  pair.advance(2);
  assert.is(pair.client.connection.state, 'closed');
});

silence('a round trip that a stall of ours lies in is not measured', () => {
  const pair = ConnectionPair.open({ heartbeat: HEARTBEAT_PRESETS.lan });
  const { roundTrip } = pair.client.connection;
  pair.client.connection.ping(pair.nowMs);
  pair.stall('client', 3_000);
  pair.advance(13_000);
  assert.ok(roundTrip.smoothedMs! < 1, `${roundTrip.smoothedMs}`);
});

// Both took the time in which they themselves stood still for the way, and waited with every verdict accordingly.
for (const role of ['client', 'server'] as const) {
  silence(`a handshake that a stall of the ${role} lies in does not measure the round trip`, () => {
    const pair = new ConnectionPair({ latencyMs: 10, heartbeat: HEARTBEAT_PRESETS.game });
    pair.connect();
    pair.advance(role === 'client' ? 5 : 15);
    pair.stall(role, 8000);
    pair.advance(20_000);
    const { sampleCount, minMs, smoothedMs } = pair.end(role).connection.roundTrip;
    assert.ok(sampleCount > 0);
    assert.ok(minMs! >= 20 && smoothedMs! < 30, `${smoothedMs}`);
  });
}

silence('after a stall what had arrived meanwhile counts first, and the bounds hold again', () => {
  const pair = ConnectionPair.open({ heartbeat: HEARTBEAT_PRESETS.lan });
  pair.advance(100);
  pair.stall('client', 10_000);
  pair.advance(9000);
  pair.silence('server');
  pair.advance(1000);
  assert.equal([pair.client.connection.livenessStatus, pair.nowMs], ['alive', 10_100]);
  pair.advance(20_000);
  // The server was heard when the stall was over: nothing is to be taken off the silence since then.
  assert.equal(livenessOf(pair.client), [
    [10_100 + 2001, 'suspect'],
    [10_100 + 4501, 'dead'],
  ]);
});

silence('without a heartbeat nobody is ever judged', () => {
  const pair = ConnectionPair.open({ heartbeat: NEVER });
  pair.silence('client');
  pair.silence('server');
  pair.advance(10_000_000);
  assert.equal([pair.client.connection.state, pair.server.connection.state], ['open', 'open']);
  assert.is(pair.client.connection.nextDeadlineMs, Infinity);
});

silence('a side that does not judge still beats for the one that does', () => {
  const pair = ConnectionPair.open({ heartbeat: HEARTBEAT_PRESETS.lan, clientHeartbeat: NEVER });
  pair.advance(60_000);
  assert.equal(
    [pair.server.connection.state, livenessOf(pair.server).some(([, status]) => status !== 'alive')],
    ['open', false],
  );
  assert.ok(pair.client.sent.length > 60);
});

silence('a server that has not decided yet judges nobody', () => {
  const server = new Connection(connectionOptions('server'), 0);
  server.receiveBytes(bytesOf('f848570a01 02 00 80'), 0);
  assert.is(server.nextDeadlineMs, 10_000, 'the handshake’s');
  assert.equal([server.livenessStatus, server.suspicion(1e6), server.roundTrip.smoothedMs], ['alive', 0, null]);
});

silence.run();

function lastEvent(end: ConnectionEnd): unknown {
  return end.events[end.events.length - 1]?.event;
}

/** When the verdict on the other side was said, and what it was. The first one of a server tells that the round trip is known. */
function livenessOf(end: ConnectionEnd): [number, string][] {
  const verdicts = end.events.flatMap(({ atMs, event }): [number, string][] =>
    event.type === 'liveness' ? [[atMs, event.status]] : [],
  );
  return verdicts.filter(([, status], index) => status !== (verdicts[index - 1]?.[1] ?? 'alive'));
}

function endOf(end: ConnectionEnd): EndedEvent {
  const ends = end.events.map(({ event }) => event).filter((event) => event.type === 'ended');
  assert.is(ends.length, 1);
  return ends[0]!;
}
