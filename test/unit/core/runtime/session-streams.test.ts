import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SessionStreams } from '../../../../packages/core/src/runtime/session-streams.ts';
import { testClock } from '../../../../packages/core/src/testing/test-clock.ts';
import { ConnectionPair } from '../../../support/connection-pair.ts';

const streams = suite('the streams of a session');

streams('begin before anything is known', () => {
  const { state, connection, liveness, lastHeardAt } = new SessionStreams(testClock());
  assert.equal(state.value, { status: 'connecting', attempt: 1 });
  assert.equal(connection.value, { phase: 'idle' });
  assert.is(lastHeardAt, null);
  const nothing = {
    rtt: null,
    srtt: null,
    rttvar: null,
    minRtt: null,
    lastHeardAt: null,
    suspicion: 0,
    loopLag: 0,
    backlogged: false,
  };
  assert.equal(liveness.stream.value, { status: 'unknown', ...nothing });
});

streams('tell the time of the last byte as wall-clock time', () => {
  const clock = testClock(500);
  const streamsOf = new SessionStreams(clock);
  streamsOf.heardAtMs = 700;
  assert.is(streamsOf.lastHeardAt, Date.UTC(2020, 0, 1) + 700);
});

streams('tell what a connection knows of its peer', () => {
  const pair = ConnectionPair.open({ latencyMs: 10 });
  pair.advance(100);
  const streamsOf = new SessionStreams(testClock(pair.nowMs));
  streamsOf.heardAtMs = 40;
  streamsOf.updateLiveness(pair.client.connection);
  const { roundTrip } = pair.client.connection;
  assert.ok(roundTrip.latestMs !== null);
  assert.equal(streamsOf.liveness.stream.value, {
    status: 'alive',
    rtt: roundTrip.latestMs,
    srtt: roundTrip.smoothedMs,
    rttvar: roundTrip.variationMs,
    minRtt: roundTrip.minMs,
    lastHeardAt: Date.UTC(2020, 0, 1) + 40,
    suspicion: 0,
    loopLag: 0,
    backlogged: false,
  });
});

streams('hold no silence against a peer whose connection is gone', () => {
  const pair = ConnectionPair.open({ latencyMs: 10 });
  pair.advance(100);
  const clock = testClock(pair.nowMs);
  const streamsOf = new SessionStreams(clock);
  streamsOf.updateLiveness(pair.client.connection);
  clock.stall(20_000);
  const { suspicion } = streamsOf.liveness.stream.value;
  assert.ok(suspicion > 0);
  streamsOf.freezeLiveness();
  clock.stall(20_000);
  assert.is(streamsOf.liveness.stream.value.suspicion, suspicion);
});

streams('complete together', () => {
  const streamsOf = new SessionStreams(testClock());
  let completed = 0;
  const complete = (): void => void (completed += 1);
  streamsOf.state.stream.subscribe({ complete });
  streamsOf.connection.stream.subscribe({ complete });
  streamsOf.liveness.stream.subscribe({ complete });
  streamsOf.events.subscribe({ complete });
  streamsOf.complete();
  assert.is(completed, 4);
});
streams.run();
