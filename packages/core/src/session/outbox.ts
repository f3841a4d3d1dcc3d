/**
 * What waits to be written. It has no sequence ids yet, so it can be withdrawn for free.
 *
 * Answers go before messages and are not limited here: who asks has to take them, or may not ask any more (intake.ts). Messages
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
  /** Messages that were withdrawn one by one and still stand in the queue, to be passed over. */
  #withdrawn = 0;

  constructor(limits: OutboxLimits) {
    this.#limits = limits;
  }

  /** Messages stay, because another session is to have them; answers go. */
  isHeld: boolean = false;

  /** Nothing is to be written. */
  get isEmpty(): boolean {
    return this.#answers.length === 0 && (this.isHeld || this.messageCount === 0);
  }

  /** Messages that wait, answers not counted. */
  get messageCount(): number {
    return this.#messages.length - this.#withdrawn;
  }

  /** Answers that wait. */
  get answerCount(): number {
    return this.#answers.length;
  }

  /** Whether there is room to spare: less than half of either limit is taken. */
  get hasRoom(): boolean {
    return this.messageCount * 2 < this.#limits.maxMessages && this.#bytes * 2 < this.#limits.maxBytes;
  }

  /** Takes a message in; false when it is full. One message is taken into an empty outbox whatever its size. */
  push(message: OutgoingMessage): boolean {
    if (!message.isWindowed) {
      this.#answers.push(message);
      return true;
    }
    const bytes = this.#bytes + message.size;
    const isFull = this.messageCount >= this.#limits.maxMessages || bytes > this.#limits.maxBytes;
    if (isFull && this.messageCount > 0) return false;
    this.#messages.push(message);
    this.#bytes = bytes;
    return true;
  }

  /** The next one to write, answers first. */
  peek(): OutgoingMessage | undefined {
    return this.#answers.peek() ?? (this.isHeld ? undefined : this.#peekMessage());
  }

  shift(): OutgoingMessage | undefined {
    const answer = this.#answers.shift();
    if (answer !== undefined) return answer;
    if (this.#peekMessage() === undefined) return undefined;
    const message = this.#messages.shift()!;
    this.#bytes -= message.size;
    return message;
  }

  /** Takes one message back; it must be decided by now, so that it is passed over. */
  withdraw(message: OutgoingMessage): void {
    this.#withdrawn += 1;
    this.#bytes -= message.size;
  }

  /** The messages that wait, oldest first; among them the ones that were withdrawn. */
  messages(): Iterable<OutgoingMessage> {
    return this.#messages;
  }

  #peekMessage(): OutgoingMessage | undefined {
    let message = this.#messages.peek();
    while (this.#withdrawn > 0 && message?.isDecided === true) {
      this.#messages.shift();
      this.#withdrawn -= 1;
      message = this.#messages.peek();
    }
    return message;
  }

  /** Takes all messages back, not the answers. */
  withdrawMessages(): OutgoingMessage[] {
    this.#bytes = 0;
    this.#withdrawn = 0;
    return this.#messages.clear().filter((message) => !message.isDecided);
  }

  /** Takes all answers back: who asked is gone. */
  dropAnswers(): OutgoingMessage[] {
    return this.#answers.clear();
  }

  /** Takes everything back. */
  withdrawAll(): OutgoingMessage[] {
    return [...this.#answers.clear(), ...this.withdrawMessages()];
  }
}
