import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { LoopLag } from '../../../../packages/core/src/runtime/loop-lag.ts';

const lagging = suite('how long the loop stood still');

lagging('is nothing before a timer was late', () => {
  assert.is(new LoopLag().worstMs(0), 0);
});

lagging('is the worst of the last ten to twenty seconds', () => {
  const lag = new LoopLag();
  for (const [lateMs, atMs] of [
    [3, 0],
    [700, 1000],
    [5, 2000],
  ] as const)
    lag.note(lateMs, atMs);
  for (const atMs of [2000, 9999, 10_000, 19_999]) {
    lag.note(1, atMs);
    assert.is(lag.worstMs(atMs), 700, `at ${atMs}`);
  }
  assert.is(lag.worstMs(20_000), 1);
});

lagging('is forgotten when nobody looked for long', () => {
  const lag = new LoopLag();
  lag.note(700, 0);
  assert.is(lag.worstMs(60_000), 0);
});
lagging.run();
