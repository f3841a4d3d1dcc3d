/**
 * What waits to be written. It has no sequence ids yet, so it can be withdrawn for free.
 *
 * Answers go before messages and are not limited here: there are never more of them than requests that the peer may have outstanding. Messages
 * are limited in count and in bytes; beyond that they are not accepted, and the sender is told at once. PROTOCOL.md §9, §10.
 */
import { Fifo } from './fifo.ts';
import type { OutgoingMessage } from './outgoing-message.ts';

export interface OutboxLimits {
  readonly maxMessages: number;
  readonly maxBytes: number;
}

export class Outbox {
  readonly #limits: OutboxLimits;
  readonly #answers = new Fifo<OutgoingMessage>();
  readonly #messages = new Fifo<OutgoingMessage>();
  #bytes = 0;

  constructor(limits: OutboxLimits) {
    this.#limits = limits;
  }

  get isEmpty(): boolean {
    return this.#answers.length === 0 && this.#messages.length === 0;
  }

  /** Messages that wait, answers not counted. */
  get messageCount(): number {
    return this.#messages.length;
  }

  /** Whether there is room to spare: less than half of either limit is taken. */
  get hasRoom(): boolean {
    return this.#messages.length * 2 < this.#limits.maxMessages && this.#bytes * 2 < this.#limits.maxBytes;
  }

  /** Takes a message in; false when it is full. One message is taken into an empty outbox whatever its size. */
  push(message: OutgoingMessage): boolean {
    if (!message.isWindowed) {
      this.#answers.push(message);
      return true;
    }
    const bytes = this.#bytes + message.payload.length;
    const isFull = this.#messages.length >= this.#limits.maxMessages || bytes > this.#limits.maxBytes;
    if (isFull && this.#messages.length > 0) return false;
    this.#messages.push(message);
    this.#bytes = bytes;
    return true;
  }

  /** The next one to write, answers first. */
  peek(): OutgoingMessage | undefined {
    return this.#answers.peek() ?? this.#messages.peek();
  }

  shift(): OutgoingMessage | undefined {
    const answer = this.#answers.shift();
    if (answer !== undefined) return answer;
    const message = this.#messages.shift();
    if (message !== undefined) this.#bytes -= message.payload.length;
    return message;
  }

  /** Takes all messages back, not the answers. */
  withdrawMessages(): OutgoingMessage[] {
    this.#bytes = 0;
    return this.#messages.clear();
  }

  /** Takes everything back. */
  withdrawAll(): OutgoingMessage[] {
    return [...this.#answers.clear(), ...this.withdrawMessages()];
  }
}
