/**
 * The payload bytes of all sessions of a server, against one limit: what waits to be sent, what is written and not received, what is put together,
 * what waits for a handler and what is being handled.
 *
 * Nobody counts single messages for it. Each session knows what it keeps, and at the end of each turn it pays in the difference to the last time: so counting
 * costs a few additions a turn, and what is counted is what is kept. When it is too much, whoever made the budget is asked once, at the end of the turn, to
 * find sessions that have to go.
 */
import type { SharedBytes } from '../session/outgoing-message.ts';
import { atEndOfTurn } from './platform.ts';

export class ByteBudget {
  readonly #maxBytes: number;
  readonly #relieveAtEndOfTurn: () => void;
  #bytes = 0;
  #isRelieving = false;

  /** `relieve` is called when more than `maxBytes` are kept, and is to change that. */
  constructor(maxBytes: number, relieve: () => void) {
    this.#maxBytes = maxBytes;
    this.#relieveAtEndOfTurn = atEndOfTurn(() => {
      this.#isRelieving = false;
      if (this.isExceeded) relieve();
    });
  }

  /** What is kept in all. */
  get bytes(): number {
    return this.#bytes;
  }

  get isExceeded(): boolean {
    return this.#bytes > this.#maxBytes;
  }

  /** So many more are kept, or fewer. */
  charge(bytes: number): void {
    this.#bytes += bytes;
    if (!this.isExceeded || this.#isRelieving) return;
    this.#isRelieving = true;
    this.#relieveAtEndOfTurn();
  }

  /** The part of one who keeps something. */
  open(): BudgetAccount {
    return new BudgetAccount(this);
  }

  /** A payload that many sessions keep together. */
  share(bytes: number): SharedBytes {
    let holders = 0;
    return {
      hold: () => {
        holders += 1;
        if (holders === 1) this.charge(bytes);
      },
      release: () => {
        holders -= 1;
        if (holders === 0) this.charge(-bytes);
      },
    };
  }
}

export class BudgetAccount {
  readonly #budget: ByteBudget;
  #bytes = 0;
  #isClosed = false;

  constructor(budget: ByteBudget) {
    this.#budget = budget;
  }

  /** It keeps so much now. */
  update(bytes: number): void {
    if (bytes === this.#bytes || this.#isClosed) return;
    const difference = bytes - this.#bytes;
    this.#bytes = bytes;
    this.#budget.charge(difference);
  }

  /** It keeps nothing from now on, whatever it says. */
  close(): void {
    this.update(0);
    this.#isClosed = true;
  }
}
