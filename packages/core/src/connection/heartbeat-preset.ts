/** The named settings of the heartbeat. PROTOCOL.md §11 has the table; a test compares it with this one. */

/** `factor · RTO0 + srttFactor · srtt + extraMs`, kept between `minMs` and `maxMs`. */
export interface Margin {
  readonly factor: number;
  readonly srttFactor: number;
  readonly extraMs: number;
  readonly minMs: number;
  readonly maxMs: number;
}

/** How often life must be shown, and how much silence beyond that is too much. */
export interface Heartbeat {
  /** The longest silence, promised and wanted; Infinity: we neither beat of our own accord nor judge the peer. */
  readonly intervalMs: number;
  readonly suspect: Margin;
  readonly dead: Margin;
}

/**
 * `default` suits chat and most servers, `game` finds a loss within seconds, `lan` is for machines that stand side by side, `mobile`
 * saves batteries.
 */
export type HeartbeatPreset = 'default' | 'game' | 'lan' | 'mobile';

/**
 * 15 = 2^4 − 1 and so on: the margins end between two steps of TCP's retransmission ladder, RTO0 · (2^k − 1). Silence is *suspect* and *dead* beyond
 * the times below, while RTO0 is 200 ms and on any way. How often one side is wrong has been simulated, docs/false-deaths.md says how.
 */
export const HEARTBEAT_PRESETS: Readonly<Record<HeartbeatPreset, Heartbeat>> = {
  /**
   * Suspect beyond 18 s (20 s on any way), dead beyond 30 s (45 s).
   * `default` takes a live peer for dead 7.4 times in a million hours at 10 % loss and 150 ms, 3.1 · 10⁻⁴ times at 2 %.
   */
  default: {
    intervalMs: 15_000,
    suspect: { factor: 15, srttFactor: 0, extraMs: 0, minMs: 1000, maxMs: 5000 },
    dead: { factor: 63, srttFactor: 1, extraMs: 1000, minMs: 15_000, maxMs: 30_000 },
  },
  /**
   * Suspect beyond 3.4 s (4 s on any way), dead beyond 9 s (14 s).
   * `game` takes a live peer for dead 2,700 times in a million hours at 10 % loss and 150 ms, 0.17 times at 2 %.
   */
  game: {
    intervalMs: 2000,
    suspect: { factor: 7, srttFactor: 0, extraMs: 0, minMs: 500, maxMs: 2000 },
    dead: { factor: 31, srttFactor: 1, extraMs: 0, minMs: 7000, maxMs: 12_000 },
  },
  /**
   * Suspect beyond 2 s, dead beyond 4.5 s.
   * `lan` takes a live peer for dead 58,000 times in a million hours at 10 % loss and 150 ms, 17 times at 2 %: it is not made for such a way.
   */
  lan: { intervalMs: 1000, suspect: fixedMargin(1000), dead: fixedMargin(3500) },
  /**
   * Suspect beyond 30 s, dead beyond 55 s.
   * `mobile` takes a live peer for dead 1.8 times in a million hours at 10 % loss and 150 ms, 4.8 · 10⁻⁶ times at 2 %.
   */
  mobile: { intervalMs: 25_000, suspect: fixedMargin(5000), dead: fixedMargin(30_000) },
};

/** A margin that does not depend on the round trip. */
export function fixedMargin(ms: number): Margin {
  return { factor: 0, srttFactor: 0, extraMs: 0, minMs: ms, maxMs: ms };
}
