/**
 * The protocol's own half-close: each direction ends by itself, and both together are the proof that everything arrived.
 * PROTOCOL.md §12, §14; a test compares the tables.
 */
export type HalfState = 'open' | 'goodbye' | 'done';
export type GoodbyeEvent = 'write-goodbye' | 'receive-goodbye-ack' | 'receive-goodbye' | 'write-goodbye-ack';

type HalfTransitions = Readonly<Record<HalfState, Readonly<Partial<Record<GoodbyeEvent, HalfState>>>>>;

export const GOODBYE_TRANSITIONS: Readonly<Record<'sending' | 'receiving', HalfTransitions>> = {
  sending: {
    open: { 'write-goodbye': 'goodbye' },
    goodbye: { 'receive-goodbye-ack': 'done' },
    done: {},
  },
  receiving: {
    open: { 'receive-goodbye': 'goodbye' },
    goodbye: { 'write-goodbye-ack': 'done' },
    done: {},
  },
};

export class Goodbye {
  #sending: HalfState = 'open';
  #receiving: HalfState = 'open';

  get sending(): HalfState {
    return this.#sending;
  }

  get receiving(): HalfState {
    return this.#receiving;
  }

  get isComplete(): boolean {
    return this.#sending === 'done' && this.#receiving === 'done';
  }

  /**
   * A new connection goes on: a GOODBYE whose answer may have been lost is written again, and the peer writes its own again unless it
   * has had our answer.
   */
  restart(isPeerDone: boolean): void {
    if (this.#sending === 'goodbye') this.#sending = 'open';
    this.#receiving = isPeerDone ? 'done' : 'open';
  }

  /** Makes the step, or returns false when it is not allowed now; nothing has changed then. */
  step(event: GoodbyeEvent): boolean {
    const isSending = event === 'write-goodbye' || event === 'receive-goodbye-ack';
    const half = isSending ? this.#sending : this.#receiving;
    const next = GOODBYE_TRANSITIONS[isSending ? 'sending' : 'receiving'][half][event];
    if (next === undefined) return false;
    if (isSending) this.#sending = next;
    else this.#receiving = next;
    return true;
  }
}
