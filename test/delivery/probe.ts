/** What one side of a session notices while something large is under way: how long pings take, whether volatile values go on arriving, what memory it takes. */
import type { AnySession } from '@heartwire/core';
import { percentile } from './percentile.ts';

export interface ProbeResult {
  readonly pings: number;
  /** From the call to the answer, in milliseconds; nothing is subtracted. */
  readonly pingP50Ms: number;
  readonly pingP99Ms: number;
  readonly pingMaxMs: number;
  /** The 99th percentile of the round trips as the session reports them. */
  readonly rttP99Ms: number;
  /** Volatile values of the peer, how many of them were older than one before, and the longest time without one. */
  readonly values: number;
  readonly staleValues: number;
  readonly longestGapMs: number;
  /** Every verdict on the peer. */
  readonly verdicts: readonly string[];
  readonly rssBeforeMiB: number;
  readonly rssPeakMiB: number;
}

const PAUSE_MS = 10;
const VALUE_EACH_MS = 20;
const MIB = 2 ** 20;

export class Probe {
  readonly #session: AnySession;
  readonly #pingsMs: number[] = [];
  readonly #rttsMs: number[] = [];
  readonly #verdicts = new Set<string>();
  readonly #rssBefore = process.memoryUsage.rss();
  #rssPeak = 0;
  #values = 0;
  #newestValue = 0;
  #staleValues = 0;
  #lastValueAtMs = 0;
  #longestGapMs = 0;
  #isRunning = false;

  /** Takes the type `at` of the session for its volatile values. */
  constructor(session: AnySession) {
    this.#session = session;
    session.handle('at', ({ value }: { value: number }) => this.#noteValue(value));
  }

  /** Measures until the returned function is called. */
  start(): () => Promise<ProbeResult> {
    this.#isRunning = true;
    this.#lastValueAtMs = performance.now();
    const pinging = this.#ping();
    const verdicts = this.#session.liveness$.subscribe(({ status }) => this.#verdicts.add(status));
    let value = 0;
    const values = setInterval(() => {
      this.#session.volatile('at', { value: (value += 1) });
      this.#rssPeak = Math.max(this.#rssPeak, process.memoryUsage.rss());
    }, VALUE_EACH_MS);
    return async () => {
      this.#isRunning = false;
      clearInterval(values);
      verdicts.unsubscribe();
      this.#noteGap();
      await pinging;
      return this.#result();
    };
  }

  async #ping(): Promise<void> {
    while (this.#isRunning) {
      const startedAtMs = performance.now();
      const { rtt } = await this.#session.ping();
      this.#pingsMs.push(performance.now() - startedAtMs);
      this.#rttsMs.push(rtt);
      await new Promise((done) => setTimeout(done, PAUSE_MS));
    }
  }

  #noteValue(value: number): void {
    if (!this.#isRunning) return;
    this.#values += 1;
    if (value < this.#newestValue) this.#staleValues += 1;
    this.#newestValue = Math.max(this.#newestValue, value);
    this.#noteGap();
  }

  #noteGap(): void {
    const nowMs = performance.now();
    this.#longestGapMs = Math.max(this.#longestGapMs, nowMs - this.#lastValueAtMs);
    this.#lastValueAtMs = nowMs;
  }

  #result(): ProbeResult {
    return {
      pings: this.#pingsMs.length,
      pingP50Ms: percentile(this.#pingsMs, 0.5),
      pingP99Ms: percentile(this.#pingsMs, 0.99),
      pingMaxMs: Math.max(...this.#pingsMs),
      rttP99Ms: percentile(this.#rttsMs, 0.99),
      values: this.#values,
      staleValues: this.#staleValues,
      longestGapMs: this.#longestGapMs,
      verdicts: [...this.#verdicts],
      rssBeforeMiB: Math.round(this.#rssBefore / MIB),
      rssPeakMiB: Math.round(this.#rssPeak / MIB),
    };
  }
}
