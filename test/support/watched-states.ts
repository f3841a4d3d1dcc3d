/** What a watch of a socket tells, from now to its end. */
import type { CloseCause, ConnectionState, StateStream } from '@heartwire/core';
import { withDeadline } from './with-deadline.ts';

/** Generous, because it is only ever waited out by a test that fails. */
const DEADLINE_MS = 15_000;

export class WatchedStates {
  readonly states: ConnectionState[] = [];
  readonly #ended: Promise<void>;
  readonly #lookers = new Set<() => void>();

  constructor(stream: StateStream<ConnectionState>) {
    this.#ended = new Promise((complete) => {
      stream.subscribe({
        next: (state) => {
          this.states.push(state);
          for (const look of this.#lookers) look();
        },
        complete,
      });
    });
  }

  /** The states as words: `half-closed` says which directions are left, `closed` says why. */
  get words(): string[] {
    return this.states.map(wordOf);
  }

  /** Resolves when the last state is this one. */
  reached(word: string): Promise<void> {
    const done = new Promise<void>((resolve) => {
      const look = (): void => {
        if (this.words.at(-1) !== word) return;
        this.#lookers.delete(look);
        resolve();
      };
      this.#lookers.add(look);
      look();
    });
    return withDeadline(DEADLINE_MS, done, () => `${word} after ${this.words.join(', ')}`);
  }

  /** Waits until the stream has completed, and gives the cause that it ended with. */
  async cause(): Promise<CloseCause> {
    await withDeadline(DEADLINE_MS, this.#ended, () => `the end of the watch after ${this.words.join(', ')}`);
    const last = this.states.at(-1);
    if (last?.phase !== 'closed') throw new Error(`the watch ended with ${last?.phase ?? 'nothing'}`);
    return last.cause;
  }
}

function wordOf(state: ConnectionState): string {
  switch (state.phase) {
    case 'half-closed':
      return `half-closed ${state.readable ? 'r' : '-'}${state.writable ? 'w' : '-'}`;
    case 'closed':
      return `closed ${state.cause.kind}`;
    default:
      return state.phase;
  }
}
