import type { Clock } from '@heartwire/core';
import type { Happening, HistoryEvent } from './history.ts';
import type { Trace } from './trace.ts';

/** Writes the history of a run, and tells the trace of it. */
export class Recorder {
  readonly history: HistoryEvent[] = [];
  readonly #clock: Clock;
  readonly #trace: Trace;

  constructor(clock: Clock, trace: Trace) {
    this.#clock = clock;
    this.#trace = trace;
  }

  note(happening: Happening): void {
    const event = { atMs: this.#clock.now(), ...happening } as HistoryEvent;
    this.history.push(event);
    this.#trace.happened(happening);
  }
}
