/**
 * Volatile values on their last steps: decoded, shown to the taps, given to the consumer of their type. Nothing that becomes of them is acknowledged,
 * so there is no verdict; the inbox only has to know when the next value of the same key may come. PROTOCOL.md §20.
 */
import type { VolatileDropReason } from '../session/volatile-drops.ts';
import type { IncomingVolatile } from '../session/volatile-inbox.ts';
import type { Codec } from '../wire/codec.ts';
import type { MessageQueue } from './message-queue.ts';
import { decodePayload } from './payload.ts';
import { isPromiseLike } from './promise-like.ts';
import type { HandlerContext, Message } from './session-api.ts';

type VolatileHandler = (data: unknown, context: HandlerContext) => unknown;

/** What those who take volatile values need to know about their session. */
export interface VolatileHost {
  readonly codec: Codec;
  /** The consumer of this value has what it needs, or there is none: the next of its key may come. */
  finishVolatile(value: IncomingVolatile): void;
  volatileDropped(reason: VolatileDropReason): void;
  handlerFailed(message: string, error: unknown): void;
}

/** Where the taps listen. */
export interface VolatileTaps {
  readonly observed: boolean;
  next(message: Message): void;
}

export interface VolatileContexts {
  begin(message: Message): HandlerContext;
  end(context: HandlerContext): void;
}

export class VolatileDispatch {
  readonly #host: VolatileHost;
  readonly #taps: VolatileTaps;
  readonly #contexts: VolatileContexts;

  constructor(host: VolatileHost, taps: VolatileTaps, contexts: VolatileContexts) {
    this.#host = host;
    this.#taps = taps;
    this.#contexts = contexts;
  }

  start(value: IncomingVolatile, consumer: VolatileHandler | MessageQueue | undefined): void {
    if (consumer === undefined && !this.#taps.observed) return this.#drop(value, 'no-consumer');
    const message = this.#decode(value);
    if (message === null) return this.#drop(value, 'unreadable');
    if (this.#taps.observed) this.#taps.next(message);
    if (consumer === undefined) this.#host.finishVolatile(value);
    else if (typeof consumer === 'function') this.#run(consumer, value, message);
    else this.#queue(consumer, value, message);
  }

  #drop(value: IncomingVolatile, reason: VolatileDropReason): void {
    this.#host.volatileDropped(reason);
    this.#host.finishVolatile(value);
  }

  #decode({ name, payload }: IncomingVolatile): Message | null {
    try {
      return { type: name, id: 0, data: decodePayload(this.#host.codec, payload), volatile: true };
    } catch {
      return null;
    }
  }

  #run(handler: VolatileHandler, value: IncomingVolatile, message: Message): void {
    const context = this.#contexts.begin(message);
    const finish = (): void => {
      this.#contexts.end(context);
      this.#host.finishVolatile(value);
    };
    const fail = (error: unknown): void => {
      // Nobody waits for the answer of a refusal here, so it is an error like any other.
      this.#host.handlerFailed(message.type, error);
      finish();
    };
    try {
      const result = handler(message.data, context);
      if (isPromiseLike(result)) result.then(finish, fail);
      else finish();
    } catch (error) {
      fail(error);
    }
  }

  /** A loop has what it needs when it has taken the value; until then a newer one waits, so that a slow loop holds two at most of each key. */
  #queue(queue: MessageQueue, value: IncomingVolatile, message: Message): void {
    const finish = (): void => this.#host.finishVolatile(value);
    queue.push({ ...message, accept: finish, refuse: finish });
  }
}
