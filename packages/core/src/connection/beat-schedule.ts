/**
 * When a PING is due, so that our own promise is kept and the round trip stays known. PROTOCOL.md §11.
 *
 * Whatever we send keeps the promise, so on a busy connection only the age of the last round-trip sample counts; and where the peer acknowledges messages
 * of ours, those are samples enough, and no PING goes at all. A side that only listens to a busy peer sends acknowledgements, which nobody answers: it pings every four intervals.
 * The random part keeps the beats of many connections from falling into step. It ends at 0.9, so that a beat has a tenth of the interval for its way.
 */
const EARLIEST = 0.8;
const SPREAD = 0.1;
/** A round trip older than this many intervals is stale. */
const STALE_INTERVALS = 4;

export class BeatSchedule {
  readonly #intervalMs: number;
  readonly #random: () => number;
  #sentAtMs: number;
  #waitMs: number;
  #pingedAtMs: number;

  constructor(intervalMs: number, random: () => number, nowMs: number) {
    this.#intervalMs = intervalMs;
    this.#random = random;
    this.#sentAtMs = nowMs;
    this.#pingedAtMs = nowMs;
    this.#waitMs = this.#draw();
  }

  /** Something was sent. */
  sent(nowMs: number): void {
    this.#sentAtMs = nowMs;
  }

  /** A PING was sent. */
  pinged(nowMs: number): void {
    this.#sentAtMs = nowMs;
    this.#pingedAtMs = nowMs;
    this.#waitMs = this.#draw();
  }

  /** When the next PING is due, given when the round trip was last measured. */
  dueMs(sampledAtMs: number): number {
    const measuredAtMs = Math.max(sampledAtMs, this.#pingedAtMs);
    return Math.min(this.#sentAtMs + this.#waitMs, measuredAtMs + STALE_INTERVALS * this.#intervalMs);
  }

  #draw(): number {
    return this.#intervalMs * (EARLIEST + SPREAD * this.#random());
  }
}
