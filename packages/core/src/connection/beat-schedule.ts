import type { ConnectionRole } from './connection-state.ts';

/**
 * When a PING is due, so that our own promise is kept and the round trip stays known. PROTOCOL.md §11.
 *
 * Whatever we send keeps the promise, so on a busy connection only the age of the last round-trip sample counts; and where the peer acknowledges messages
 * of ours, those are samples enough, and no PING goes at all. A side that only listens to a busy peer sends acknowledgements, which nobody answers: it pings every four intervals.
 * The random part keeps the beats of many connections from falling into step. It ends at 0.9, so that a beat has a tenth of the interval for its way.
 *
 * On an idle connection one of the two has to begin, and the answer of the other keeps the other's promise, too. The server begins: it goes earlier in the part that the
 * protocol gives to both. It does so for many connections, so its beats are due on a grid, some at a time; waking up for each of them costs more than sending it.
 *
 * A PING also helps the peer to keep its promise. In a hidden page timers come once a minute, but a message is read when it arrives: a PING from here gets its PONG in time, where a PING from
 * there would come too late. What we send otherwise need not be answered, so a PING is due as well when the peer has said nothing for nearly as long as it promised; a peer that beats by itself has
 * done so by then.
 */
const EARLIEST = { server: 0.8, client: 0.85 };
const SPREAD = 0.05;
/** The grid, and how much of the interval it may be. */
const GRID_MS = 50;
const GRID_SHARE = 0.02;
/** Of the peer's interval: later than its own beat, and early enough for the answer. */
const ASK_SHARE = 0.95;
/** A round trip older than this many intervals is stale. */
const STALE_INTERVALS = 4;

export class BeatSchedule {
  readonly #intervalMs: number;
  readonly #earliest: number;
  readonly #gridMs: number;
  readonly #random: () => number;
  readonly #askAfterMs: number;
  #heardAtMs: number;
  #sentAtMs: number;
  #waitMs: number;
  #pingedAtMs: number;

  constructor(role: ConnectionRole, intervalMs: number, theirIntervalMs: number, random: () => number, nowMs: number) {
    this.#intervalMs = intervalMs;
    this.#earliest = EARLIEST[role];
    this.#gridMs = Math.min(GRID_MS, GRID_SHARE * intervalMs);
    this.#askAfterMs = ASK_SHARE * theirIntervalMs;
    this.#heardAtMs = nowMs;
    this.#random = random;
    this.#sentAtMs = nowMs;
    this.#pingedAtMs = nowMs;
    this.#waitMs = this.#draw();
  }

  /** Something was sent. */
  sent(nowMs: number): void {
    this.#sentAtMs = nowMs;
  }

  /** Bytes arrived. */
  heard(nowMs: number): void {
    this.#heardAtMs = nowMs;
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
    // One that was asked and is silent is asked again after the same time, not at once.
    const askMs = Math.max(this.#heardAtMs, this.#pingedAtMs) + this.#askAfterMs;
    const dueMs = Math.min(this.#sentAtMs + this.#waitMs, measuredAtMs + STALE_INTERVALS * this.#intervalMs, askMs);
    return dueMs === Infinity ? Infinity : Math.ceil(dueMs / this.#gridMs) * this.#gridMs;
  }

  #draw(): number {
    return this.#intervalMs * (this.#earliest + SPREAD * this.#random());
  }
}
