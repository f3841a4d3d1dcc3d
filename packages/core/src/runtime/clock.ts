import { epochOffsetMs, monotonicMs, setTimer } from './platform.ts';

/**
 * Where a session gets the time from. Give one to `connect` and `serve` to run them in virtual time (`testClock` in
 * `@heartwire/core/testing`). Default: {@link systemClock}.
 */
export interface Clock {
  /** Milliseconds that only ever grow, from any beginning. */
  now(): number;
  /** What has to be added to `now()` to get wall-clock epoch milliseconds. A jump ahead tells that the machine slept while `now()` stood still; clients then ask whether the way still works. */
  readonly epochOffset: number;
  /** Calls `callback` once, `delay` milliseconds from now; the returned function calls it off. */
  schedule(callback: () => void, delay: number): () => void;
}

/** The platform's own clock and timers. */
export const systemClock: Clock = {
  now: monotonicMs,
  get epochOffset() {
    return epochOffsetMs();
  },
  schedule: setTimer,
};
