import type { VirtualClock } from './virtual-clock.ts';
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
  /** Until then nobody answers its dials, or something else than its server does. */
  unheardUntilMs = 0;
  swallowedUntilMs = 0;
  /** Until then it stands still. */
  pausedUntilMs = 0;
  /** How long it has stood still, or will have, in all. */
  pausedMs = 0;
  /** Connections that it is making. */
  dials = 0;
  /** Timers that are set. */
  timers = 0;

  constructor(name: string, clock: VirtualClock, seed: number) {
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

  #schedule(clock: VirtualClock, callback: () => void, delayMs: number): () => void {
    let isPending = true;
    let isLate = false;
    const end = (): boolean => {
      if (!isPending) return false;
      isPending = false;
      this.timers -= 1;
      return true;
    };
    this.timers += 1;
    const goOff = (): void => {
      if (this.pausedUntilMs > clock.now()) {
        cancel = clock.schedule(goOff, this.pausedUntilMs - clock.now());
        isLate = true;
        return;
      }
      if (isLate) clock.linger();
      if (end() && this.isAlive) callback();
    };
    let cancel = clock.schedule(goOff, delayMs);
    return () => {
      if (end()) cancel();
    };
  }
}
