/**
 * The async iterator behind `session.messages()`: messages in order, as fast as they are taken.
 *
 * What it holds is bounded by the window that the peer may fill, because nothing in it is settled. When the loop is left, what has not been
 * accepted or refused is refused, so that no sender waits for ever.
 */
import { Fifo } from '../session/fifo.ts';
import type { PendingMessage } from './session-api.ts';

type Result = IteratorResult<PendingMessage, undefined>;

const DONE: Result = { done: true, value: undefined };
const always = (): boolean => true;

interface Waiting {
  readonly message: PendingMessage;
  readonly begin: () => boolean;
}

export class MessageQueue implements AsyncIterableIterator<PendingMessage> {
  readonly #waiting = new Fifo<Waiting>();
  /** Taken by the loop and perhaps not settled. */
  readonly #taken = new Set<PendingMessage>();
  readonly #takers = new Fifo<(result: Result) => void>();
  readonly #onEnd: () => void;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = (): void => this.#stop();
  #isEnded = false;

  constructor(onEnd: () => void, signal: AbortSignal | undefined) {
    this.#onEnd = onEnd;
    this.#signal = signal;
    signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** `begin` says, when its turn comes, whether it may still be taken. */
  push(message: PendingMessage, begin: () => boolean = always): void {
    if (this.#takers.length === 0) this.#waiting.push({ message, begin });
    else if (begin()) this.#takers.shift()!(this.#hand(message));
  }

  /** No more will come; what waits can still be taken. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#signal?.removeEventListener('abort', this.#onAbort);
    for (const taker of this.#takers.clear()) taker(DONE);
  }

  next(): Promise<Result> {
    if (this.#signal?.aborted === true) this.#stop();
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      if (next.begin()) return Promise.resolve(this.#hand(next.message));
    }
    if (this.#isEnded) return Promise.resolve(DONE);
    return new Promise((resolve) => this.#takers.push(resolve));
  }

  return(): Promise<Result> {
    this.#stop();
    return Promise.resolve(DONE);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #stop(): void {
    const left = [...this.#taken, ...this.#waiting.clear().map(({ message }) => message)];
    this.#taken.clear();
    this.end();
    this.#onEnd();
    for (const message of left) message.refuse('ERR_HW_HANDLER');
  }

  #hand(message: PendingMessage): Result {
    // Nothing of a volatile value is settled: it is done with when it has been taken.
    if (message.volatile === true) {
      message.accept();
      return { done: false, value: message };
    }
    const tracked: PendingMessage = {
      ...message,
      accept: () => this.#settle(tracked, () => message.accept()),
      refuse: (code, data) => this.#settle(tracked, () => message.refuse(code, data)),
    };
    this.#taken.add(tracked);
    return { done: false, value: tracked };
  }

  #settle(message: PendingMessage, settle: () => void): void {
    this.#taken.delete(message);
    settle();
  }
}
