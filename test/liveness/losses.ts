/**
 * How many transmissions of a segment are lost: k with the probability p^k · (1 − p).
 *
 * For rare events there is a second way to draw the same numbers. A segment is *rare* when at least `rareFrom` of its transmissions are lost; each is so
 * with the probability p^rareFrom, independently of all others. So the number of ordinary segments before the next rare one is
 * geometric, and can be drawn at once; what an ordinary segment loses has the same law on condition that it is less than `rareFrom`; and what a
 * rare one loses beyond `rareFrom` has the law of the beginning again (it has no memory). Nothing is approximated by this.
 */
export interface Losses {
  draw(): number;
}

/** One by one, as it happens. */
export class PlainLosses implements Losses {
  readonly #loss: number;
  readonly #random: () => number;

  constructor(loss: number, random: () => number) {
    this.#loss = loss;
    this.#random = random;
  }

  draw(): number {
    let losses = 0;
    while (this.#random() < this.#loss) losses += 1;
    return losses;
  }
}

export class RareLosses implements Losses {
  readonly rareFrom: number;
  /** Ordinary segments before the next rare one. */
  untilRare: number;
  /** Rare segments so far. */
  rareCount: number = 0;
  readonly #rarity: number;
  readonly #logLoss: number;
  readonly #random: () => number;

  constructor(loss: number, rareFrom: number, random: () => number) {
    this.rareFrom = rareFrom;
    this.#rarity = loss ** rareFrom;
    this.#logLoss = Math.log(loss);
    this.#random = random;
    this.untilRare = this.#drawUntilRare();
  }

  draw(): number {
    if (this.untilRare === 0) {
      this.rareCount += 1;
      this.untilRare = this.#drawUntilRare();
      return this.rareFrom + this.#geometric(1);
    }
    this.untilRare -= 1;
    return Math.min(this.rareFrom - 1, this.#geometric(1 - this.#rarity));
  }

  /** Leaves ordinary segments out until this many are left. Returns how many those are. */
  skipTo(left: number): number {
    const skipped = Math.max(0, this.untilRare - left);
    // Not by subtraction: beyond 2^53 that would leave none, or too many.
    this.untilRare = Math.min(this.untilRare, left);
    return skipped;
  }

  /** By the inverse of the distribution; the part `within` of it that comes first. */
  #geometric(within: number): number {
    return Math.floor(Math.log(1 - this.#fine() * within) / this.#logLoss);
  }

  #drawUntilRare(): number {
    return Math.floor(Math.log(1 - this.#fine()) / Math.log1p(-this.#rarity));
  }

  /** 53 random bits: 32 are too coarse for what happens once in 10^12. */
  #fine(): number {
    return (Math.floor(this.#random() * 2 ** 26) * 2 ** 27 + Math.floor(this.#random() * 2 ** 27)) / 2 ** 53;
  }
}
