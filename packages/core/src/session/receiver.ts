/**
 * The receiving half of a session: from sequenced frames to handlers, and from their verdicts back to acknowledgements.
 * PROTOCOL.md §7 to §10.
 */
import type { Announcement } from '../connection/handshake.ts';
import { HeartwireError } from '../errors/heartwire-error.ts';
import { FrameType } from '../wire/frame-type.ts';
import type { MessageFrame, RefusalFrame, RefusedId, ReplyFrame, VoidFrame } from '../wire/frame.ts';
import { Acknowledgements } from './acknowledgements.ts';
import type { Inbox } from './inbox.ts';
import { IncomingMessage } from './incoming-message.ts';
import { Reassembly } from './reassembly.ts';

/**
 * Refusals that the peer has not said to have read: one window's worth for each connection that broke down with that word under way. A peer that leaves
 * so many is not going to say it.
 */
const KEPT_REFUSALS_PER_WINDOW = 8;
/** One small frame may not cost more than this much work. */
export const VOID_MAX_IDS = 256;
const NO_DATA = new Uint8Array(0);

interface Begun {
  readonly name: string;
  readonly request: number;
  readonly expiresMs: number | null;
}

export class Receiver {
  readonly inbox: Inbox;
  /** What the session is called, once it is open. */
  sessionId: string = '';
  /** What the times of the peer are counted from: when its side of the handshake was read. PROTOCOL.md §22. */
  originMs: number = 0;
  readonly acks: Acknowledgements = new Acknowledgements();
  readonly #limits: Announcement;
  readonly #reassembly: Reassembly;
  /** What the first chunk of an unfinished message said. */
  #begun: Begun = { name: '', request: 0, expiresMs: null };
  /** Messages and requests received and not settled, and their payload bytes: the window that we announced. */
  #windowedMessages = 0;
  #windowedBytes = 0;
  /** Requests among them; those of a session that came before are not the peer's doing any more. */
  #windowedRequests = 0;

  /** Sessions that live under one object, one after the other, share its inbox. */
  constructor(limits: Announcement, inbox: Inbox) {
    this.inbox = inbox;
    this.#limits = limits;
    this.#reassembly = new Reassembly(limits.messageMaxBytes);
  }

  /** A chunk of a MESSAGE or REQUEST; the message with the last one, else null. Throws a HeartwireError when a rule is broken. */
  receiveMessage(frame: MessageFrame, nowMs: number): IncomingMessage | null {
    this.#checkSequence(frame.sequence);
    if (frame.name !== null) {
      this.#begun = { name: frame.name, request: 0, expiresMs: frame.expiresMs };
      this.#checkWindow(frame.type === FrameType.REQUEST);
    }
    const payload = this.#reassembly.add(frame.payload, frame.more);
    if (payload === null) {
      this.#checkWindowBytes(this.#reassembly.bytes);
      return this.#awaitMore(frame.payload.length);
    }
    this.#windowedMessages += 1;
    this.#windowedBytes += payload.length;
    this.#checkWindowBytes(0);
    this.acks.receive(frame.type, payload.length, nowMs);
    const isRequest = frame.type === FrameType.REQUEST;
    if (isRequest) this.#windowedRequests += 1;
    const { name, expiresMs } = this.#begun;
    const message = new IncomingMessage(this.sessionId, this.acks.received, isRequest, name, payload);
    if (expiresMs !== null) message.expiresAtMs = this.originMs + expiresMs;
    return message;
  }

