import type { OutgoingMessage } from '../session/outgoing-message.ts';

/** How many messages ended in which way, since it was begun. */
export class OutcomeTally {
  handled: number = 0;
  notDelivered: number = 0;
  refused: number = 0;
  /** Messages that were counted as unknown: only these may be corrected. */
  readonly #unknown = new Set<OutgoingMessage>();

  get unknown(): number {
    return this.#unknown.size;
  }

  count(message: OutgoingMessage): void {
    const outcome = message.error?.outcome;
    if (outcome === undefined) this.handled += 1;
    else if (outcome === 'refused') this.refused += 1;
    else if (outcome === 'unknown') this.#unknown.add(message);
    else this.notDelivered += 1;
  }

  /** A message has an outcome after all. What was unknown before this tally was begun is none of its business. */
  correct(message: OutgoingMessage): void {
    if (this.#unknown.delete(message)) this.count(message);
  }

  snapshot(): Tallied {
    const { handled, notDelivered, refused, unknown } = this;
    return { handled, notDelivered, refused, unknown };
  }
}

export interface Tallied {
  readonly handled: number;
  readonly notDelivered: number;
  readonly refused: number;
  readonly unknown: number;
}
