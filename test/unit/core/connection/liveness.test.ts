import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HEARTBEAT_PRESETS, type HeartbeatPreset } from '../../../../packages/core/src/connection/heartbeat-preset.ts';
import { Liveness } from '../../../../packages/core/src/connection/liveness.ts';
import { RoundTripTime } from '../../../../packages/core/src/connection/round-trip-time.ts';

const HEARD_AT_MS = 1_000_000;

/** Round trips, and the silence after which each preset says suspect and dead: PROTOCOL.md, section 11, worked by hand. */
const BOUNDS: readonly (readonly [HeartbeatPreset, string, number | null, number, number])[] = [
  // RTO0 200 ms: 15·200 = 3000; 63·200 + 1 + 1000 = 13601, at least 15000.
  ['default', 'a round trip of 1 ms', 1, 18_000, 30_000],
  // RTO0 3·100 = 300: 15·300 = 4500; 63·300 + 100 + 1000 = 20000.
  ['default', 'a round trip of 100 ms', 100, 19_500, 35_000],
  // RTO0 3·150 = 450: 15·450 = 6750, at most 5000; 63·450 + 150 + 1000 = 29500.
  ['default', 'a round trip of 150 ms', 150, 20_000, 44_500],
  ['default', 'a round trip of 2 s', 2000, 20_000, 45_000],
  // RTO0 1000 ms: both at their ceilings.
  ['default', 'no sample yet', null, 20_000, 45_000],
  // 7·200 = 1400; 31·200 + 1 = 6201, at least 7000.
  ['game', 'a round trip of 1 ms', 1, 3400, 9000],
  // RTO0 300: 7·300 = 2100, at most 2000; 31·300 + 100 = 9400.
  ['game', 'a round trip of 100 ms', 100, 4000, 11_400],
  ['game', 'a round trip of 2 s', 2000, 4000, 14_000],
  ['game', 'no sample yet', null, 4000, 14_000],
  ['lan', 'a round trip of 1 ms', 1, 2000, 4500],
  ['lan', 'a round trip of 2 s', 2000, 2000, 4500],
  ['mobile', 'a round trip of 1 ms', 1, 30_000, 55_000],
  ['mobile', 'a round trip of 2 s', 2000, 30_000, 55_000],
];

const bounds = suite('the bounds of silence');

for (const [preset, situation, rttMs, suspectMs, deadMs] of BOUNDS) {
  bounds(`${preset}, ${situation}: suspect beyond ${suspectMs} ms, dead beyond ${deadMs} ms`, () => {
    const liveness = make(preset, rttMs);
    const at = (silenceMs: number): string => liveness.status(HEARD_AT_MS + silenceMs);
    assert.is(at(0), 'alive');
    assert.is(at(suspectMs), 'alive', 'the bound itself is still allowed');
    assert.is(at(suspectMs + 0.001), 'suspect');
    assert.is(at(deadMs), 'suspect');
    assert.is(at(deadMs + 0.001), 'dead');
    assert.is(liveness.nextMs(HEARD_AT_MS), HEARD_AT_MS + suspectMs + 1);
    assert.is(liveness.nextMs(HEARD_AT_MS + suspectMs + 1), HEARD_AT_MS + deadMs + 1);
    assert.is(liveness.nextMs(HEARD_AT_MS + deadMs + 1), Infinity);
  });
}

bounds.run();

const liveness = suite('liveness');

liveness('whatever arrives makes the peer alive at once', () => {
  const judged = make('lan', 1);
  assert.is(judged.status(HEARD_AT_MS + 4000), 'suspect');
  judged.heard(HEARD_AT_MS + 4000);
  assert.is(judged.silenceMs(HEARD_AT_MS + 4000), 0);
  assert.is(judged.status(HEARD_AT_MS + 6000), 'alive');
  assert.is(judged.status(HEARD_AT_MS + 6001), 'suspect');
});

