/**
 * Is the other side still there? A judgement from the past and `now`, and nothing else. PROTOCOL.md §11.
 *
 * The peer has promised never to be silent for longer than an interval. Over TCP a lost segment is sent again after RTO0, then after twice
 * that, four times, … so silence beyond the interval comes in steps: `RTO0 · (2^k − 1)` after k losses in a row. Counting losses is
 * therefore what a verdict can stand on; the variance of arrival times is not, because it describes the days when nothing was lost.
 *
 *     0            I          I + M                    I + D
 *     |--- alive --|-- alive --|------- suspect --------|---- dead
 *                  ^ promise broken: suspicion counts lost transmissions from here
 *
 * Losses being independent, k in a row come with the probability p^k: so a verdict at D is wrong 3600 s / I · p^(⌊log2(1 + D / RTO0)⌋ + 1) times an hour.
 * Only a D that reaches the next step is worth its time, and the presets' do; docs/false-deaths.md has the figures. RTO0 is estimated, and losses make the way
 * look longer than it is: the margins grow, up to their ceilings, where more is lost.
 *
 * The silence is what we were able to hear: time in which we ourselves stood still (`discount`) is taken off. Whatever arrives makes
 * the peer alive at once. What this leaves out: acting on a suspicion, and the machinery of a WebSocket that answers for a frozen application.
 */
import type { Heartbeat, Margin } from './heartbeat-preset.ts';
import type { RoundTripTime } from './round-trip-time.ts';

export type LivenessStatus = 'alive' | 'suspect' | 'dead';

export class Liveness {
  readonly #heartbeat: Heartbeat;
  readonly #roundTrip: RoundTripTime;
  /** The longest silence that the peer agreed to keep. */
  readonly #intervalMs: number;
  #heardAtMs: number;
  #stalledMs = 0;

  constructor(heartbeat: Heartbeat, intervalMs: number, roundTrip: RoundTripTime, nowMs: number) {
    this.#heartbeat = heartbeat;
    this.#intervalMs = intervalMs;
    this.#roundTrip = roundTrip;
    this.#heardAtMs = nowMs;
  }

  /** Bytes arrived, whatever they say. */
  heard(nowMs: number): void {
    this.#heardAtMs = nowMs;
    this.#stalledMs = 0;
  }

  /** We stood still for this long until now. What of it lies before the last byte is no silence and is not taken off. */
  discount(stalledMs: number, nowMs: number): void {
    this.#stalledMs += Math.min(stalledMs, this.silenceMs(nowMs));
  }

  /** What has been taken off since the last byte. */
  get stalledMs(): number {
    return this.#stalledMs;
  }

  silenceMs(nowMs: number): number {
    return Math.max(0, nowMs - this.#heardAtMs - this.#stalledMs);
  }

  status(nowMs: number): LivenessStatus {
    const silenceMs = this.silenceMs(nowMs);
    if (silenceMs > this.#limitMs(this.#heartbeat.dead)) return 'dead';
    return silenceMs > this.#limitMs(this.#heartbeat.suspect) ? 'suspect' : 'alive';
  }

  /** How many lost transmissions the silence amounts to; 0 while the promise is kept. */
  suspicion(nowMs: number): number {
    const beyondMs = this.silenceMs(nowMs) - this.#intervalMs;
    return beyondMs > 0 ? 1 + Math.log2(1 + beyondMs / this.#roundTrip.rto0Ms) : 0;
  }

  /** When the status changes next if nothing arrives. */
  nextMs(nowMs: number): number {
    const status = this.status(nowMs);
    if (status === 'dead') return Infinity;
    const margin = status === 'alive' ? this.#heartbeat.suspect : this.#heartbeat.dead;
    // One millisecond beyond, because the limit itself is still allowed.
    return this.#heardAtMs + this.#stalledMs + this.#limitMs(margin) + 1;
  }

  #limitMs(margin: Margin): number {
    const { rto0Ms, smoothedMs } = this.#roundTrip;
    const ladderMs = margin.factor * rto0Ms + margin.srttFactor * (smoothedMs ?? 0) + margin.extraMs;
    return this.#intervalMs + Math.min(margin.maxMs, Math.max(margin.minMs, ladderMs));
  }
}
