/**
 * The φ accrual detector (Hayashibara et al. 2004) as Akka and Pekko have it: each side sends a heartbeat every so often, the other one answers, and the
 * answers feed a normal distribution of the times between them. The peer is unavailable when a silence would be as unlikely as 10^−threshold.
 *
 * From their source: the logistic approximation of the normal distribution; the first interval is taken for two samples, a quarter above and below
 * the estimate; a standard deviation of at least 100 ms; an acceptable pause on top of the mean; the interval that ended an
 * unavailability is not remembered; 1000 samples. After an unavailability it goes on, and the peer may become reachable again.
 */
import type { End, EndOptions, Setting } from '../setting.ts';

export interface PhiOptions {
  readonly threshold: number;
  readonly heartbeatMs: number;
  /** Default 3000, that of Akka's cluster. */
  readonly pauseMs?: number;
}

const MIN_DEVIATION_MS = 100;
const MAX_SAMPLES = 1000;
const PAUSE_MS = 3000;
const ANSWER = 1;

export function phiAccrual({ threshold, heartbeatMs, pauseMs = PAUSE_MS }: PhiOptions): Setting {
  const deviations = deviationsAt(threshold);
  return {
    name: `Akka, φ ${threshold}, every ${heartbeatMs / 1000} s`,
    intervalMs: heartbeatMs,
    toleranceMs: () => pauseMs + deviations * MIN_DEVIATION_MS,
    isDeathFinal: false,
    // Four segments an interval, heartbeats and answers of both sides, for as long as the samples go back.
    memorySegments: 4 * MAX_SAMPLES,
    make: (options) => new PhiEnd(deviations, heartbeatMs, pauseMs, options),
  };
}

/** How many standard deviations beyond mean and pause φ reaches the threshold: φ = −log10(e / (1 + e)), e = exp(−y (1.5976 + 0.070566 y²)). */
export function deviationsAt(threshold: number): number {
  let [low, high] = [0, 100];
  for (let step = 0; step < 100; step += 1) {
    const y = (low + high) / 2;
    const e = Math.exp(-y * (1.5976 + 0.070566 * y * y));
    if (-Math.log10(e / (1 + e)) < threshold) low = y;
    else high = y;
  }
  return low;
}

class PhiEnd implements End {
  readonly #deviations: number;
  readonly #heartbeatMs: number;
  readonly #pauseMs: number;
  readonly #options: EndOptions;
  readonly #samples: number[] = [];
  #oldest = 0;
  #sum = 0;
  #squares = 0;
  #heardAtMs: number | null = null;
  #beatAtMs: number;
  #deadAtMs = Infinity;

  constructor(deviations: number, heartbeatMs: number, pauseMs: number, options: EndOptions) {
    this.#deviations = deviations;
    this.#heartbeatMs = heartbeatMs;
    this.#pauseMs = pauseMs;
    this.#options = options;
    this.#beatAtMs = options.nowMs + options.random() * heartbeatMs;
    for (const part of [0.75, 1.25]) this.#remember(part * heartbeatMs);
  }

  get nextMs(): number {
    return Math.min(this.#beatAtMs, this.#deadAtMs);
  }

  wake(nowMs: number): void {
    if (this.#deadAtMs <= nowMs) {
      this.#deadAtMs = Infinity;
      return this.#options.judge('dead', nowMs);
    }
    this.#beatAtMs += this.#heartbeatMs;
    this.#options.write(0, nowMs);
  }

  receive(frame: number, nowMs: number): void {
    if (frame !== ANSWER) return this.#options.write(ANSWER, nowMs);
    const isAvailable = this.#deadAtMs !== Infinity;
    if (this.#heardAtMs !== null && isAvailable) this.#remember(nowMs - this.#heardAtMs);
    this.#heardAtMs = nowMs;
    const count = this.#samples.length;
    const mean = this.#sum / count;
    const deviation = Math.max(MIN_DEVIATION_MS, Math.sqrt(Math.max(0, this.#squares / count - mean * mean)));
    this.#deadAtMs = nowMs + mean + this.#pauseMs + this.#deviations * deviation;
  }

  #remember(intervalMs: number): void {
    if (this.#samples.length < MAX_SAMPLES) this.#samples.push(intervalMs);
    else {
      const forgotten = this.#samples[this.#oldest]!;
      this.#sum -= forgotten;
      this.#squares -= forgotten * forgotten;
      this.#samples[this.#oldest] = intervalMs;
      this.#oldest = (this.#oldest + 1) % MAX_SAMPLES;
    }
    this.#sum += intervalMs;
    this.#squares += intervalMs * intervalMs;
  }
}
