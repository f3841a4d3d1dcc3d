import type { Clock } from '../runtime/clock.ts';
import { nextTurn } from '../runtime/platform.ts';

/** A clock that stands still until it is told to go on. */
export interface TestClock extends Clock {
  /**
   * Lets `ms` milliseconds pass: everything that falls due runs at its time and in its order, and whatever it sets off (promises, network
   * of {@link memoryNetwork}) is waited for before time goes on.
   */
  advance(ms: number): Promise<void>;
  /**
   * Lets time pass in which nothing can run, as while the event loop is blocked: what falls due meanwhile runs late, with the next
   * `advance`.
   */
  stall(ms: number): void;
  /** Waits for what is already set off, without letting time pass. */
  settle(): Promise<void>;
  /** How many timers are set; 0 when nothing is left behind. */
  readonly pending: number;
}

interface Timer {
  readonly atMs: number;
  readonly order: number;
  readonly callback: () => void;
}

/** Turns of the loop that a chain of promises across an in-memory connection may take. */
const SETTLE_TURNS = 4;

/** Makes a clock for tests. `start`: what `now()` says at first, default 0; its epoch is 2020-01-01. */
export function testClock(start = 0): TestClock {
  let nowMs = start;
  let order = 0;
  const timers = new Set<Timer>();

  async function settle(): Promise<void> {
    for (let turn = 0; turn < SETTLE_TURNS; turn += 1) await nextTurn();
  }

  async function advance(ms: number): Promise<void> {
    const untilMs = nowMs + ms;
    await settle();
    for (let timer = earliest(timers, untilMs); timer !== undefined; timer = earliest(timers, untilMs)) {
      timers.delete(timer);
      nowMs = Math.max(nowMs, timer.atMs);
      timer.callback();
      await settle();
    }
    nowMs = untilMs;
  }

  return {
    now: () => nowMs,
    epochOffset: Date.UTC(2020, 0, 1),
    schedule(callback, delay) {
      const timer = { atMs: nowMs + Math.max(0, delay), order: (order += 1), callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advance,
    stall(ms) {
      nowMs += ms;
    },
    settle,
    get pending() {
      return timers.size;
    },
  };
}

function earliest(timers: ReadonlySet<Timer>, untilMs: number): Timer | undefined {
  let first: Timer | undefined;
  for (const timer of timers) {
    if (timer.atMs > untilMs) continue;
    if (first === undefined || timer.atMs < first.atMs || (timer.atMs === first.atMs && timer.order < first.order)) {
      first = timer;
    }
  }
  return first;
}
