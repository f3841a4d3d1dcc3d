/**
 * How often a live peer is taken for dead, as a formula.
 *
 * The peer beats once in every interval `I`. TCP sends a lost segment again after RTO0, then after twice that, four times, …: after k losses in a
 * row it arrives RTO0 · (2^k − 1) late. A listener that waits W longer than the interval is wrong when so many transmissions of one beat
 * are lost that the first one to arrive comes later than W, that is n(W) = ⌊log2(1 + W / RTO0)⌋ + 1 of them. Each is lost with the
 * probability p, whatever became of the others. So one listener is wrong
 *
 *     3600 s / I · p^n(W)      times an hour.
 *
 * It is a staircase: a longer W helps only where it reaches the next step, and a step divides the rate by 1 / p.
 *
 * W is the margin of the preset, and the margin stands on what the listener itself takes for RTO0. On a way without losses that is
 * RTO0's steady value: this is the *closed form*. Losses make the way look longer (a PING that was lost twice has taken three RTO0 more, and the listener
 * cannot know why), so the margin grows just where it is needed. The *adapted form* takes the mean of p^n(W) over what RFC 6298 makes of
 * the round trips of such a way, and has beats go when they do go. What both leave out is in the simulation beside this file.
 */
import type { Heartbeat, Margin } from '../../packages/core/src/connection/heartbeat-preset.ts';
import { SeededRandom } from '../support/seeded-random.ts';

export interface Way {
  readonly rttMs: number;
  /** The part of the segments that is lost, each on its own. */
  readonly loss: number;
}

const RTO_FLOOR_MS = 200;
/** What a TCP that has seen a few round trips adds for their variation. */
const RTO_PER_RTT = 1.5;

/** How long the peer's TCP waits for an acknowledgement before it sends a segment again the first time. */
export function tcpRto0Ms({ rttMs }: Way): number {
  return Math.max(RTO_FLOOR_MS, RTO_PER_RTT * rttMs);
}

/** How late a segment arrives whose first `losses` transmissions are lost. */
export function ladderMs(rto0Ms: number, losses: number): number {
  return rto0Ms * (2 ** losses - 1);
}

/** How many transmissions in a row have to be lost before a listener that waits this much longer than the interval is wrong. */
export function fatalLosses(toleranceMs: number, rto0Ms: number): number {
  return Math.floor(Math.log2(1 + toleranceMs / rto0Ms)) + 1;
}

/** False verdicts of one listener in a million hours of one connection. */
export function perMillionHours(intervalMs: number, toleranceMs: number, way: Way): number {
  return 1e6 * (3_600_000 / intervalMs) * way.loss ** fatalLosses(toleranceMs, tcpRto0Ms(way));
}

/** The margin of a listener that takes the way for this. */
export function marginMs(margin: Margin, rto0Ms: number, srttMs: number): number {
  const ladder = margin.factor * rto0Ms + margin.srttFactor * srttMs + margin.extraMs;
  return Math.min(margin.maxMs, Math.max(margin.minMs, ladder));
}

/** The margin on a way that is known well and loses nothing: the variation has died away. */
export function steadyMarginMs(margin: Margin, rttMs: number): number {
  return marginMs(margin, Math.max(RTO_FLOOR_MS, rttMs), rttMs);
}

/** False deaths of one side in a million connection-hours: the closed form. */
export function falseDeathsPerMillionHours({ intervalMs, dead }: Heartbeat, way: Way): number {
  return perMillionHours(intervalMs, steadyMarginMs(dead, way.rttMs), way);
}

/** A beat goes when nothing was said for a part of the interval, and is answered: that of the server, 0.8 to 0.85, is the earlier one. */
const MEAN_BEAT = 0.825;
const SAMPLES = 200_000;

/** False deaths of one side in a million connection-hours: the adapted form. */
export function adaptedFalseDeathsPerMillionHours({ intervalMs, dead }: Heartbeat, way: Way): number {
  const random = new SeededRandom(1).next;
  const rto0Ms = tcpRto0Ms(way);
  const delayMs = (): number => ladderMs(rto0Ms, Math.floor(Math.log(1 - random()) / Math.log(way.loss)));
  let [srttMs, rttvarMs, sum] = [way.rttMs, way.rttMs / 2, 0];
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    const rttMs = way.rttMs + delayMs() + delayMs();
    rttvarMs += (Math.abs(srttMs - rttMs) - rttvarMs) / 4;
    srttMs += (rttMs - srttMs) / 8;
    const seenRto0Ms = Math.max(RTO_FLOOR_MS, srttMs + 4 * rttvarMs);
    const toleranceMs = marginMs(dead, seenRto0Ms, srttMs) + (1 - MEAN_BEAT) * intervalMs;
    sum += way.loss ** fatalLosses(toleranceMs, rto0Ms);
  }
  return 1e6 * (3_600_000 / (MEAN_BEAT * intervalMs)) * (sum / SAMPLES);
}
