/**
 * Volatile values may be dropped, but not silently: they are counted by reason and reported, at most once a second.
 *
 * A value that a newer one of its key replaced is not dropped; that is what volatile means.
 */

/**
 * Why volatile values were dropped: `not-open`, there was no open connection, or its end had begun; `outbox-keys` and `inbox-keys`, more keys than
 * `limits.volatileMaxKeys` waited to be written, or for their handlers; `no-consumer`, nobody handles or watches the type; `unreadable`, the payload
 * could not be decoded; `too-large`, the peer takes no value of that size, which was sent to many.
 */
export type VolatileDropReason = 'not-open' | 'outbox-keys' | 'inbox-keys' | 'no-consumer' | 'unreadable' | 'too-large';

export interface VolatileLimitEvent {
  readonly type: 'limit';
  readonly of: 'volatile';
  readonly reason: VolatileDropReason;
  /** How many, since the last report. */
  readonly dropped: number;
}

const REPORT_INTERVAL_MS = 1000;

export class VolatileDrops {
  readonly #counts = new Map<VolatileDropReason, number>();
  #nextReportMs = 0;
  #hasEnded = false;

  /** When something is to be reported; what was dropped together is reported together, so the first report is due at once and not yet made. */
  get nextDeadlineMs(): number {
    return this.#counts.size === 0 ? Infinity : this.#nextReportMs;
  }

  add(reason: VolatileDropReason, count = 1): void {
    if (this.#hasEnded || count === 0) return;
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + count);
  }

  /** One event for each reason, if it is time. */
  takeReport(nowMs: number): VolatileLimitEvent[] {
    if (this.nextDeadlineMs > nowMs) return [];
    this.#nextReportMs = nowMs + REPORT_INTERVAL_MS;
    return this.#takeAll();
  }

  /** The session is over: what is left is reported now, and nothing after it. */
  end(): VolatileLimitEvent[] {
    this.#hasEnded = true;
    return this.#takeAll();
  }

  #takeAll(): VolatileLimitEvent[] {
    const events = [...this.#counts].map(([reason, dropped]): VolatileLimitEvent => ({
      type: 'limit',
      of: 'volatile',
      reason,
      dropped,
    }));
    this.#counts.clear();
    return events;
  }
}
