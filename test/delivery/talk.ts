/** Two ends of a session that talk to each other all the time, and what became of it. */
import type { AnySession } from '@heartwire/core';
import { Arrivals } from './arrivals.ts';

export interface TalkResult {
  /** In both directions. */
  readonly sent: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly reordered: number;
}

const MAX_MESSAGES = 20_000;

/** Numbered messages in both directions, one after the other. */
export class Talk {
  readonly #arrivals = [new Arrivals(MAX_MESSAGES), new Arrivals(MAX_MESSAGES)];
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #fates: Promise<unknown>[] = [];
  #sent = 0;

  constructor(client: AnySession, peer: AnySession, everyMs: number) {
    for (const [at, session] of [client, peer].entries())
      session.handle('say', (number: number) => {
        this.#arrivals[at]!.add(number);
      });
    this.#timer = setInterval(() => {
      for (const session of [client, peer]) {
        const fate = session.send('say', this.#sent).then(() => {});
        // It is looked at in the end; a test that fails before has something else to say.
        fate.catch(() => {});
        this.#fates.push(fate);
      }
      this.#sent += 1;
    }, everyMs);
  }

  /** Stops, and waits for the fate of every message; rejects when one was not handled. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#fates);
  }

  get result(): TalkResult {
    const sum = (of: 'duplicated' | 'reordered' | 'count'): number =>
      this.#arrivals.reduce((total, arrivals) => total + arrivals[of], 0);
    const sent = 2 * this.#sent;
    return { sent, lost: sent - sum('count'), duplicated: sum('duplicated'), reordered: sum('reordered') };
  }
}
