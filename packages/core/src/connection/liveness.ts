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
 * the peer alive at once.
 *
 * Where the transport has machinery of its own that answers (the WebSocket endpoint: in a browser it lives in another process than the page), a second silence is known: the endpoint's.
 * It is judged like the first one, by the same margins. As long as it is short, the way works and the machine runs, and only the application does not: it is *stalled*. For how long somebody
 * may be stalled has a limit, because a proxy can answer for ever in the name of a server that is gone.
 *
 * What this leaves out: asking the endpoint, and acting on a suspicion.
 */
import type { Heartbeat, Margin } from './heartbeat-preset.ts';
import type { RoundTripTime } from './round-trip-time.ts';
import { Silence } from './silence.ts';

export type LivenessStatus = 'alive' | 'suspect' | 'stalled' | 'dead';

/** The longest silence of an application whose endpoint answers. */
const STALLED_MAX_MS = 120_000;

export class Liveness {
  readonly #heartbeat: Heartbeat;
  readonly #roundTrip: RoundTripTime;
  /** The longest silence that the peer agreed to keep. */
  readonly #intervalMs: number;
  readonly #silence: Silence;
  /** That of the endpoint below the application; null: it has not answered since the last byte. */
  #endpointSilence: Silence | null = null;

  constructor(heartbeat: Heartbeat, intervalMs: number, roundTrip: RoundTripTime, nowMs: number) {
    this.#heartbeat = heartbeat;
    this.#intervalMs = intervalMs;
    this.#roundTrip = roundTrip;
    this.#silence = new Silence(nowMs);
  }

  /** Bytes arrived, whatever they say. */
  heard(nowMs: number): void {
    this.#silence.heard(nowMs);
    this.#endpointSilence = null;
  }

  /** The endpoint below the application answered. */
  endpointAnswered(nowMs: number): void {
    this.#endpointSilence ??= new Silence(nowMs);
    this.#endpointSilence.heard(nowMs);
  }

  /** We stood still for this long until now. */
  discount(stalledMs: number, nowMs: number): void {
    this.#silence.discount(stalledMs, nowMs);
    this.#endpointSilence?.discount(stalledMs, nowMs);
  }

  /** What has been taken off since the last byte. */
  get stalledMs(): number {
    return this.#silence.stalledMs;
  }

  silenceMs(nowMs: number): number {
    return this.#silence.ms(nowMs);
  }

  status(nowMs: number): LivenessStatus {
    const suspectMs = this.#limitMs(this.#heartbeat.suspect);
    if (this.#silence.ms(nowMs) <= suspectMs) return 'alive';
    const wayMs = this.#waySilence.ms(nowMs);
    if (wayMs > this.#deadMs || this.#silence.ms(nowMs) > this.#stalledMaxMs) return 'dead';
    return wayMs > suspectMs ? 'suspect' : 'stalled';
  }

  /** How many lost transmissions the silence amounts to; 0 while the promise is kept. */
  suspicion(nowMs: number): number {
    const beyondMs = this.#silence.ms(nowMs) - this.#intervalMs;
    return beyondMs > 0 ? 1 + Math.log2(1 + beyondMs / this.#roundTrip.rto0Ms) : 0;
  }

  /** When the status changes next if nothing arrives. */
  nextMs(nowMs: number): number {
    const status = this.status(nowMs);
    if (status === 'dead') return Infinity;
    const limitMs = status === 'suspect' ? this.#deadMs : this.#limitMs(this.#heartbeat.suspect);
    const wayMs = this.#waySilence.exceedsAtMs(limitMs);
    return status === 'alive' ? wayMs : Math.min(wayMs, this.#silence.exceedsAtMs(this.#stalledMaxMs));
  }

  /** The last sign that there is a way to the peer. */
  get #waySilence(): Silence {
    return this.#endpointSilence ?? this.#silence;
  }

  get #deadMs(): number {
    return this.#limitMs(this.#heartbeat.dead);
  }

  get #stalledMaxMs(): number {
    return Math.max(STALLED_MAX_MS, this.#deadMs);
  }

  #limitMs(margin: Margin): number {
    const { rto0Ms, smoothedMs } = this.#roundTrip;
    const ladderMs = margin.factor * rto0Ms + margin.srttFactor * (smoothedMs ?? 0) + margin.extraMs;
    return this.#intervalMs + Math.min(margin.maxMs, Math.max(margin.minMs, ladderMs));
  }
}
