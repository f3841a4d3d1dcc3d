/**
 * What was written and whose fate is not known yet, by sequence id, and the peer's acknowledgements of it. PROTOCOL.md §7, §8, §19.
 *
 * Ids are given here, at the first write. Acknowledgements come as two positions that only grow, as ranges beyond them, and as refusals;
 * each step costs as much as the number of messages that it decides. A violation throws a HeartwireError, and nothing has changed then. On a new
 * connection writing begins again behind what the peer has received.
 */
import { HeartwireError } from '../errors/heartwire-error.ts';
import { FrameType } from '../wire/frame-type.ts';
import type { AckBlock, AckDetail, RefusedId } from '../wire/frame.ts';
import { EMPTY_DIGEST, mixDigest } from './digest.ts';
import { HeldBytes } from './held-bytes.ts';
import type { OutgoingKind, OutgoingMessage } from './outgoing-message.ts';

/** What an acknowledgement decided, in the order of the ids. */
export interface InFlightListener {
  delivered(message: OutgoingMessage): void;
  handled(message: OutgoingMessage): void;
  refused(message: OutgoingMessage, refusal: RefusedId): void;
}

const FRAME_TYPES: Readonly<Record<OutgoingKind | 'void', FrameType>> = {
  message: FrameType.MESSAGE,
  request: FrameType.REQUEST,
  reply: FrameType.REPLY,
  refusal: FrameType.REFUSAL,
  void: FrameType.VOID,
};
/** Pairs of ids, both included. */
type Ranges = readonly (readonly [number, number])[];

const NO_RANGES: Ranges = [];
const RELEASED = new Uint8Array(0);

export class InFlight {
  readonly #listener: InFlightListener;
  readonly #held: HeldBytes;
  /** Consecutive ids from `#firstId` on; the ones at the front are the oldest that are not settled. */
  #messages: (OutgoingMessage | undefined)[] = [];
  #firstId = 1;
  #lastId = 0;
  /** The last id whose last chunk has been written on this connection: nobody can have received more. */
  #lastWholeId = 0;
  #wholeDigest = EMPTY_DIGEST;
  #received = 0;
  #receivedDigest = EMPTY_DIGEST;
  #settled = 0;
  /** The position that this connection has told; after a new one it may lie behind what is known. */
  #settledHere = 0;
  /** Messages and requests that are written and not settled, and their payload bytes (PROTOCOL.md §10). */
  windowedMessages: number = 0;
  windowedBytes: number = 0;
  /** How many have been settled, ever. */
  settledCount: number = 0;
  /** Replies and refusals that are written and not settled. */
  answers: number = 0;
  /** Payload bytes that this connection has brought to the peer in whole messages, and those of the message after them. */
  #arrivedWholeBytes = 0;
  #partialBytes = 0;

  constructor(listener: InFlightListener, held: HeldBytes = new HeldBytes()) {
    this.#listener = listener;
    this.#held = held;
  }

  /** The last id that was given; 0 before the first. */
  get lastId(): number {
    return this.#lastId;
  }

  /** The position up to which the peer has everything. */
  get received(): number {
    return this.#received;
  }

  /** Whether the peer has something that it has not settled. */
  get isHeldByPeer(): boolean {
    return this.#received > this.#settled;
  }

  /** Payload bytes that this connection has brought to the peer, as far as it has said. */
  get arrivedBytes(): number {
    return this.#arrivedWholeBytes + this.#partialBytes;
  }

  /** The lowest id whose fate is not known. */
  get base(): number {
    return this.#settled + 1;
  }

  /** The message that has been begun, or has to be written again; undefined when whatever has an id is written. */
  get current(): OutgoingMessage | undefined {
    return this.#lastWholeId === this.#lastId ? undefined : this.#messages[this.#lastWholeId + 1 - this.#firstId];
  }

  /** Gives `message` the next id; nothing may be `current`. */
  add(message: OutgoingMessage): void {
    this.#lastId += 1;
    message.id = this.#lastId;
    this.#messages.push(message);
    if (!message.isWindowed) {
      this.answers += 1;
      return;
    }
    this.windowedMessages += 1;
    this.windowedBytes += message.size;
  }

  /** The last chunk of the current message has been written; `size` is what it carried. */
  completeCurrent(message: OutgoingMessage, size: number): void {
    this.#lastWholeId += 1;
    this.#wholeDigest = mixDigest(this.#wholeDigest, message.id, FRAME_TYPES[message.wireKind], size);
    message.digest = this.#wholeDigest;
    message.isWhollyWritten = true;
  }

