import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HEARTBEAT_PRESETS } from '../../../../packages/core/src/connection/heartbeat-preset.ts';
import { HeartwireError } from '../../../../packages/core/src/errors/heartwire-error.ts';
import { resolveHeartbeat, type HeartbeatOptions } from '../../../../packages/core/src/runtime/heartbeat-options.ts';

/** [interval, suspect, dead], and that the margins do not depend on the round trip. */
function numbersOf(given: HeartbeatOptions): number[] {
  const { intervalMs, suspect, dead } = resolveHeartbeat(given);
  for (const margin of [suspect, dead]) {
    assert.equal([margin.factor, margin.srttFactor, margin.minMs], [0, 0, margin.maxMs]);
  }
  return [intervalMs, suspect.maxMs, dead.maxMs];
}

const heartbeats = suite('a heartbeat');

heartbeats('may be a preset', () => {
  for (const name of ['default', 'game', 'lan', 'mobile'] as const) {
    assert.is(resolveHeartbeat(name), HEARTBEAT_PRESETS[name]);
  }
});

heartbeats('may be none', () => {
  assert.is(resolveHeartbeat(false).intervalMs, Infinity);
});

heartbeats('of one’s own has margins of one and three intervals', () => {
  assert.equal(numbersOf({ interval: 100 }), [100, 100, 300]);
});

heartbeats('of one’s own has margins that outlast one lost segment', () => {
  assert.equal(numbersOf({ interval: 50 }), [50, 50, 200]);
});

heartbeats('of one’s own may have margins of one’s own', () => {
  assert.equal(numbersOf({ interval: 50, suspectAfter: 1, deadAfter: 200 }), [50, 1, 200]);
  const longest = 2 ** 31 - 1;
  assert.equal(numbersOf({ interval: longest, suspectAfter: 0.5, deadAfter: longest }), [longest, 0.5, longest]);
});
heartbeats.run();

const mistakes = suite('a heartbeat that makes no sense');

for (const [given, says] of [
  ['fast', 'heartbeat is "fast", not one of default, game, lan, mobile'],
  ['constructor', 'heartbeat is "constructor"'],
  [true, 'heartbeat is true, not one of default, game, lan, mobile, { interval, … } or false'],
  [null, 'heartbeat is null'],
  [5000, 'heartbeat is 5000'],
  [{}, 'heartbeat.interval is undefined, not an integer of 50 or more (milliseconds)'],
  [{ interval: 49 }, 'heartbeat.interval is 49'],
  [{ interval: 50.5 }, 'heartbeat.interval is 50.5'],
  [{ interval: '5000' }, 'heartbeat.interval is 5000'],
  [{ interval: Infinity }, 'heartbeat.interval is Infinity'],
  [{ interval: 2 ** 31 }, 'heartbeat.interval is 2147483648'],
  [{ interval: 1000, timeout: 3000 }, 'heartbeat.timeout does not exist; there are interval, suspectAfter, deadAfter'],
  [{ interval: 1000, suspectAfter: 0 }, 'heartbeat.suspectAfter is 0, not a number above 0'],
  [{ interval: 1000, suspectAfter: Number.NaN }, 'heartbeat.suspectAfter is NaN'],
  [{ interval: 1000, suspectAfter: '500' }, 'heartbeat.suspectAfter is 500, not a number'],
  [{ interval: 1000, suspectAfter: Infinity }, 'heartbeat.suspectAfter is Infinity'],
  [
    { interval: 1000, deadAfter: Infinity },
    'heartbeat.deadAfter is Infinity; for a peer that is never judged, set heartbeat: false',
  ],
  [{ interval: 1000, deadAfter: '3000' }, 'heartbeat.deadAfter is 3000'],
  [{ interval: 1000, deadAfter: 2 ** 31 }, 'heartbeat.deadAfter is 2147483648'],
  [{ interval: 1000, suspectAfter: 1, deadAfter: 199 }, 'heartbeat.deadAfter is 199, less than 200 ms: TCP takes'],
  [{ interval: 1000, suspectAfter: 500, deadAfter: 500 }, 'heartbeat.deadAfter (500) is not above suspectAfter (500)'],
  [
    { interval: 1000, suspectAfter: 5000 },
    'heartbeat.deadAfter (3000, three intervals, as none is given) is not above suspectAfter (5000)',
  ],
] as const) {
  mistakes(`is refused: ${JSON.stringify(given)}, ${says.slice(0, 30)}`, () => {
    assert.throws(
      () => resolveHeartbeat(given as never),
      (error: unknown) =>
        error instanceof HeartwireError &&
        error.code === 'ERR_HW_OPTION' &&
        error.by === 'local' &&
        error.message.includes(says),
    );
  });
}
mistakes.run();
