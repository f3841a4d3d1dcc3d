import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { systemClock } from '../../../../packages/core/src/runtime/clock.ts';
import { withDeadline } from '../../../support/with-deadline.ts';

const clock = suite('the system’s clock');

clock('only grows, and knows the time of day', () => {
  const before = Date.now();
  const first = systemClock.now();
  const now = first + systemClock.epochOffset;
  assert.ok(systemClock.now() >= first);
  // The two clocks of the platform drift apart by what NTP corrects.
  assert.ok(Math.abs(now - before) < 5000, `${now} and ${before}`);
});

clock('calls back once, when the time has come', async () => {
  const startedAt = systemClock.now();
  await withDeadline(5000, new Promise<void>((resolve) => systemClock.schedule(resolve, 5)), 'the timer');
  // Timers of the platform count whole milliseconds.
  assert.ok(systemClock.now() - startedAt >= 3);
});

clock('does not call back what was called off', async () => {
  let calls = 0;
  const cancel = systemClock.schedule(() => (calls += 1), 1);
  cancel();
  await withDeadline(5000, new Promise<void>((resolve) => systemClock.schedule(resolve, 10)), 'the timer');
  assert.is(calls, 0);
});

clock('takes delays that no timer of the platform holds', async () => {
  let calls = 0;
  const cancel = systemClock.schedule(() => (calls += 1), 2 ** 40);
  await withDeadline(5000, new Promise<void>((resolve) => systemClock.schedule(resolve, 5)), 'the timer');
  cancel();
  assert.is(calls, 0, 'an overflow would call back at once');
});
clock.run();
