import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  ANSWER_MAX_MS,
  RoundTripTime,
  answerTimeoutMs,
} from '../../../../packages/core/src/connection/round-trip-time.ts';

const roundTrip = suite('round-trip time');

roundTrip('before the first sample it is RFC 6298’s initial value: one second', () => {
  const rtt = new RoundTripTime();
  assert.is(rtt.rto0Ms, 1000);
  assert.equal([rtt.latestMs, rtt.smoothedMs, rtt.variationMs, rtt.minMs], [null, null, null, null]);
  assert.is(rtt.sampledAtMs, -Infinity);
});

roundTrip('the first sample R: srtt = R, rttvar = R/2, RTO0 = 3 R (RFC 6298, 2.2)', () => {
  const rtt = new RoundTripTime();
  rtt.sample(200, 5);
  assert.equal([rtt.latestMs, rtt.smoothedMs, rtt.variationMs, rtt.minMs], [200, 200, 100, 200]);
  assert.is(rtt.rto0Ms, 600);
  assert.is(rtt.sampledAtMs, 5);
});

// Worked by hand: rttvar <- 3/4 rttvar + 1/4 |srtt - R|, then srtt <- 7/8 srtt + 1/8 R.
roundTrip('further samples are smoothed with α = 1/8 and β = 1/4, the variation first (RFC 6298, 2.3)', () => {
  const rtt = new RoundTripTime();
  for (const [sample, smoothed, variation] of [
    [100, 100, 50],
    [180, 110, 57.5],
    [100, 108.75, 45.625],
    [0, 95.156_25, 61.406_25],
  ] as const) {
    rtt.sample(sample, 0);
    assert.equal([rtt.smoothedMs, rtt.variationMs], [smoothed, variation]);
    assert.is(rtt.rto0Ms, Math.max(200, smoothed + 4 * variation));
  }
});

roundTrip('RTO0 is at least 200 ms, Linux’s TCP_RTO_MIN', () => {
  const rtt = new RoundTripTime();
  rtt.sample(66.6, 0);
  assert.is(rtt.rto0Ms, 200);
  const slower = new RoundTripTime();
  slower.sample(66.7, 0);
  assert.ok(slower.rto0Ms > 200);
});

roundTrip('the smallest and the latest are kept', () => {
  const rtt = new RoundTripTime();
  for (const [index, sample] of [30, 10, 20].entries()) rtt.sample(sample, index);
  assert.equal([rtt.minMs, rtt.latestMs, rtt.sampledAtMs], [10, 20, 2]);
});

roundTrip('a sample below zero, from a coarse clock, counts as zero', () => {
  const rtt = new RoundTripTime();
  rtt.sample(-0.4, 1);
  assert.equal([rtt.latestMs, rtt.smoothedMs, rtt.minMs], [0, 0, 0]);
});

roundTrip('an answer is waited for three times as long as a lost packet costs, between 0.5 and 3 s', () => {
  assert.equal([1, 166, 300, 1000, 5000].map(answerTimeoutMs), [500, 500, 900, 3000, ANSWER_MAX_MS]);
});

roundTrip.run();