liveness('the interval is the one that was agreed on, not the preset’s', () => {
  const judged = new Liveness(HEARTBEAT_PRESETS.lan, 60_000, new RoundTripTime(), 0);
  assert.is(judged.status(61_000), 'alive');
  assert.is(judged.status(61_001), 'suspect');
  assert.is(judged.status(63_501), 'dead');
});

liveness('time in which we stood still is no silence', () => {
  const judged = make('lan', 1);
  judged.discount(10_000, HEARD_AT_MS + 10_500);
  assert.is(judged.silenceMs(HEARD_AT_MS + 10_500), 500);
  assert.is(judged.status(HEARD_AT_MS + 12_000), 'alive');
  assert.is(judged.status(HEARD_AT_MS + 12_001), 'suspect');
  assert.is(judged.nextMs(HEARD_AT_MS + 10_500), HEARD_AT_MS + 12_001);
  assert.is(judged.status(HEARD_AT_MS + 14_501), 'dead');
});

liveness('stalls add up until something arrives, and are forgotten then', () => {
  const judged = make('lan', 1);
  judged.discount(1000, HEARD_AT_MS + 1500);
  judged.discount(2000, HEARD_AT_MS + 4000);
  assert.is(judged.silenceMs(HEARD_AT_MS + 4000), 1000);
  judged.heard(HEARD_AT_MS + 5000);
  assert.is(judged.silenceMs(HEARD_AT_MS + 6000), 1000);
});

// A timer that came late took its whole delay off the silence, even when the peer had been heard after most of it.
liveness('a stall from before the last byte is not taken off the silence after it', () => {
  const judged = make('lan', 1);
  judged.heard(HEARD_AT_MS + 8000);
  judged.discount(7000, HEARD_AT_MS + 8100);
  assert.is(judged.silenceMs(HEARD_AT_MS + 8100), 0);
  assert.is(judged.status(HEARD_AT_MS + 8100 + 2001), 'suspect');
});

liveness('silence is never negative', () => {
  const judged = make('lan', 1);
  judged.discount(5000, HEARD_AT_MS);
  assert.is(judged.silenceMs(HEARD_AT_MS), 0);
  assert.is(judged.silenceMs(HEARD_AT_MS - 10), 0);
});

liveness('suspicion is 0 while the promise is kept', () => {
  const judged = make('default', 1);
  assert.is(judged.suspicion(HEARD_AT_MS + 15_000), 0);
  assert.ok(judged.suspicion(HEARD_AT_MS + 15_001) > 1);
});

liveness('suspicion counts the lost transmissions of TCP: RTO0 · (2^k − 1) beyond the promise is k + 1', () => {
  const judged = make('default', 1);
  for (let losses = 1; losses <= 8; losses += 1) {
    const silenceMs = 15_000 + 200 * (2 ** losses - 1);
    assert.is(judged.suspicion(HEARD_AT_MS + silenceMs), losses + 1);
  }
});

liveness('a larger round trip makes the same silence less suspicious', () => {
  const [near, far] = [make('default', 1), make('default', 500)];
  assert.ok(far.suspicion(HEARD_AT_MS + 17_000) < near.suspicion(HEARD_AT_MS + 17_000));
});

liveness('a round trip that is measured later counts from then on', () => {
  const roundTrip = new RoundTripTime();
  const judged = new Liveness(HEARTBEAT_PRESETS.default, 15_000, roundTrip, 0);
  assert.is(judged.status(19_000), 'alive');
  roundTrip.sample(1, 0);
  assert.is(judged.status(19_000), 'suspect');
});

liveness.run();

function make(preset: HeartbeatPreset, rttMs: number | null): Liveness {
  const roundTrip = new RoundTripTime();
  if (rttMs !== null) roundTrip.sample(rttMs, HEARD_AT_MS);
  const heartbeat = HEARTBEAT_PRESETS[preset];
  return new Liveness(heartbeat, heartbeat.intervalMs, roundTrip, HEARD_AT_MS);
}
