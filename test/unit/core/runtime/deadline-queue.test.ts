import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DeadlineQueue, type Alarm } from '../../../../packages/core/src/runtime/deadline-queue.ts';
import { testClock } from '../../../../packages/core/src/testing/test-clock.ts';
import { SeededRandom } from '../../../support/seeded-random.ts';

type TestClock = ReturnType<typeof testClock>;

class RecordingAlarm implements Alarm {
  atMs = Infinity;
  place = -1;
  readonly dueAtMs: number[] = [];
  readonly stalls: number[] = [];
  readonly #clock: TestClock;

  constructor(clock: TestClock) {
    this.#clock = clock;
  }

  due(): void {
    this.dueAtMs.push(this.#clock.now());
  }

  stalled(stalledMs: number): void {
    this.stalls.push(stalledMs);
  }
}

const queue = suite('the queue of deadlines');

queue('is one for each clock, and one timer however many deadlines there are', () => {
  const clock = testClock();
  assert.is(DeadlineQueue.of(clock), DeadlineQueue.of(clock));
  assert.is.not(DeadlineQueue.of(clock), DeadlineQueue.of(testClock()));
  const alarms = Array.from({ length: 10_000 }, () => new RecordingAlarm(clock));
  alarms.forEach((alarm, index) => DeadlineQueue.of(clock).set(alarm, 1000 + index));
  assert.is(clock.pending, 1);
  for (const alarm of alarms) DeadlineQueue.of(clock).set(alarm, Infinity);
  assert.is(clock.pending, 0);
});

queue('goes off for each at its time, whatever was set, moved and taken back before', async () => {
  const { next } = new SeededRandom(7);
  const clock = testClock();
  const alarms = Array.from({ length: 300 }, () => new RecordingAlarm(clock));
  const deadlines = DeadlineQueue.of(clock);
  for (let step = 0; step < 5000; step += 1) {
    const alarm = alarms[Math.floor(next() * alarms.length)]!;
    deadlines.set(alarm, next() < 0.2 ? Infinity : Math.floor(next() * 2000));
  }
  const wanted = alarms.map(({ atMs }) => (atMs === Infinity ? [] : [atMs]));
  await clock.advance(2500);
  assert.equal(
    alarms.map(({ dueAtMs }) => dueAtMs),
    wanted,
  );
  assert.is(clock.pending, 0);
});

// It was taken for a stall as long as the clock is old, and every silence was excused.
queue('takes a deadline that had passed when it was set for no stall', async () => {
  const clock = testClock(5000);
  const alarm = new RecordingAlarm(clock);
  DeadlineQueue.of(clock).set(alarm, 0);
  await clock.advance(1);
  assert.equal([alarm.dueAtMs, alarm.stalls], [[5000], []]);
});

queue('notices a stall although somebody set a deadline after it, before the late timer went off', async () => {
  const clock = testClock();
  const [first, second] = [new RecordingAlarm(clock), new RecordingAlarm(clock)];
  DeadlineQueue.of(clock).set(first, 400);
  clock.stall(3000);
  DeadlineQueue.of(clock).set(second, 100);
  await clock.advance(1);
  assert.equal([first.stalls, second.stalls], [[2600], [2600]]);
});

queue('lets whoever is due again at once wait for the next timer', async () => {
  const clock = testClock();
  const deadlines = DeadlineQueue.of(clock);
  const other = new RecordingAlarm(clock);
  let count = 0;
  const restless: Alarm = {
    atMs: Infinity,
    place: -1,
    due: () => {
      count += 1;
      if (count < 3) deadlines.set(restless, clock.now());
    },
    stalled: () => {},
  };
  deadlines.set(restless, 10);
  deadlines.set(other, 10);
  await clock.advance(10);
  assert.equal([count, other.dueAtMs], [3, [10]]);
});

queue('tells everybody of a stall before any deadline is looked at, and reads first', async () => {
  const clock = testClock();
  const deadlines = DeadlineQueue.of(clock);
  const [overdue, far] = [new RecordingAlarm(clock), new RecordingAlarm(clock)];
  const order: string[] = [];
  const watching: Alarm = {
    atMs: Infinity,
    place: -1,
    due: () => order.push('due'),
    stalled: () => {
      order.push('stalled');
      setImmediate(() => order.push('read'));
    },
  };
  deadlines.set(overdue, 3000);
  deadlines.set(watching, 3000);
  deadlines.set(far, 1_000_000);
  await clock.advance(200);
  clock.stall(10_000);
  await clock.advance(0);
  // The tick that did not come was due at 500.
  assert.equal([overdue.stalls, far.stalls], [[9700], [9700]]);
  assert.equal(order, ['stalled', 'read', 'due']);
  assert.equal([overdue.dueAtMs, far.dueAtMs], [[10_200], []]);
  assert.is(clock.pending, 1);
});

queue('takes 100 ms for no stall, and a moment more for one', async () => {
  for (const [ms, stalls] of [
    [600, []],
    [601, [101]],
  ] as const) {
    const clock = testClock();
    const alarm = new RecordingAlarm(clock);
    DeadlineQueue.of(clock).set(alarm, 100_000);
    clock.stall(ms);
    await clock.advance(0);
    assert.equal(alarm.stalls, stalls);
  }
});

queue.run();
