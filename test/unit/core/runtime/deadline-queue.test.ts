import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DeadlineQueue, type Alarm } from '../../../../packages/core/src/runtime/deadline-queue.ts';
import { FakePage, pageClock } from '../../../support/fake-page.ts';
import { testClock } from '../../../../packages/core/src/testing/test-clock.ts';
import { SeededRandom } from '../../../support/seeded-random.ts';

type TestClock = ReturnType<typeof testClock>;

class RecordingAlarm implements Alarm {
  atMs = Infinity;
  place = -1;
  readonly dueAtMs: number[] = [];
  /** Of those, which were in doubt. */
  readonly doubts: boolean[] = [];
  readonly stalls: number[] = [];
  readonly #clock: TestClock;

  constructor(clock: TestClock) {
    this.#clock = clock;
  }

  due(isDoubtful: boolean): void {
    this.dueAtMs.push(this.#clock.now());
    this.doubts.push(isDoubtful);
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

const hidden = suite('the queue of deadlines in a page');

/** A page with one far deadline, and the queue of its clock. */
function openPage(throttleMs?: number): {
  clock: TestClock;
  page: FakePage;
  deadlines: DeadlineQueue;
  alarm: RecordingAlarm;
} {
  const [clock, page] = [testClock(), new FakePage()];
  const deadlines = DeadlineQueue.of(pageClock(clock, page, throttleMs));
  const alarm = new RecordingAlarm(clock);
  deadlines.set(alarm, 20_000);
  return { clock, page, deadlines, alarm };
}

hidden('takes what the platform holds back for no stall, and says that there is a doubt', async () => {
  const { clock, page, alarm } = openPage();
  page.hide();
  await clock.advance(120_000);
  assert.equal([alarm.stalls, alarm.dueAtMs, alarm.doubts], [[], [60_000], [true]]);
});

hidden('notices what no platform would hold back', async () => {
  const { clock, page, deadlines, alarm } = openPage();
  page.hide();
  await clock.advance(60_000);
  deadlines.set(alarm, 70_000);
  clock.stall(600_000);
  await clock.advance(0);
  assert.equal([alarm.stalls, alarm.doubts.at(-1)], [[600_000 - 10_000 - 60_000], true]);
});

hidden('looks at the time when something arrives', async () => {
  const { clock, page, deadlines, alarm } = openPage();
  assert.is(deadlines.look(clock.now()), false, 'it is seen');
  page.hide();
  await clock.advance(19_999);
  assert.is(deadlines.look(clock.now()), true);
  assert.equal(alarm.dueAtMs, []);
  await clock.advance(50);
  deadlines.look(clock.now());
  assert.equal([alarm.dueAtMs, alarm.doubts, alarm.stalls], [[20_049], [false], []]);
});

hidden('has no ticks, and has them again when the page is shown', async () => {
  const { clock, page } = openPage(1);
  let fires = 0;
  const alarm = new RecordingAlarm(clock);
  const counting = {
    ...pageClock(clock, page, 1),
    schedule: (call: () => void, ms: number) => ((fires += 1), clock.schedule(call, ms)),
  };
  DeadlineQueue.of(counting, page).set(alarm, 40_000);
  page.hide();
  await clock.advance(20_000);
  assert.ok(fires <= 3, `${fires}`);
  page.show();
  fires = 0;
  await clock.advance(5000);
  assert.is(fires, 10);
});

// A browser holds a timer back for a minute that was set by a timer, that one by another, and so on.
hidden('sets the timer anew in a message event, once', async () => {
  const [clock, page] = [testClock(), new FakePage()];
  let isInTimer = false;
  const setInTimers: boolean[] = [];
  const own = {
    ...pageClock(clock, page, 1),
    schedule: (callback: () => void, ms: number) => {
      setInTimers.push(isInTimer);
      return clock.schedule(() => {
        isInTimer = true;
        callback();
        isInTimer = false;
      }, ms);
    },
  };
  const deadlines = DeadlineQueue.of(own, page);
  page.hide();
  const [first, second] = [new RecordingAlarm(clock), new RecordingAlarm(clock)];
  deadlines.set(first, 1000);
  deadlines.set(second, 5000);
  await clock.advance(2000);
  assert.equal([first.dueAtMs, setInTimers.at(-1)], [[1000], true]);
  deadlines.look(clock.now());
  assert.is(setInTimers.at(-1), false);
  const { length } = setInTimers;
  deadlines.look(clock.now());
  assert.is(setInTimers.length, length);
  await clock.advance(3000);
  assert.equal(second.dueAtMs, [5000]);
});

hidden('takes the time in which it was frozen for a stall, whoever says so first', async () => {
  for (const isTimerFirst of [true, false]) {
    const { clock, page, deadlines, alarm } = openPage();
    page.hide();
    await clock.advance(5000);
    page.freeze();
    clock.stall(200_000);
    if (isTimerFirst) deadlines.look(clock.now());
    page.resume();
    await clock.advance(0);
    assert.equal([alarm.stalls, alarm.dueAtMs, alarm.doubts], [[200_000], [205_000], [true]]);
  }
});

hidden('looks at once at what was held back when the page is shown', async () => {
  const { clock, page, alarm } = openPage();
  page.hide();
  await clock.advance(30_000);
  page.show();
  assert.equal([alarm.stalls, alarm.dueAtMs, alarm.doubts], [[], [30_000], [true]]);
});

hidden('notices a stall as everywhere while the page is seen', async () => {
  const { clock, alarm } = openPage();
  clock.stall(8000);
  await clock.advance(0);
  assert.equal(alarm.stalls, [7500]);
});

hidden.run();

const waking = suite('waking');

waking('is told once for what comes together, and to nobody who does not listen any more', async () => {
  const { clock, page, deadlines } = openPage();
  const wokenAtMs: number[] = [];
  const stop = deadlines.onWake(() => wokenAtMs.push(clock.now()));
  page.hide();
  await clock.advance(1000);
  page.show();
  page.goOnline();
  await clock.advance(300);
  page.goOnline();
  stop();
  await clock.advance(300);
  page.goOnline();
  assert.equal(wokenAtMs, [1000, 1300]);
});

waking('follows a long stall of a page, after what had arrived was read', async () => {
  const { clock, deadlines } = openPage();
  const wakes: string[] = [];
  deadlines.onWake(() => wakes.push('woken'));
  clock.stall(10_400);
  await clock.advance(0);
  assert.equal(wakes, []);
  clock.stall(11_000);
  setImmediate(() => wakes.push('read'));
  await clock.advance(0);
  assert.equal(wakes, ['read', 'woken']);
});

waking('follows a jump of the wall clock that the monotonic one has not made, as sleeping machines do', async () => {
  const inner = testClock();
  const clock = { ...inner, epochOffset: inner.epochOffset };
  const deadlines = DeadlineQueue.of(clock);
  const wokenAtMs: number[] = [];
  deadlines.onWake(() => wokenAtMs.push(clock.now()));
  const alarm = new RecordingAlarm(inner);
  deadlines.set(alarm, 100_000);
  for (const [jumpMs, atMs] of [
    [1900, 1000],
    [-3_600_000, 2000],
    [3_600_000, 3000],
  ] as const) {
    await inner.advance(atMs - clock.now());
    clock.epochOffset += jumpMs;
  }
  await inner.advance(5000);
  assert.equal([wokenAtMs, alarm.stalls], [[3500], []]);
});

waking.run();
