/**
 * How long the way to the peer and back takes, smoothed as RFC 6298 does it for TCP.
 *
 * What is sampled is the way with everything that TCP does on it: an answer that had to be sent again is a long sample, and cannot be told from one that travelled far.
 * TCP itself must leave such samples out (Karn), since it does not know which transmission was answered. We know what was answered, and a way
 * that often takes this long is one on which silence means less.
 *
 * `rto0Ms` is what the peer's TCP would wait before it sends a lost segment again: the unit in which silence is counted. Its
 * floor is Linux's TCP_RTO_MIN, its value before any sample is the one of RFC 6298 §2.1. PROTOCOL.md §11.
 */
const ALPHA = 1 / 8;
const BETA = 1 / 4;
const RTO_FLOOR_MS = 200;
const RTO_INITIAL_MS = 1000;
const ANSWER_RTOS = 3;
const ANSWER_MIN_MS = 500;
/** No answer is waited for longer. */
export const ANSWER_MAX_MS = 3000;

/** How long the answer to a question is waited for: three times what a lost packet costs. */
export function answerTimeoutMs(rto0Ms: number): number {
  return Math.min(ANSWER_MAX_MS, Math.max(ANSWER_MIN_MS, ANSWER_RTOS * rto0Ms));
}

/** Where whoever saw something come back says so. */
export interface RoundTripMeter {
  /** What was sent then has been answered now; the peer held it for so long. */
  measureRoundTrip(sentAtMs: number, heldMs: number, nowMs: number): void;
}

export class RoundTripTime {
  /** The last sample; null before the first. */
  latestMs: number | null = null;
  smoothedMs: number | null = null;
  variationMs: number | null = null;
  minMs: number | null = null;
  /** When the last sample was taken; -Infinity before the first. */
  sampledAtMs: number = -Infinity;
  sampleCount: number = 0;

  /** `rttMs` has the peer's hold time taken off already; clocks are coarse, so it may come out below zero. */
  sample(rttMs: number, nowMs: number): void {
    const rtt = Math.max(0, rttMs);
    this.latestMs = rtt;
    this.sampledAtMs = nowMs;
    this.sampleCount += 1;
    this.minMs = this.minMs === null ? rtt : Math.min(this.minMs, rtt);
    if (this.smoothedMs === null || this.variationMs === null) {
      this.smoothedMs = rtt;
      this.variationMs = rtt / 2;
      return;
    }
    this.variationMs += BETA * (Math.abs(this.smoothedMs - rtt) - this.variationMs);
    this.smoothedMs += ALPHA * (rtt - this.smoothedMs);
  }

  get rto0Ms(): number {
    if (this.smoothedMs === null || this.variationMs === null) return RTO_INITIAL_MS;
    return Math.max(RTO_FLOOR_MS, this.smoothedMs + 4 * this.variationMs);
  }
}
