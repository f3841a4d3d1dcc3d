/**
 * The peer's messages, from their frames to the handlers, and what became of them, from the handlers back to the peer: one session's half that
 * comes in. What is counted and acknowledged is the receiver's business, what waits for whom the inbox's; here they meet the answers, the withdrawals, the time of each
 * message and the goodbye. PROTOCOL.md §7, §9, §20 to §22.
 */
import type { Connection } from '../connection/connection.ts';
import type { Announcement } from '../connection/handshake.ts';
import { HeartwireError } from '../errors/heartwire-error.ts';
import { FrameType } from '../wire/frame-type.ts';
import type { CancelFrame, MessageFrame, RefusalFrame, ReplyFrame, VoidFrame, VolatileFrame } from '../wire/frame.ts';
import { DeadlineHeap } from './deadline-heap.ts';
import type { Farewell } from './farewell.ts';
import { Inbox } from './inbox.ts';
import type { IncomingMessage } from './incoming-message.ts';
import { Receiver } from './receiver.ts';
import type { Sender } from './sender.ts';
import { answerTo, EXPIRED, isUnseen, type Verdict } from './verdict.ts';
import type { VolatileChannel } from './volatile-channel.ts';
import { WithdrawalLimits } from './withdrawal-limits.ts';

export interface IntakeParts {
  /** Where answers go, and whose requests are answered. */
  readonly sender: Sender;
  readonly volatile: VolatileChannel;
  readonly farewell: Farewell;
}

/**
 * Answers that the peer has not acknowledged, for each request that it may have outstanding. Whoever takes its answers says so in the same turn, and leaves no more than two.
 */
const OPEN_ANSWERS_PER_REQUEST = 8;
const NO_DATA = new Uint8Array(0);

export class Intake {
  /** Another one takes its place with a new session; the inbox stays. */
  receiver: Receiver;
  readonly #announcement: Announcement;
  readonly #parts: IntakeParts;
  /** Messages that expire. */
  readonly #expiries = new DeadlineHeap<IncomingMessage>();
  /** Ids that the peer has asked to cancel in this turn. */
  readonly #cancelAskedFor = new Set<number>();
  readonly #withdrawalLimits: WithdrawalLimits;
  #isClosed = false;

  constructor(announcement: Announcement, unhandled: 'refuse' | 'hold', parts: IntakeParts) {
    this.#announcement = announcement;
    this.#parts = parts;
    this.#withdrawalLimits = new WithdrawalLimits(announcement);
    this.receiver = new Receiver(announcement, new Inbox(unhandled));
  }

  get nextDeadlineMs(): number {
    return this.#expiries.nextMs;
  }

  /** This connection carries the session from now on; the peer counts the time of messages from its handshake. */
  attach({ readAtMs }: Connection): void {
    this.#withdrawalLimits.restart();
    this.receiver.originMs = readAtMs;
  }

  /** A new session takes the place of this one: what it brought is still handled, and its outcomes interest nobody. */
  renew(): void {
    this.receiver = new Receiver(this.#announcement, this.receiver.inbox);
  }

  /** Nothing comes any more, and nothing is answered. */
  close(): void {
    this.#isClosed = true;
    this.#expiries.clear();
  }

  /** What waits for a handler is dropped. */
  abandon(): void {
    this.receiver.abandon();
    this.#parts.volatile.inbox.clear();
  }

  /** Throws a HeartwireError when a rule is broken. */
  receive(frame: MessageFrame | ReplyFrame | RefusalFrame | VoidFrame | VolatileFrame, nowMs: number): void {
    const { sender, volatile } = this.#parts;
    switch (frame.type) {
      case FrameType.VOID:
        this.#withdrawalLimits.void(frame.count, nowMs);
        return this.receiver.receiveVoid(frame, nowMs);
      case FrameType.REPLY: {
        const reply = this.receiver.receiveReply(frame, nowMs);
        return reply === null ? undefined : sender.receiveReply(reply.request, reply.payload);
      }
      case FrameType.REFUSAL:
        this.receiver.receiveRefusal(frame, nowMs);
        return sender.receiveRefusal(frame.request, frame.code, frame.data);
      case FrameType.VOLATILE:
        return volatile.receive(frame);
      default:
        return this.#admit(this.receiver.receiveMessage(frame, nowMs));
    }
  }

  /** A request that crosses our goodbye cannot be answered any more. */
  #admit(message: IncomingMessage | null): void {
    if (message === null) return;
    if (message.isRequest) this.#checkAnswers();
    if (message.expiresAtMs !== Infinity) this.#expiries.add(message, message.expiresAtMs);
    if (!message.isRequest || this.#parts.farewell.mayWrite) this.receiver.inbox.add(message);
    else this.receiver.refuse(message, { id: message.id, code: 'ERR_HW_SESSION_CLOSED', data: NO_DATA });
  }

  /** Each answer is kept until it is acknowledged: who asks on and on, and never says that it was answered, is not to fill our memory. */
  #checkAnswers(): void {
    if (this.#parts.sender.openAnswers < OPEN_ANSWERS_PER_REQUEST * this.#announcement.maxRequests) return;
    throw new HeartwireError('ERR_HW_WINDOW', { by: 'remote', detail: 'answers that are never acknowledged' });
  }

  /** Throws a HeartwireError when it makes no sense, or there are too many. */
  receiveCancel({ id }: CancelFrame, nowMs: number): void {
    this.#withdrawalLimits.cancel(this.receiver.acks.received, nowMs);
    if (!this.receiver.mayCancel(id)) {
      const detail = `CANCEL of ${id}, which is not here`;
      throw new HeartwireError('ERR_HW_UNEXPECTED_FRAME', { by: 'remote', detail });
    }
    this.#cancelAskedFor.add(id);
  }

  /** Everything that came together has been read. All that is to be cancelled is looked for at once: so many of them cost no more than one. */
  finishTurn(): void {
    if (this.#cancelAskedFor.size === 0) return;
    this.receiver.cancel(this.#cancelAskedFor);
    this.#cancelAskedFor.clear();
  }

  /** Whether a handler may begin this message, which was ready. One whose time is up is refused, and one that was settled meanwhile is not looked at. */
  begin(message: IncomingMessage, nowMs: number): boolean {
    if (message.isSettled) return false;
    if (message.expiresAtMs <= nowMs) {
      this.settle(message, EXPIRED);
      return false;
    }
    message.isBegun = true;
    return true;
  }

  /** A message that was ready has come to its end. */
  settle(message: IncomingMessage, verdict: Verdict): void {
    if (message.isSettled) return;
    // Who asked in a session that another one has replaced does not wait any more.
    if (message.sessionId !== this.receiver.sessionId) return this.receiver.settle(message, null);
    const { sender, farewell } = this.#parts;
    const mayAnswer = !this.#isClosed && farewell.mayWrite;
    const answers = message.isRequest && mayAnswer && !isUnseen(verdict);
    if (answers) sender.send(answerTo(message, verdict));
    const isRefused = verdict.kind === 'refused' && !answers;
    this.receiver.settle(message, isRefused ? { id: message.id, code: verdict.code, data: verdict.data } : null);
  }

  /** No handler may begin what is out of date; one that has begun is told. */
  handleDeadline(nowMs: number): void {
    for (const message of this.#expiries.takeDue(nowMs)) {
      if (message.isBegun) message.withdraw('ERR_HW_EXPIRED');
      else this.settle(message, EXPIRED);
    }
  }
}
