/**
 * When `liveness$` says something.
 *
 * Whoever acts on it wants to know at once: the status, a stall of ours, a suspicion. Round trips are another matter. A busy connection measures thousands in a
 * second, and people look at one; so what only brings new figures is told once a second, the newest ones at its end. That takes no timer: it is one more
 * deadline of the session's alarm, and it is set only while something is kept back and somebody is subscribed. Without a subscriber nothing is made at all until
 * somebody reads the value.
 */
import { StateSource, type StateStream, type StateUpkeep } from '../state-stream.ts';
import type { Liveness } from './session-api.ts';

/** What the feed asks when it has something to tell. */
export interface LivenessReader {
  /** How the peer stands now. */
  readLiveness(): Liveness | null;
  /** Samples of the round trip so far, of the connection that counts. */
  readonly sampleCount: number;
}

/** So often at most. */
const PERIOD_MS = 1000;
/** Suspicion grows all the time; less than this is the same, so that two readings in a row are one value. */
const SUSPICION_STEP = 0.1;

export class LivenessFeed implements StateUpkeep<Liveness> {
  /** When what is kept back is to be told; Infinity: nothing is. */
  nextDeadlineMs: number = Infinity;
  readonly #source: StateSource<Liveness>;
  readonly #reader: LivenessReader;
  #toldAtMs = -Infinity;
  #toldSamples = 0;
  /** What was told is worth a worry, which may be over with the next byte. */
  #isUneasy = false;

  constructor(initial: Liveness, reader: LivenessReader) {
    this.#source = new StateSource(initial, this);
    this.#reader = reader;
  }

  get stream(): StateStream<Liveness> {
    return this.#source.stream;
  }

  /** The status, a stall of ours or the connection may be another. */
  changed(nowMs: number): void {
    if (this.#source.isObserved) this.#tell(nowMs);
  }

  /** Something was read: there may be a new round trip, and a worry may be over. */
  heard(nowMs: number): void {
    if (!this.#source.isObserved) return;
    if (this.#isUneasy) return this.#tell(nowMs);
    if (this.#reader.sampleCount === this.#toldSamples) return;
    if (nowMs - this.#toldAtMs >= PERIOD_MS) this.#tell(nowMs);
    else this.nextDeadlineMs = this.#toldAtMs + PERIOD_MS;
  }

  handleDeadline(nowMs: number): void {
    if (this.nextDeadlineMs <= nowMs) this.#tell(nowMs);
  }

  /** The connection is gone. What was kept back is told now: later it would look as if the peer were still there. */
  flush(nowMs: number): void {
    if (this.nextDeadlineMs !== Infinity) this.#tell(nowMs);
  }

  complete(): void {
    this.#source.complete();
  }

  refresh(value: Liveness): Liveness {
    const now = this.#reader.readLiveness();
    return now === null || isSame(now, value) ? value : now;
  }

  /** The first subscriber is given the value as it is now. */
  observed(): void {
    this.nextDeadlineMs = Infinity;
    this.#note(this.#source.value);
  }

  #tell(nowMs: number): void {
    const value = this.refresh(this.#source.value);
    this.nextDeadlineMs = Infinity;
    this.#toldAtMs = nowMs;
    this.#note(value);
    this.#source.set(value);
  }

  #note({ suspicion, loopLag }: Liveness): void {
    this.#toldSamples = this.#reader.sampleCount;
    this.#isUneasy = suspicion > 0 || loopLag > 0;
  }
}

function isSame(now: Liveness, before: Liveness): boolean {
  const keys = Object.keys(now) as (keyof Liveness)[];
  return keys.every((key) =>
    key === 'suspicion' ? Math.abs(now[key] - before[key]) < SUSPICION_STEP : now[key] === before[key],
  );
}
