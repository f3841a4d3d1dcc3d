/** When the connections of a run are cut, and how: drawn from a seed. One plan may serve several proxies, one after the other. */
import { SeededRandom } from '../support/seeded-random.ts';

/** How one end of a connection learns that it is over. */
export type Ending = 'reset' | 'close' | 'fin';

export interface Cut {
  readonly near: Ending;
  readonly far: Ending;
  /** Which end learns it later, and by how many milliseconds; until then it sends into the void. */
  readonly late: 'near' | 'far' | null;
  readonly lateMs: number;
}

/** The share of the connections that are cut before they can have carried a message. */
const IN_HANDSHAKE = 0.25;
/** No handshake is longer, also not with the upgrade to a WebSocket. */
const HANDSHAKE_BYTES = 900;
const LATE_MAX_MS = 20;

export class CutPlan {
  /** Cuts that were made. */
  made: number = 0;
  /** Those of them within the first bytes of their connection. */
  early: number = 0;
  readonly #random: SeededRandom;
  readonly #count: number;
  readonly #meanBytes: number;
  #isArmed = false;

  /** A connection that is not cut early carries `meanBytes` on average. After `count` cuts there are no more. */
  constructor(seed: number, count: number, meanBytes: number) {
    this.#random = new SeededRandom(seed);
    this.#count = count;
    this.#meanBytes = meanBytes;
  }

  /** From now on connections are cut: those that are made, and those that stand. */
  arm(): void {
    this.#isArmed = true;
  }

  get isArmed(): boolean {
    return this.#isArmed;
  }

  /** How many bytes, of both directions together, a connection may carry; Infinity for all. */
  nextAllowance(): number {
    if (this.made >= this.#count) return Infinity;
    const isEarly = this.#random.next() < IN_HANDSHAKE;
    return this.#random.integer(0, isEarly ? HANDSHAKE_BYTES : 2 * this.#meanBytes);
  }

  /** A connection that has carried so many bytes is cut now. */
  nextCut(carriedBytes: number): Cut {
    this.made += 1;
    if (carriedBytes <= HANDSHAKE_BYTES) this.early += 1;
    const ending = (): Ending => this.#random.pick(['reset', 'close', 'fin']);
    const late = this.#random.pick(['near', 'far', null, null] as const);
    return { near: ending(), far: ending(), late, lateMs: this.#random.integer(1, LATE_MAX_MS) };
  }
}
