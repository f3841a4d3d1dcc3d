import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { testClock } from '../../../../packages/core/src/testing/test-clock.ts';

const clock = suite('a test clock');

clock('stands still until it is told to go on', async () => {
  const time = testClock();
  assert.is(time.now(), 0);
  await time.settle();
  assert.is(time.now(), 0);
  await time.advance(1500);
  assert.is(time.now(), 1500);
});

clock('begins when it is told to, in 2020', () => {
  const time = testClock(42);
  assert.is(time.now(), 42);
  assert.is(new Date(time.epochOffset).toISOString(), '2020-01-01T00:00:00.000Z');
});

clock('calls back at the time that was asked for, in the order of time', async () => {
  const time = testClock(10);
  const calls: string[] = [];
  const note = (name: string) => (): void => void calls.push(`${name} ${time.now()}`);
  time.schedule(note('c'), 30);
  time.schedule(note('a'), 10);
  time.schedule(note('b1'), 20);
  time.schedule(note('b2'), 20);
  time.schedule(note('at once'), 0);
  time.schedule(note('in the past'), -5);
  await time.advance(29);
  assert.equal(calls, ['at once 10', 'in the past 10', 'a 20', 'b1 30', 'b2 30']);
  await time.advance(1);
  assert.is(calls.at(-1), 'c 40');
});

clock('calls nothing back that is not due, by one millisecond', async () => {
  const time = testClock();
  let calls = 0;
  time.schedule(() => (calls += 1), 100);
  await time.advance(99);
  assert.is(calls, 0);
  await time.advance(1);
  assert.is(calls, 1);
  await time.advance(1000);
  assert.is(calls, 1);
});

clock('calls off', async () => {
  const time = testClock();
  let calls = 0;
  const cancel = time.schedule(() => (calls += 1), 10);
  cancel();
  cancel();
  await time.advance(100);
  assert.is(calls, 0);
});

clock('knows how many timers are set', async () => {
  const time = testClock();
  assert.is(time.pending, 0);
  const cancel = time.schedule(() => {}, 10);
  time.schedule(() => {}, 20);
  assert.is(time.pending, 2);
  cancel();
  assert.is(time.pending, 1);
  await time.advance(20);
  assert.is(time.pending, 0);
});

clock('runs what a callback sets off before time goes on', async () => {
  const time = testClock();
  const calls: string[] = [];
  time.schedule(() => {
    void (async () => {
      for (let link = 0; link < 100; link += 1) await Promise.resolve();
      calls.push(`chain ${time.now()}`);
      time.schedule(() => calls.push(`timer ${time.now()}`), 5);
    })();
  }, 10);
  time.schedule(() => calls.push(`later ${time.now()}`), 12);
  await time.advance(100);
  assert.equal(calls, ['chain 10', 'later 12', 'timer 15']);
});

clock('waits for what was set off before, and calls back what falls due by it', async () => {
  const time = testClock();
  const calls: number[] = [];
  void Promise.resolve().then(() => time.schedule(() => calls.push(time.now()), 5));
  await time.advance(10);
  assert.equal(calls, [5]);
});

clock('calls back timers that set each other, as long as they are due', async () => {
  const time = testClock();
  const calls: number[] = [];
  const again = (): void => {
    calls.push(time.now());
    time.schedule(again, 10);
  };
  time.schedule(again, 10);
  await time.advance(45);
  assert.equal(calls, [10, 20, 30, 40]);
  assert.is(time.now(), 45);
});
clock.run();
