/**
 * The end of a session by agreement: who began it and with which words, what each direction still owes, and when the two goodbyes may
 * be written. One direction may end long before the other. PROTOCOL.md §12.
 */
import type { CloseCause } from '../errors/close-cause.ts';
import { HeartwireError } from '../errors/heartwire-error.ts';
import type { FrameWriter } from '../wire/frame-writer.ts';
import type { GoodbyeAckFrame, GoodbyeFrame } from '../wire/frame.ts';
import { Goodbye } from './goodbye.ts';

/** Who ends the session, and what is said about it. */
export interface FarewellWords {
  readonly by: 'local' | 'peer';
  readonly code: number;
  readonly reason: string;
}

export class Farewell {
  #goodbye = new Goodbye();
  #words: FarewellWords | null = null;
  /** The last id of the peer, once it has said goodbye. */
  #peerFinal = 0;
  /** It has said so, on this connection or on one before. */
  #isPeerEnding = false;
  /** Whether our last GOODBYE asked for the other direction, and whether the peer's did. */
  #hasAsked = false;
  #isAsked = false;
  /** Our own direction is to end, whatever becomes of the other one. */
  endsSending: boolean = false;

  /** One side has begun to end the session. */
  get hasBegun(): boolean {
    return this.#words !== null;
  }

  /** There is something to say or to answer, in one direction at least. */
  get isUnderWay(): boolean {
    return this.#words !== null || this.endsSending || this.#goodbye.receiving !== 'open';
  }

  /** We have not said goodbye: sequenced frames may still be written. */
  get mayWrite(): boolean {
    return this.#goodbye.sending === 'open';
  }

  /** The peer has not said goodbye: sequenced frames may still arrive. */
  get mayReceive(): boolean {
    return this.#goodbye.receiving === 'open';
  }

  get isComplete(): boolean {
    return this.#goodbye.isComplete;
  }

  /** Our goodbye has been acknowledged. */
  get isSendingDone(): boolean {
    return this.#goodbye.sending === 'done';
  }

  /** The peer wanted the end, and everything in its direction is settled and told. */
  get isAnswered(): boolean {
    return this.#words?.by === 'peer' && this.#goodbye.receiving === 'done';
  }

  /** Whether the peer may say that its goodbye has been acknowledged. */
  mayBeDone(isPeerDone: boolean): boolean {
    return !isPeerDone || this.#goodbye.receiving === 'done';
  }

  /** A new connection goes on with what is not finished. */
  restart(isPeerDone: boolean): void {
    this.#goodbye.restart(isPeerDone);
    this.#hasAsked = false;
    this.#isAsked = false;
  }

  /** A new session takes the place of this one: whatever was said of the end is to be said again. */
  renew(): void {
    this.#goodbye = new Goodbye();
    this.#peerFinal = 0;
    this.#isPeerEnding = false;
    this.#hasAsked = false;
    this.#isAsked = false;
  }

  get cause(): CloseCause {
    return { kind: 'closed', ...(this.#words ?? { by: 'peer', code: 0, reason: '' }) };
  }

  /** The first who begins has the word. */
  begin(words: FarewellWords): void {
    this.#words ??= words;
  }

  /** `received` is the last id that has arrived. Returns whether it is news, and not said again. Throws a HeartwireError when the peer broke a rule. */
  receiveGoodbye({ final, close }: GoodbyeFrame, received: number): boolean {
    const isAskedLater = close && !this.#isAsked && !this.mayReceive && final === this.#peerFinal;
    this.#isAsked = close;
    if (isAskedLater) return false;
    if (!this.#goodbye.step('receive-goodbye')) {
      throw new HeartwireError('ERR_HW_UNEXPECTED_FRAME', { by: 'remote', detail: 'a second GOODBYE' });
    }
    if (final !== received) {
      const detail = `GOODBYE with final id ${final}, received ${received}`;
      throw new HeartwireError('ERR_HW_SEQUENCE', { by: 'remote', detail });
    }
    this.#peerFinal = final;
    const isNews = !this.#isPeerEnding;
    this.#isPeerEnding = true;
    return isNews;
  }

  /** `lastId` is the last one that we wrote. Throws a HeartwireError when the peer broke a rule. */
  receiveGoodbyeAck({ final }: GoodbyeAckFrame, lastId: number): void {
    if (final === lastId && this.#goodbye.step('receive-goodbye-ack')) return;
    throw new HeartwireError('ERR_HW_UNEXPECTED_FRAME', { by: 'remote', detail: `a GOODBYE_ACK for ${final}` });
  }

  /** Whether GOODBYE may be written: somebody wants the end, nothing waits, and no request of the peer awaits its answer. */
  isGoodbyeDue(isIdle: boolean): boolean {
    if (this.mayWrite) return (this.hasBegun || this.endsSending) && isIdle;
    // Our direction had ended before the other was to end.
    return this.#words?.by === 'local' && !this.#hasAsked && this.mayReceive;
  }

  /** Whether GOODBYE_ACK may be written: everything that the peer ever sent is settled. */
  isGoodbyeAckDue(settled: number): boolean {
    return this.#goodbye.receiving === 'goodbye' && settled === this.#peerFinal;
  }

  writeGoodbye(writer: FrameWriter, lastId: number): void {
    this.#goodbye.step('write-goodbye');
    this.#hasAsked = this.hasBegun;
    const { code, reason } = this.#words ?? { code: 0, reason: '' };
    writer.goodbye(lastId, this.#hasAsked, code, reason);
  }

  writeGoodbyeAck(writer: FrameWriter): void {
    this.#goodbye.step('write-goodbye-ack');
    writer.goodbyeAck(this.#peerFinal);
  }
}
