/**
 * One direction of a TCP connection over a way that loses segments, seen from the application: when what is written arrives.
 *
 * A segment whose first k transmissions are lost arrives RTO0 · (2^k − 1) later than it would have. Until its acknowledgement is back, nothing else
 * is sent (after a timeout the congestion window is one segment), and what is written meanwhile goes out together then. The model is
 * the plain ladder of RFC 6298: no loss probe (RFC 8985), which would be one more transmission in the same time, and no lost acknowledgements, since
 * whatever the other side sends, its heartbeat for one, acknowledges again.
 */
import { ladderMs } from './false-deaths.ts';

interface UnderWay<Frame> {
  readonly frame: Frame;
  readonly atMs: number;
}

export class LossyLine<Frame> {
  readonly #oneWayMs: number;
  readonly #rto0Ms: number;
  /** How many transmissions of the next segment are lost. */
  readonly #drawLosses: () => number;
  #underWay: UnderWay<Frame>[] = [];
  /** Until then the window is full. */
  #blockedUntilMs = -Infinity;
  /** The segment that collects what is written meanwhile leaves then, and arrives then. */
  #collectsUntilMs = -Infinity;
  #collectedAtMs = -Infinity;
  #isCut = false;

  constructor(oneWayMs: number, rto0Ms: number, drawLosses: () => number) {
    this.#oneWayMs = oneWayMs;
    this.#rto0Ms = rto0Ms;
    this.#drawLosses = drawLosses;
  }

  /** When the next frame arrives; Infinity: nothing is under way. */
  get nextMs(): number {
    return this.#underWay[0]?.atMs ?? Infinity;
  }

  write(frame: Frame, nowMs: number): void {
    if (this.#isCut) return;
    if (nowMs >= this.#collectsUntilMs) {
      const leavesAtMs = Math.max(nowMs, this.#blockedUntilMs);
      if (leavesAtMs > nowMs) this.#collectsUntilMs = leavesAtMs;
      const losses = this.#drawLosses();
      this.#collectedAtMs = leavesAtMs + ladderMs(this.#rto0Ms, losses) + this.#oneWayMs;
      if (losses > 0) this.#blockedUntilMs = this.#collectedAtMs + this.#oneWayMs;
    }
    this.#underWay.push({ frame, atMs: this.#collectedAtMs });
  }

  take(): Frame {
    return this.#underWay.shift()!.frame;
  }

  /** The way is gone: nothing arrives any more, neither what is under way nor what is written. */
  cut(): void {
    this.#isCut = true;
    this.#underWay = [];
  }
}
