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

// 15 = 2^4 - 1 and so on: the margins end between two steps of TCP's retransmission ladder, RTO0 · (2^k - 1).
export const HEARTBEAT_PRESETS: Readonly<Record<HeartbeatPreset, Heartbeat>> = {
  default: {
    intervalMs: 15_000,
    suspect: { factor: 15, srttFactor: 0, extraMs: 0, minMs: 1000, maxMs: 5000 },
    dead: { factor: 63, srttFactor: 1, extraMs: 1000, minMs: 15_000, maxMs: 30_000 },
  },
  game: {
    intervalMs: 2000,
    suspect: { factor: 7, srttFactor: 0, extraMs: 0, minMs: 500, maxMs: 2000 },
    dead: { factor: 31, srttFactor: 1, extraMs: 0, minMs: 7000, maxMs: 12_000 },
  },
  lan: { intervalMs: 1000, suspect: fixedMargin(1000), dead: fixedMargin(3500) },
  mobile: { intervalMs: 25_000, suspect: fixedMargin(5000), dead: fixedMargin(30_000) },
};

/** A margin that does not depend on the round trip. */
export function fixedMargin(ms: number): Margin {
  return { factor: 0, srttFactor: 0, extraMs: 0, minMs: ms, maxMs: ms };
}
