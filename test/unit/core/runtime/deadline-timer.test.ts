import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DeadlineTimer } from '../../../../packages/core/src/runtime/deadline-timer.ts';
import { testClock } from '../../../../packages/core/src/testing/test-clock.ts';

/** A machine with one deadline, the timer for it, and when it went off. */
function set(dueMs: number): {
  machine: { dueMs: number };
  timer: DeadlineTimer;
  fired: number[];
  clock: ReturnType<typeof testClock>;
} {
  const clock = testClock();
  const fired: number[] = [];
  const machine = { dueMs };
  const timer = new DeadlineTimer(clock, {
    nextMs: () => machine.dueMs,
    onDue: () => {
      fired.push(clock.now());
      machine.dueMs = Infinity;
    },
    onStall: () => {},
  });
  timer.update();
  return { machine, timer, fired, clock };
}

const timer = suite('the timer of a machine');

timer('goes off at the deadline', async () => {
  const { fired, clock } = set(100);
  await clock.advance(99);
  assert.equal(fired, []);
  await clock.advance(1);
  assert.equal(fired, [100]);
  assert.is(clock.pending, 0);
});

timer('is not armed without a deadline', () => {
  assert.is(set(Infinity).clock.pending, 0);
});

timer('goes off earlier when the deadline comes nearer', async () => {
  const { machine, timer: one, fired, clock } = set(100);
  machine.dueMs = 40;
  one.update();
  assert.is(clock.pending, 1);
  await clock.advance(200);
  assert.equal(fired, [40]);
});

timer('is left alone when the deadline moves away, and looks again when it goes off', async () => {
  const { machine, timer: one, fired, clock } = set(100);
  machine.dueMs = 150;
  one.update();
  assert.is(clock.pending, 1);
  await clock.advance(120);
  assert.equal(fired, []);
  await clock.advance(100);
  assert.equal(fired, [150]);
});

timer('goes off at once for a deadline that has passed', async () => {
  const { fired, clock } = set(-5);
  await clock.advance(0);
  assert.equal(fired, [0]);
});

timer('is armed again for what the machine wants next', async () => {
  const clock = testClock();
  const fired: number[] = [];
  let dueMs = 10;
  const one = new DeadlineTimer(clock, {
    nextMs: () => dueMs,
    onDue: () => {
      fired.push(clock.now());
      dueMs = fired.length < 3 ? dueMs + 10 : Infinity;
    },
    onStall: () => {},
  });
  one.update();
  await clock.advance(100);
  assert.equal(fired, [10, 20, 30]);
});

timer('does nothing after it was stopped, until it is needed again', async () => {
  const { timer: one, fired, clock } = set(100);
  one.stop();
  assert.is(clock.pending, 0);
  await clock.advance(200);
  assert.equal(fired, []);
  one.update();
  await clock.advance(0);
  assert.equal(fired, [200]);
});

timer('waits on when the platform’s timer comes a little too early', () => {
  const delays: number[] = [];
  const callbacks: (() => void)[] = [];
  let nowMs = 0;
  let hasFired = false;
  const one = new DeadlineTimer(
    {
      now: () => nowMs,
      epochOffset: 0,
      schedule(callback, delay) {
        delays.push(delay);
        callbacks.push(callback);
        return () => {};
      },
    },
    {
      nextMs: () => (hasFired ? Infinity : 100),
      onDue: () => {
        hasFired = true;
      },
      onStall: () => {},
    },
  );
  one.update();
  nowMs = 99.5;
  callbacks[0]!();
  assert.not.ok(hasFired);
  assert.equal(delays, [100, 0.5]);
  nowMs = 100.1;
  callbacks[1]!();
  assert.ok(hasFired);
});
timer.run();
