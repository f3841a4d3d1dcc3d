import type { OutgoingMessage } from '../session/outgoing-message.ts';

/** How many messages ended in which way. */
export class OutcomeTally {
  handled: number = 0;
  notDelivered: number = 0;
  refused: number = 0;
  unknown: number = 0;

  count(message: OutgoingMessage): void {
    const outcome = message.error?.outcome;
    if (outcome === undefined) this.handled += 1;
    else if (outcome === 'refused') this.refused += 1;
    else if (outcome === 'unknown') this.unknown += 1;
    else this.notDelivered += 1;
  }

  /** A message that was counted as unknown has an outcome after all. */
  correct(message: OutgoingMessage): void {
    this.unknown -= 1;
    this.count(message);
  }

  /** What has been counted since `earlier`. */
  since(earlier: Tallied): Tallied {
    return {
      handled: this.handled - earlier.handled,
      notDelivered: this.notDelivered - earlier.notDelivered,
      refused: this.refused - earlier.refused,
      unknown: this.unknown - earlier.unknown,
    };
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
