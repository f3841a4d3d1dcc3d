/**
 * What was written and whose fate is not known yet, by sequence id, and the peer's acknowledgements of it. PROTOCOL.md §7, §8.
 *
 * Ids are given here, at the first write. Acknowledgements come as two positions that only grow, as ranges beyond them, and as refusals;
 * each step costs as much as the number of messages that it decides. A violation throws a HeartwireError, and nothing has changed then.
 */
import { HeartwireError } from '../errors/heartwire-error.ts';
import type { AckBlock, AckDetail, RefusedId } from '../wire/frame.ts';
import type { OutgoingMessage } from './outgoing-message.ts';

/** What an acknowledgement decided, in the order of the ids. */
export interface InFlightListener {
  delivered(message: OutgoingMessage): void;
  handled(message: OutgoingMessage): void;
  refused(message: OutgoingMessage, refusal: RefusedId): void;
}

export class InFlight {
  readonly #listener: InFlightListener;
  /** Consecutive ids from `#firstId` on; the ones at the front are the oldest that are not settled. */
  #messages: (OutgoingMessage | undefined)[] = [];
  #firstId = 1;
  #lastId = 0;
  /** The last id whose last chunk has been written: nobody can have received more. */
  #lastWholeId = 0;
  #received = 0;
  #settled = 0;
  /** Messages and requests that are written and not settled, and their payload bytes (PROTOCOL.md §10). */
  windowedMessages: number = 0;
  windowedBytes: number = 0;

  constructor(listener: InFlightListener) {
    this.#listener = listener;
  }

  /** The last id that was given; 0 before the first. */
  get lastId(): number {
    return this.#lastId;
  }

  /** The position up to which the peer has everything. */
  get received(): number {
    return this.#received;
  }

  get isEmpty(): boolean {
    return this.#settled === this.#lastId;
  }

  /** Gives `message` the next id. */
  add(message: OutgoingMessage): void {
    this.#lastId += 1;
    message.id = this.#lastId;
    this.#messages.push(message);
    if (!message.isWindowed) return;
    this.windowedMessages += 1;
    this.windowedBytes += message.payload.length;
  }

  /** The last chunk of the newest message has been written. */
  completeLast(): void {
    this.#lastWholeId = this.#lastId;
  }

  /** Refusals and ranges come first, so that the position cannot take a refused message for a handled one. */
  acknowledge(ack: AckBlock, detail: AckDetail | null): void {
    // The smallest position not below the last one whose low 16 bits agree.
    const received = this.#received + ((ack.received - this.#received) & 0xffff);
    const settled = received - ack.unsettled;
    if (received > this.#lastWholeId) throw ackError(`received ${received}, sent ${this.#lastWholeId}`);
    if (settled < this.#settled) throw ackError(`settled ${settled} after ${this.#settled}`);
    const ranges = detail === null ? [] : absoluteRanges(detail, settled);
    this.#checkDetail(ranges, detail, received);
    this.#deliverUpTo(received);
    for (const refusal of detail?.refusals ?? []) this.#settle(refusal.id, refusal);
    for (const [first, last] of ranges) for (let id = first; id <= last; id += 1) this.#settle(id, null);
    for (let id = this.#settled + 1; id <= settled; id += 1) this.#settle(id, null);
    this.#settled = settled;
    this.#forgetSettled();
  }

  /** Everything that is not settled; it is forgotten here. */
  clear(): OutgoingMessage[] {
    const left = this.#messages.filter((message) => message !== undefined && !message.isSettled);
    this.#messages = [];
    this.#firstId = this.#lastId + 1;
    this.windowedMessages = 0;
    this.windowedBytes = 0;
    return left as OutgoingMessage[];
  }

  #checkDetail(ranges: readonly (readonly [number, number])[], detail: AckDetail | null, received: number): void {
    for (const [, last] of ranges) {
      if (last > received) throw ackError(`settled range up to ${last}, received ${received}`);
    }
    for (const { id } of detail?.refusals ?? []) {
      if (id > received) throw ackError(`refused ${id}, received ${received}`);
      if (id <= this.#settled) throw ackError(`refused ${id}, which was settled before`);
    }
  }

  #deliverUpTo(received: number): void {
    for (let id = this.#received + 1; id <= received; id += 1) {
      const message = this.#messages[id - this.#firstId];
      if (message !== undefined && message.stage === 'sent') this.#listener.delivered(message);
    }
    this.#received = received;
  }

  #settle(id: number, refusal: RefusedId | null): void {
    const message = this.#messages[id - this.#firstId];
    if (message === undefined || message.isSettled) return;
    message.isSettled = true;
    if (message.isWindowed) {
      this.windowedMessages -= 1;
      this.windowedBytes -= message.payload.length;
    }
    if (refusal === null) this.#listener.handled(message);
    else this.#listener.refused(message, refusal);
  }

  /** Lets go of the settled ones at the front, half of the array at a time. */
  #forgetSettled(): void {
    const gone = this.#settled + 1 - this.#firstId;
    for (let index = gone - 1; index >= 0 && this.#messages[index] !== undefined; index -= 1) {
      this.#messages[index] = undefined;
    }
    if (gone * 2 < this.#messages.length || gone < 32) return;
    this.#messages = this.#messages.slice(gone);
    this.#firstId += gone;
  }
}

/** The ranges of a detail as pairs of ids, both included. */
function absoluteRanges(detail: AckDetail, settled: number): [number, number][] {
  const ranges: [number, number][] = [];
  let next = settled + 1;
  for (const { gap, length } of detail.ranges) {
    const first = next + gap;
    const last = first + length - 1;
    ranges.push([first, last]);
    next = last + 2;
  }
  return ranges;
}

function ackError(detail: string): HeartwireError {
  return new HeartwireError('ERR_HW_ACK_RANGE', { by: 'remote', detail });
}
