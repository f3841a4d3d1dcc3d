/**
 * How often something may be done: so many times at once, and so many a second in the long run.
 *
 * Looking changes nothing, and neither does a request that is refused: only what is taken counts.
 */
export interface Rate {
  /** How often at once. */
  readonly burst: number;
  readonly perSecond: number;
}

/** Sums of fractions may come out a little short. */
const FORGIVEN = 0.001;

export class TokenBucket {
  readonly #burst: number;
  readonly #perMs: number;
  #tokens: number;
  /** When there were so many. */
  #atMs: number;

  constructor({ burst, perSecond }: Rate, nowMs: number) {
    this.#burst = burst;
    this.#perMs = perSecond / 1000;
    this.#tokens = burst;
    this.#atMs = nowMs;
  }

  /** Takes `count` tokens, or returns false when there are fewer. */
  take(count: number, nowMs: number): boolean {
    const tokens = this.#at(nowMs);
    if (tokens < count) return false;
    this.#tokens = tokens - count;
    this.#atMs = nowMs;
    return true;
  }

  /** Puts `count` tokens in that were earned in another way than by waiting. */
  give(count: number, nowMs: number): void {
    this.#tokens = Math.min(this.#burst, this.#at(nowMs) + count);
    this.#atMs = nowMs;
  }

  /** How long until there is a whole token, in whole milliseconds; 0 when there is one. */
  waitMs(nowMs: number): number {
    return Math.max(0, Math.ceil((1 - this.#at(nowMs)) / this.#perMs - FORGIVEN));
  }

  #at(nowMs: number): number {
    const earned = Math.max(0, nowMs - this.#atMs) * this.#perMs;
    const tokens = this.#tokens + earned;
    const whole = Math.round(tokens);
    return Math.min(this.#burst, Math.abs(tokens - whole) < FORGIVEN ? whole : tokens);
  }
}
