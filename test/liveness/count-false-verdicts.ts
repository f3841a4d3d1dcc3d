/**
 * How often a live peer is taken for suspect or dead: two ends over a lossy line, for as long as it takes to see enough.
 *
 * Most of the time nothing happens that could matter: a false verdict needs a segment that loses many transmissions in a row (a *rare* one, see
 * losses.ts), and at 2 % loss there is one in 10^10. So time is skipped between them:
 *
 *     … rare ─ aftermath ─┬──── skipped: N ordinary segments ────┬─ run-up ─ rare ─ aftermath ─ …
 *
 * How many ordinary segments lie between two rare ones is drawn exactly. What the ends remember of the past (the smoothed round trip, the phase of the beats) is forgotten
 * exponentially, so after `memorySegments` ordinary segments of the aftermath they are in the steady state of ordinary life, whatever the rare one did.
 * N ordinary segments more leave a steady state steady: leaving them out and going on from where we are has the same law, except that the states before
 * and after the gap are then the same one; the run-up, as long again, makes the next rare segment independent of the last one. Verdicts in
 * the skipped part are impossible: two ordinary segments together are less late than the tolerance (`rareFrom`). What is estimated is the duration of the skipped
 * part: its number of segments is known, and the time for each is the mean of all run-ups. A test holds this against the plain simulation.
 */
import { ladderMs, tcpRto0Ms, type Way } from './false-deaths.ts';
import { PlainLosses, RareLosses } from './losses.ts';
import type { Setting, Side, VerdictName } from './setting.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { WatchedPair } from './watched-pair.ts';

export interface CountOptions {
  readonly setting: Setting;
  readonly way: Way;
  readonly verdict: VerdictName;
  readonly seed: number;
}

export interface FalseVerdicts {
  readonly hours: number;
  /** Those of each side. */
  readonly client: number;
  readonly server: number;
  /** Segments that were simulated one by one. */
  readonly simulated: number;
}

/** A connection, and another one whenever it has ended. */
class Connections {
  readonly counts: Record<Side, number> = { client: 0, server: 0 };
  pair: WatchedPair;
  segments = 0;
  #hasEnded = false;
  readonly #make: (nowMs: number) => WatchedPair;

  constructor({ setting, way, verdict }: CountOptions, losses: PlainLosses | RareLosses, random: () => number) {
    const judge = (side: Side, said: VerdictName): void => {
      if (said === verdict) this.counts[side] += 1;
      if (said === 'dead' && setting.isDeathFinal) this.#hasEnded = true;
    };
    this.#make = (nowMs) => new WatchedPair(setting, way, losses, random, judge, nowMs);
    this.pair = this.#make(0);
  }

  get nowMs(): number {
    return this.pair.nowMs;
  }

  step(): void {
    const before = this.pair.segments;
    this.pair.step();
    this.segments += this.pair.segments - before;
    if (!this.#hasEnded) return;
    this.#hasEnded = false;
    this.pair = this.#make(this.pair.nowMs);
    this.segments += this.pair.segments;
  }
}

/** Segment by segment, for so many hours. */
export function countPlainly(options: CountOptions, hours: number): FalseVerdicts {
  const random = new SeededRandom(options.seed).next;
  const connections = new Connections(options, new PlainLosses(options.way.loss, random), random);
  while (connections.nowMs < hours * 3_600_000) connections.step();
  return { hours, ...connections.counts, simulated: connections.segments };
}

/** From one rare segment to the next, so many of them. */
export function countRare(options: CountOptions, rareCount: number): FalseVerdicts {
  const { setting, way, seed } = options;
  const random = new SeededRandom(seed).next;
  const losses = new RareLosses(way.loss, rareFrom(options), random);
  const connections = new Connections(options, losses, random);
  const { memorySegments } = setting;
  let [skipped, ordinarySegments, ordinaryMs] = [0, 0, 0];
  while (losses.rareCount < rareCount) {
    run(connections, memorySegments);
    skipped += losses.skipTo(memorySegments);
    const [segments, startedAtMs, rare] = [connections.segments, connections.nowMs, losses.rareCount];
    while (losses.untilRare > 0 && losses.rareCount === rare) connections.step();
    ordinarySegments += connections.segments - segments;
    ordinaryMs += connections.nowMs - startedAtMs;
    while (losses.rareCount === rare) connections.step();
  }
  run(connections, memorySegments);
  const skippedMs = skipped > 0 ? (skipped * ordinaryMs) / ordinarySegments : 0;
  const hours = (connections.nowMs + skippedMs) / 3_600_000;
  return { hours, ...connections.counts, simulated: connections.segments };
}

/** So many losses make a segment rare that two others together are not late enough for the verdict. */
export function rareFrom({ setting, way, verdict }: CountOptions): number {
  const toleranceMs = setting.toleranceMs(verdict, way.rttMs);
  let losses = 1;
  while (2 * ladderMs(tcpRto0Ms(way), losses) < toleranceMs) losses += 1;
  return losses;
}

function run(connections: Connections, segments: number): void {
  const until = connections.segments + segments;
  while (connections.segments < until) connections.step();
}