  /** Refusals and ranges come first, so that the position cannot take a refused message for a handled one. */
  acknowledge(ack: AckBlock, detail: AckDetail | null, partialBytes = 0): void {
    // The smallest position not below the last one whose low 16 bits agree.
    const received = this.#received + ((ack.received - this.#received) & 0xffff);
    const settled = received - ack.unsettled;
    if (received > this.#lastWholeId) throw ackError(`received ${received}, sent ${this.#lastWholeId}`);
    if (settled < this.#settledHere) throw ackError(`settled ${settled} after ${this.#settledHere}`);
    const ranges = detail === null ? NO_RANGES : absoluteRanges(detail, settled);
    if (detail !== null) checkDetail(ranges, detail, received);
    if (partialBytes > 0) this.#checkPartial(received, partialBytes);
    this.#deliverUpTo(received);
    if (partialBytes > 0) this.#partialBytes = partialBytes;
    if (detail !== null) this.#settleDetail(ranges, detail);
    for (let id = this.#settled + 1; id <= settled; id += 1) this.#settle(id, null);
    this.#settledHere = settled;
    this.#settled = Math.max(this.#settled, settled);
    this.#forgetSettled();
  }

  #settleDetail(ranges: Ranges, detail: AckDetail): void {
    for (const refusal of detail.refusals) this.#settle(refusal.id, refusal);
    // A range may reach back to the first id of all; what is forgotten is settled, and costs nothing.
    for (const [first, last] of ranges) {
      for (let id = Math.max(first, this.#firstId); id <= last; id += 1) this.#settle(id, null);
    }
  }

  /** Whether the peer may have come as far as it says: not back, not beyond what was written, and by the same history. */
  mayHaveReceived(received: number, digest: number): boolean {
    if (received < this.#received || received > this.#lastWholeId) return false;
    const expected = received === this.#received ? this.#receivedDigest : this.#at(received)?.digest;
    return expected === digest;
  }

  /** Goes on over a new connection: what the peer has not received is written again, from its beginning. */
  rewind(received: number): void {
    this.#deliverUpTo(received);
    // Of what the lost connection carried in part nothing is left, on either side.
    this.#arrivedWholeBytes = 0;
    this.#partialBytes = 0;
    this.#lastWholeId = received;
    this.#wholeDigest = this.#receivedDigest;
    this.#settledHere = 0;
    for (let id = received + 1; id <= this.#lastId; id += 1) {
      const message = this.#at(id)!;
      message.writtenBytes = 0;
      // The peer says that it does not have it, and never will by the old connection.
      message.isWhollyWritten = false;
    }
  }

  /** What is not settled, oldest first. */
  *unsettled(): Generator<OutgoingMessage> {
    for (const message of this.#messages) if (message !== undefined && !message.isSettled) yield message;
  }

  /** Everything that is not settled; it is forgotten here. */
  clear(): OutgoingMessage[] {
    const left = this.#messages.filter((message) => message !== undefined && !message.isSettled);
    this.#messages = [];
    this.#firstId = this.#lastId + 1;
    this.windowedMessages = 0;
    this.windowedBytes = 0;
    this.answers = 0;
    return left as OutgoingMessage[];
  }

  #at(id: number): OutgoingMessage | undefined {
    return this.#messages[id - this.#firstId];
  }

  #deliverUpTo(received: number): void {
    if (received === this.#received) return;
    this.#receivedDigest = this.#at(received)!.digest;
    for (let id = this.#received + 1; id <= received; id += 1) {
      const message = this.#at(id)!;
      this.#arrivedWholeBytes += message.writtenBytes;
      message.payload = RELEASED;
      this.#held.release(message);
      if (message.stage === 'sent') this.#listener.delivered(message);
    }
    this.#received = received;
    this.#partialBytes = 0;
  }

  /** The peer cannot have more of the next message than was written, nor less than it had. */
  #checkPartial(received: number, partialBytes: number): void {
    const writtenBytes = this.#at(received + 1)?.writtenBytes ?? 0;
    const knownBytes = received === this.#received ? this.#partialBytes : 0;
    if (partialBytes <= writtenBytes && partialBytes >= knownBytes) return;
    throw ackError(`${partialBytes} bytes of message ${received + 1}, written ${writtenBytes}, known ${knownBytes}`);
  }

  #settle(id: number, refusal: RefusedId | null): void {
    const message = this.#at(id);
    if (message === undefined || message.isSettled) return;
    message.isSettled = true;
    this.settledCount += 1;
    if (message.isWindowed) {
      this.windowedMessages -= 1;
      this.windowedBytes -= message.size;
    } else this.answers -= 1;
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

function checkDetail(ranges: Ranges, detail: AckDetail, received: number): void {
  for (const [, last] of ranges) {
    if (last > received) throw ackError(`settled range up to ${last}, received ${received}`);
  }
  for (const { id } of detail.refusals) {
    if (id > received || id === 0) throw ackError(`refused ${id}, received ${received}`);
  }
}

function absoluteRanges(detail: AckDetail, settled: number): Ranges {
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
