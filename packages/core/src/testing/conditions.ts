import type { Clock } from '../runtime/clock.ts';

/** What the weather is like, for every connection of the network. */
export class Conditions {
  readonly clock: Clock;
  sliceMaxBytes: number = Infinity;
  readonly #held = { up: false, down: false };
  #isStalled = false;
  #latencyMs = 0;
  #jitterMs = 0;
  #random: number;

  constructor(clock: Clock, seed: number) {
    this.clock = clock;
    this.#random = seed;
  }

  isHeld(direction: 'up' | 'down'): boolean {
    return this.#held[direction];
  }

  /** Whether a ping can come and go. */
  get isAnswering(): boolean {
    return this.#isStalled || (!this.#held.up && !this.#held.down);
  }

  stall(): void {
    this.hold();
    this.#isStalled = true;
  }

  hold(direction?: 'up' | 'down'): void {
    this.#isStalled = false;
    if (direction !== 'down') this.#held.up = true;
    if (direction !== 'up') this.#held.down = true;
  }

  heal(): void {
    this.#isStalled = false;
    this.#held.up = false;
    this.#held.down = false;
  }

  delay(ms: number, jitterMs: number): void {
    this.#latencyMs = ms;
    this.#jitterMs = jitterMs;
  }

  slice(maxBytes: number): void {
    this.sliceMaxBytes = Math.max(1, maxBytes);
  }

  /** How long the next piece takes. */
  drawMs(): number {
    // A linear congruential generator is random enough for jitter, and the same everywhere.
    this.#random = (Math.imul(this.#random, 1_664_525) + 1_013_904_223) >>> 0;
    return this.#latencyMs + (this.#jitterMs * this.#random) / 2 ** 32;
  }
}
