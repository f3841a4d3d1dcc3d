import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SeededRandom } from '../../support/seeded-random.ts';
import { SimProcess } from './sim-process.ts';
import { VirtualClock } from './virtual-clock.ts';

const test = suite('virtual clock');
const never = (): boolean => false;

test('runs timers by time, and by the order in which they were set', async () => {
  const clock = new VirtualClock();
  const random = new SeededRandom(1);
  const expected: string[] = [];
  const ran: string[] = [];
  for (let order = 0; order < 300; order += 1) {
    const atMs = random.integer(0, 40);
    const name = `${String(atMs).padStart(3)} ${String(order).padStart(3)}`;
    expected.push(name);
    clock.schedule(() => {
      assert.is(clock.now(), atMs);
      ran.push(name);
    }, atMs);
  }
  await clock.run(40, never);
  assert.equal(ran, expected.sort());
});

test('lets everything that a timer sets off end before the next one', async () => {
  const clock = new VirtualClock();
  const ran: string[] = [];
  const takeTheirTime = async (): Promise<void> => {
    for (let step = 0; step < 20; step += 1) await Promise.resolve();
    process.nextTick(() => void Promise.resolve().then(() => ran.push('first')));
  };
  clock.schedule(() => void takeTheirTime(), 1);
  clock.schedule(() => ran.push('second'), 1);
  await clock.run(1, never);
  assert.equal(ran, ['first', 'second']);
});

test('stands where it was told to run to, or where it is done', async () => {
  const clock = new VirtualClock();
  let isDone = false;
  clock.schedule(() => (isDone = true), 5);
  clock.schedule(() => assert.unreachable(), 6);
  assert.is(await clock.run(4, never), false);
  assert.is(clock.now(), 4);
  assert.is(await clock.run(9, () => isDone), true);
  assert.is(clock.now(), 5);
});

test('does not run what was called off', async () => {
  const clock = new VirtualClock();
  const cancel = clock.schedule(() => assert.unreachable(), 5);
  clock.schedule(cancel, 4);
  await clock.run(9, never);
});

test('a process that has crashed does nothing any more', async () => {
  const clock = new VirtualClock();
  const crashing = new SimProcess('p', clock, 1);
  crashing.clock.schedule(() => assert.unreachable(), 5);
  void crashing.sleep(5).then(() => assert.unreachable());
  clock.schedule(() => crashing.crash(), 4);
  await clock.run(9, never);
  assert.is(crashing.timers, 0);
});

test('a process counts the timers that are set', async () => {
  const clock = new VirtualClock();
  const counting = new SimProcess('p', clock, 1);
  const cancel = counting.clock.schedule(() => {}, 5);
  counting.clock.schedule(() => {}, 5);
  assert.is(counting.timers, 2);
  cancel();
  cancel();
  assert.is(counting.timers, 1);
  await clock.run(9, never);
  assert.is(counting.timers, 0);
});

test.run();
