import type { Clock } from '@heartwire/core';
import { SeededRandom } from '../../support/seeded-random.ts';

/**
 * A program with its memory. When it crashes, none of its timers goes off any more and no network speaks to it: whatever it was about to do
 * is not done, and nobody is told goodbye.
 */
export class SimProcess {
  readonly name: string;
  /** The time as this process sees it. */
  readonly clock: Clock;
  readonly random: SeededRandom;
  isAlive = true;
  /** Until then it reaches nobody. */
  awayUntilMs = 0;
  /** Timers that are set. */
  timers = 0;

  constructor(name: string, clock: Clock, seed: number) {
    this.name = name;
    this.random = new SeededRandom(seed);
    this.clock = {
      now: () => clock.now(),
      epochOffset: clock.epochOffset,
      schedule: (callback, delayMs) => this.#schedule(clock, callback, delayMs),
    };
  }

  crash(): void {
    this.isAlive = false;
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.clock.schedule(resolve, ms));
  }

  #schedule(clock: Clock, callback: () => void, delayMs: number): () => void {
    let isPending = true;
    const end = (): boolean => {
      if (!isPending) return false;
      isPending = false;
      this.timers -= 1;
      return true;
    };
    this.timers += 1;
    const cancel = clock.schedule(() => {
      if (end() && this.isAlive) callback();
    }, delayMs);
    return () => {
      if (end()) cancel();
    };
  }
}
