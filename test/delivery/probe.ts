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

/** Pings at the end of a series that wait while the reader decodes what has arrived: that is its thread's work, and not the way's. */
const WHILE_DECODING = 2;

/** Asks one after the other for signs of life. */
export class PingSeries {
  /** From the call to the answer. */
  readonly elapsedMs: number[] = [];
  /** As the session reports them. */
  readonly rttsMs: number[] = [];
  readonly #session: AnySession;
  #isRunning = true;
  readonly #run: Promise<void>;

  constructor(session: AnySession) {
    this.#session = session;
    this.#run = this.#ask();
  }

  async stop(): Promise<void> {
    this.#isRunning = false;
    await this.#run;
    for (const times of [this.elapsedMs, this.rttsMs]) times.splice(-WHILE_DECODING);
  }

  async #ask(): Promise<void> {
    while (this.#isRunning) {
      const startedAtMs = performance.now();
      const { rtt } = await this.#session.ping();
      this.elapsedMs.push(performance.now() - startedAtMs);
      this.rttsMs.push(rtt);
      await new Promise((done) => setTimeout(done, PAUSE_MS));
    }
  }
}

export class Probe {
  readonly #session: AnySession;
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
    const pings = new PingSeries(this.#session);
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
      await pings.stop();
      return this.#result(pings);
    };
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

  #result({ elapsedMs, rttsMs }: PingSeries): ProbeResult {
    return {
      pings: elapsedMs.length,
      pingP50Ms: percentile(elapsedMs, 0.5),
      pingP99Ms: percentile(elapsedMs, 0.99),
      pingMaxMs: Math.max(...elapsedMs),
      rttP99Ms: percentile(rttsMs, 0.99),
      values: this.#values,
      staleValues: this.#staleValues,
      longestGapMs: this.#longestGapMs,
      verdicts: [...this.#verdicts],
      rssBeforeMiB: Math.round(this.#rssBefore / MIB),
      rssPeakMiB: Math.round(this.#rssPeak / MIB),
    };
  }
}