  /** A chunk of a REPLY; the whole answer with the last one, else null. An answer is settled when it arrives. */
  receiveReply(frame: ReplyFrame, nowMs: number): { readonly request: number; readonly payload: Uint8Array } | null {
    this.#checkSequence(frame.sequence);
    if (frame.request !== null) this.#begun = { name: '', request: frame.request, expiresMs: null };
    const payload = this.#reassembly.add(frame.payload, frame.more);
    if (payload === null) return this.#awaitMore(frame.payload.length);
    this.#settleAtOnce(frame.type, payload.length, nowMs);
    return { request: this.#begun.request, payload };
  }

  receiveRefusal(frame: RefusalFrame, nowMs: number): void {
    this.#checkSequence(frame.sequence);
    this.#settleAtOnce(frame.type, frame.data.length, nowMs);
  }

  /** The fate of a message is decided; `refusal` is null when it was handled, or when it is a request that gets an answer of its own. */
  settle(message: IncomingMessage, refusal: RefusedId | null): void {
    message.isSettled = true;
    this.inbox.finish(message);
    if (message.sessionId === this.sessionId) this.#leaveWindow(message, refusal);
  }

  /** Refuses a message that was not put into the inbox: the application never sees it. */
  refuse(message: IncomingMessage, refusal: RefusedId): void {
    this.#leaveWindow(message, refusal);
  }

  /** The session is over: what has not started never will, and the peer may know it. */
  abandon(): void {
    for (const message of this.inbox.clear()) {
      if (message.sessionId !== this.sessionId) continue;
      this.#leaveWindow(message, { id: message.id, code: 'ERR_HW_SESSION_CLOSED', data: NO_DATA });
    }
  }

  /** A new connection: what was received in part is sent again whole. */
  restart(): void {
    this.#reassembly.clear();
    this.acks.restart();
  }

  /** Messages of the peer that wait for a handler, or whose handler runs. */
  get unsettled(): number {
    return this.#windowedMessages;
  }

  /** Messages that are not settled, and refusals that the peer has not read. */
  get heldMessages(): number {
    return this.#windowedMessages + this.acks.keptRefusals;
  }

  /** Payload bytes that are kept: of what is not settled, and of what is here in part. */
  get heldBytes(): number {
    return this.#windowedBytes + this.#reassembly.bytes;
  }

  #leaveWindow(message: IncomingMessage, refusal: RefusedId | null): void {
    message.isSettled = true;
    this.#windowedMessages -= 1;
    if (message.isRequest) this.#windowedRequests -= 1;
    this.#windowedBytes -= message.payload.length;
    // The heap of deadlines may hold it for long; what it carried is not needed any more.
    if (message.expiresAtMs !== Infinity) message.payload = NO_DATA;
    this.acks.settle(message.id, refusal);
  }

  /** Ids that will never carry anything. */
  receiveVoid({ sequence, count }: VoidFrame, nowMs: number): void {
    this.#checkSequence(sequence);
    if (count > VOID_MAX_IDS) throw windowError(`${count} ids in one VOID, at most ${VOID_MAX_IDS}`);
    for (let left = count; left > 0; left -= 1) this.#settleAtOnce(FrameType.VOID, 0, nowMs);
  }

  /** Whether the peer may cancel this id: it must be here. */
  mayCancel(id: number): boolean {
    return id >= 1 && id <= this.acks.received;
  }

  /** The peer does not want these any more: what waits is dropped, what runs is told, and what is settled stays as it is. */
  cancel(ids: ReadonlySet<number>): void {
    for (const message of Array.from(this.inbox.unsettled())) {
      if (message.sessionId !== this.sessionId || !ids.has(message.id)) continue;
      if (message.isBegun) message.withdraw('ERR_HW_CANCELLED');
      else this.settle(message, { id: message.id, code: 'ERR_HW_CANCELLED', data: NO_DATA });
    }
  }

  #awaitMore(bytes: number): null {
    this.acks.receivePart(bytes);
    return null;
  }

  #settleAtOnce(type: FrameType, size: number, nowMs: number): void {
    this.acks.receive(type, size, nowMs);
    this.acks.settle(this.acks.received, null);
  }

  #checkSequence(sequence: number): void {
    const expected = (this.acks.received + 1) & 0xffff;
    if (sequence === expected) return;
    const detail = `sequence ${sequence}, expected ${expected}`;
    throw new HeartwireError('ERR_HW_SEQUENCE', { by: 'remote', detail });
  }

  #checkWindow(isRequest: boolean): void {
    if (this.#windowedMessages >= this.#limits.windowMessages) {
      throw windowError(`more than ${this.#limits.windowMessages} unsettled messages`);
    }
    if (this.acks.keptRefusals >= KEPT_REFUSALS_PER_WINDOW * this.#limits.windowMessages) {
      throw windowError(`refusals that are never acknowledged`);
    }
    if (isRequest && this.#windowedRequests >= this.#limits.maxRequests) {
      throw windowError(`more than ${this.#limits.maxRequests} outstanding requests`);
    }
  }

  /** The part of a message that is here counts as well: it takes memory, and the sender has counted all of it. */
  #checkWindowBytes(partialBytes: number): void {
    if (this.#windowedBytes + partialBytes > this.#limits.windowBytes) {
      throw windowError(`more than ${this.#limits.windowBytes} unsettled bytes`);
    }
  }
}

function windowError(detail: string): HeartwireError {
  return new HeartwireError('ERR_HW_WINDOW', { by: 'remote', detail });
}
