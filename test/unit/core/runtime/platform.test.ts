import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  afterThis,
  atEndOfTurn,
  epochOffsetMs,
  newAbortController,
  nextTurn,
  pageScope,
  randomFraction,
  randomId,
  reportError,
  setTimer,
  soon,
} from '../../../../packages/core/src/runtime/platform.ts';
import { withDeadline } from '../../../support/with-deadline.ts';

/** The names of what ran, in order, up to and including `last`. */
function run(last: string, set: (note: (name: string) => void) => void): Promise<string[]> {
  const order: string[] = [];
  const done = new Promise<string[]>((resolve) => {
    set((name) => {
      order.push(name);
      if (name === last) resolve(order);
    });
  });
  return withDeadline(5000, done, () => `${last}, after ${order.join(', ')}`);
}

/** A chain of `length` promises, as handlers make them. */
async function chain(length: number): Promise<void> {
  for (let link = 0; link < length; link += 1) await Promise.resolve();
}

const turnEnd = suite('the end of a turn');

turnEnd('comes after everything that is due as a microtask, however long the chain', async () => {
  const order = await run('end', (note) => {
    atEndOfTurn(() => note('end'))();
    void chain(1000).then(() => note('chain'));
  });
  assert.equal(order, ['chain', 'end']);
});

turnEnd('comes after what is to run right after the present callback', async () => {
  const order = await run('end', (note) => {
    atEndOfTurn(() => note('end'))();
    afterThis(() => note('after'));
    note('present');
  });
  assert.equal(order, ['present', 'after', 'end']);
});

turnEnd('comes before the loop waits for anything new', async () => {
  const order = await run('immediate', (note) => {
    setImmediate(() => note('immediate'));
    atEndOfTurn(() => note('end'))();
    void chain(50).then(() => note('chain'));
  });
  assert.equal(order, ['chain', 'end', 'immediate']);
});

turnEnd('comes after chains, too, when it is asked for from a microtask, a tick or an immediate', async () => {
  const starts: Record<string, (begin: () => void) => void> = {
    microtask: (begin) => queueMicrotask(begin),
    tick: (begin) => process.nextTick(begin),
    immediate: (begin) => void setImmediate(begin),
  };
  for (const [name, start] of Object.entries(starts)) {
    const order = await run('end', (note) => {
      start(() => {
        atEndOfTurn(() => note('end'))();
        void chain(200).then(() => note(name));
      });
    });
    assert.equal(order, [name, 'end']);
  }
});

turnEnd('elsewhere than in Node lets short handlers finish', async () => {
  const { process } = globalThis;
  const order = await run('end', (note) => {
    // As in a browser, where there is no tick; put back before anything else runs.
    Reflect.deleteProperty(globalThis, 'process');
    try {
      atEndOfTurn(() => note('end'))();
    } finally {
      globalThis.process = process;
    }
    void chain(4).then(() => note('short handler'));
  });
  assert.equal(order, ['short handler', 'end']);
});
turnEnd.run();

const platform = suite('the platform');

platform('calls back soon: in this turn, after what runs now', async () => {
  const order = await run('tick', (note) => {
    process.nextTick(() => process.nextTick(() => note('tick')));
    soon(() => note('soon'));
    note('now');
  });
  assert.equal(order, ['now', 'soon', 'tick']);
});

platform('has a next turn in which everything that was due has run', async () => {
  let hasRun = false;
  void chain(500).then(() => (hasRun = true));
  await nextTurn();
  assert.ok(hasRun);
});

// A timer of a hidden page would take up to a minute.
platform('has a next turn without setImmediate, too, and without any timer', async () => {
  const { setImmediate: immediate, setTimeout: timer } = globalThis;
  Reflect.deleteProperty(globalThis, 'setImmediate');
  globalThis.setTimeout = (() => assert.unreachable('a timer')) as unknown as typeof setTimeout;
  const next = nextTurn();
  Object.assign(globalThis, { setImmediate: immediate, setTimeout: timer });
  await withDeadline(5000, next, 'the next turn');
});

platform('tells of no page where there is none, and of the one that there is', () => {
  assert.is(pageScope(), null);
  Object.assign(globalThis, { ononline: null });
  assert.is(pageScope(), globalThis);
  Reflect.deleteProperty(globalThis, 'ononline');
});

platform('keeps its place in wall-clock time, until that jumps', () => {
  const { now } = Date;
  const before = epochOffsetMs();
  const after: number[] = [];
  for (const jumpMs of [-900, 900, 3_600_000, 3_600_900, 0]) {
    Date.now = () => now() + jumpMs;
    after.push(Math.round((epochOffsetMs() - before) / 10_000) * 10_000);
  }
  Date.now = now;
  assert.equal(after, [0, 0, 3_600_000, 3_600_000, 0]);
  assert.is(epochOffsetMs(), epochOffsetMs());
});

platform('sets timers that can be called off', async () => {
  let calls = 0;
  setTimer(() => (calls += 1), 0)();
  await withDeadline(5000, new Promise<void>((resolve) => setTimer(resolve, 5)), 'the timer');
  assert.is(calls, 0);
});

platform('gives numbers from 0 up to 1', () => {
  const numbers = Array.from({ length: 1000 }, randomFraction);
  assert.ok(numbers.every((number) => number >= 0 && number < 1));
  assert.ok(new Set(numbers).size > 990);
});

platform('gives ids of 32 hexadecimal digits, none twice', () => {
  const ids = Array.from({ length: 1000 }, randomId);
  assert.ok(ids.every((id) => /^[0-9a-f]{32}$/.test(id)));
  assert.is(new Set(ids).size, 1000);
});

platform('makes abort controllers', () => {
  const controller = newAbortController();
  controller.abort();
  assert.ok(controller.signal.aborted);
});

platform('reports an error of the application as its own, and goes on', async () => {
  const listeners = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  const reported = new Promise((resolve) => process.once('uncaughtException', resolve));
  const error = new Error('of the application');
  reportError(error);
  assert.is(await withDeadline(5000, reported, 'the report'), error);
  for (const listener of listeners) process.on('uncaughtException', listener);
});
platform.run();
