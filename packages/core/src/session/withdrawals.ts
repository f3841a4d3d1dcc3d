/**
 * Messages whose sender does not want them any more: because it says so, or because their time is up. PROTOCOL.md §21.
 *
 * What was never written is withdrawn with proof. For the rest the peer is asked (CANCEL), and its answer decides; the question is put again on each
 * new connection. A message that expires took its time with it (§22): the peer is not asked, its answer is awaited. Who does not answer in time leaves the fate unknown, and a proof that comes later is still believed.
 */
import type { FrameWriter } from '../wire/frame-writer.ts';
import { DeadlineHeap } from './deadline-heap.ts';
import type { OutgoingMessage } from './outgoing-message.ts';

/** How long the peer has for its answer, in milliseconds. */
export const ANSWER_MS = 5000;

export class Withdrawals {
  readonly #limits = new DeadlineHeap<OutgoingMessage>();
  readonly #answers = new DeadlineHeap<OutgoingMessage>();
  /** Messages whose CANCEL has to be written. */
  #unasked: OutgoingMessage[] = [];

  get nextMs(): number {
    return Math.min(this.#limits.nextMs, this.#answers.nextMs);
  }

  get isIdle(): boolean {
    return this.#unasked.length === 0;
  }

  /** The message has a time of its own. */
  limit(message: OutgoingMessage): void {
    if (message.limitAtMs !== Infinity) this.#limits.add(message, message.limitAtMs);
  }

  /** Messages that are to be withdrawn now. */
  takeOverdue(nowMs: number): OutgoingMessage[] {
    return this.#limits.takeDue(nowMs);
  }

  /** Messages whose answer did not come in time. */
  takeUnanswered(nowMs: number): OutgoingMessage[] {
    return this.#answers.takeDue(nowMs);
  }

  /** The peer is to be asked. */
  ask(message: OutgoingMessage, nowMs: number): void {
    this.await(message, nowMs);
    this.#unasked.push(message);
  }

  /** The peer knows by itself that the time of the message is up, and has to say what became of it. */
  await(message: OutgoingMessage, nowMs: number): void {
    this.#answers.add(message, nowMs + ANSWER_MS);
  }

  /** A new connection: the peer is asked again. */
  askAgain(messages: Iterable<OutgoingMessage>): void {
    this.#unasked = [...messages];
  }

  /** Writes the questions whose messages are wholly written; the others follow theirs. */
  write(writer: FrameWriter): void {
    if (this.#unasked.length === 0) return;
    this.#unasked = this.#unasked.filter((message) => {
      if (message.isDecided) return false;
      if (!message.isWhollyWritten) return true;
      writer.cancel(message.id);
      return false;
    });
  }

  clear(): void {
    this.#unasked = [];
    this.#limits.clear();
    this.#answers.clear();
  }
}
