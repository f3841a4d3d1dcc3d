/**
 * The receiving half of a session: from sequenced frames to handlers, and from their verdicts back to acknowledgements.
 * PROTOCOL.md §7 to §10.
 */
import type { Announcement } from '../connection/handshake.ts';
import { HeartwireError } from '../errors/heartwire-error.ts';
import { FrameType } from '../wire/frame-type.ts';
import type { MessageFrame, RefusalFrame, RefusedId, ReplyFrame } from '../wire/frame.ts';
import { Acknowledgements } from './acknowledgements.ts';
import { Inbox } from './inbox.ts';
import { IncomingMessage } from './incoming-message.ts';
import { Reassembly } from './reassembly.ts';

export class Receiver {
  readonly inbox: Inbox;
  readonly acks: Acknowledgements = new Acknowledgements();
  readonly #limits: Announcement;
  readonly #reassembly: Reassembly;
  /** What the first chunk of an unfinished message said. */
  #begun: { readonly name: string; readonly request: number } = { name: '', request: 0 };
  /** Messages and requests received and not settled, and their payload bytes: the window that we announced. */
  #windowedMessages = 0;
  #windowedBytes = 0;

  constructor(limits: Announcement, unhandled: 'refuse' | 'hold') {
    this.#limits = limits;
    this.#reassembly = new Reassembly(limits.messageMaxBytes);
    this.inbox = new Inbox(unhandled);
  }

  /** A chunk of a MESSAGE or REQUEST; the message with the last one, else null. Throws a HeartwireError when a rule is broken. */
  receiveMessage(frame: MessageFrame, nowMs: number): IncomingMessage | null {
    this.#checkSequence(frame.sequence);
    if (frame.name !== null) {
      this.#begun = { name: frame.name, request: 0 };
      this.#checkWindow(frame.type === FrameType.REQUEST);
    }
    const payload = this.#reassembly.add(frame.payload, frame.more);
    if (payload === null) return null;
    this.#windowedMessages += 1;
    this.#windowedBytes += payload.length;
    this.#checkWindowBytes();
    this.acks.receive(nowMs);
    return new IncomingMessage(this.acks.received, frame.type === FrameType.REQUEST, this.#begun.name, payload);
  }

  /** A chunk of a REPLY; the whole answer with the last one, else null. An answer is settled when it arrives. */
  receiveReply(frame: ReplyFrame, nowMs: number): { readonly request: number; readonly payload: Uint8Array } | null {
    this.#checkSequence(frame.sequence);
    if (frame.request !== null) this.#begun = { name: '', request: frame.request };
    const payload = this.#reassembly.add(frame.payload, frame.more);
    if (payload === null) return null;
    this.#settleAtOnce(nowMs);
    return { request: this.#begun.request, payload };
  }

  receiveRefusal(frame: RefusalFrame, nowMs: number): void {
    this.#checkSequence(frame.sequence);
    this.#settleAtOnce(nowMs);
  }

  /** The fate of a message is decided; `refusal` is null when it was handled, or when it is a request that gets an answer of its own. */
  settle(message: IncomingMessage, refusal: RefusedId | null): void {
    this.inbox.finish(message);
    this.#leaveWindow(message, refusal);
  }

  /** Refuses a message that was not put into the inbox: the application never sees it. */
  refuse(message: IncomingMessage, refusal: RefusedId): void {
    this.#leaveWindow(message, refusal);
  }

  #leaveWindow(message: IncomingMessage, refusal: RefusedId | null): void {
    message.isSettled = true;
    this.#windowedMessages -= 1;
    this.#windowedBytes -= message.payload.length;
    this.acks.settle(message.id, refusal);
  }

  #settleAtOnce(nowMs: number): void {
    this.acks.receive(nowMs);
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
    if (isRequest && this.inbox.unanswered >= this.#limits.maxRequests) {
      throw windowError(`more than ${this.#limits.maxRequests} outstanding requests`);
    }
  }

  #checkWindowBytes(): void {
    if (this.#windowedBytes > this.#limits.windowBytes) {
      throw windowError(`more than ${this.#limits.windowBytes} unsettled bytes`);
    }
  }
}

function windowError(detail: string): HeartwireError {
  return new HeartwireError('ERR_HW_WINDOW', { by: 'remote', detail });
}
