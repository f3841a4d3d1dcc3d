/**
 * Who gets the messages of the peer: handlers and iterators settle them, taps only watch.
 *
 * A message is decoded when its turn comes, shown to the taps, and handed to its one consumer. What the consumer says, or that
 * there is none, becomes the verdict that the session acknowledges.
 */
import { Subject, type Observable } from 'rxjs';
import type { Codec } from '../wire/codec.ts';
import { HeartwireError } from '../errors/heartwire-error.ts';
import { Refusal } from '../errors/refusal.ts';
import type { Inbox } from '../session/inbox.ts';
import type { IncomingMessage } from '../session/incoming-message.ts';
import type { Verdict } from '../session/verdict.ts';
import type { IncomingVolatile } from '../session/volatile-inbox.ts';
import { encodeText } from '../wire/text.ts';
import { REFUSAL_CODE_MAX_BYTES, REFUSAL_DATA_MAX_BYTES } from '../wire/wire-limit.ts';
import type { Clock } from './clock.ts';
import { MessageQueue } from './message-queue.ts';
import { decodePayload, encodePayload } from './payload.ts';
import { newAbortController } from './platform.ts';
import { isPromiseLike } from './promise-like.ts';
import type { AnySession, HandlerContext, HandleOptions, Message, PendingMessage } from './session-api.ts';
import { VolatileDispatch, type VolatileHost } from './volatile-dispatch.ts';

export type AnyHandler = (data: unknown, context: HandlerContext) => unknown;

/** What the consumers need to know about the session that they serve. */
export interface ConsumerHost extends VolatileHost {
  readonly session: AnySession;
  readonly inbox: Inbox;
  readonly codec: Codec;
  readonly clock: Clock;
  /** Whether a consumer may begin this message now; if not, it is settled, and not for the application. */
  begin(message: IncomingMessage): boolean;
  settle(message: IncomingMessage, verdict: Verdict): void;
  /** A handler for messages of the type `message` threw something that is no Refusal. */
  handlerFailed(message: string, error: unknown): void;
}

const NO_DATA = new Uint8Array(0);

export class Consumers {
  readonly #host: ConsumerHost;
  readonly #handlers = new Map<string, AnyHandler>();
  readonly #queues = new Map<string | null, MessageQueue>();
  readonly #taps = new Subject<Message>();
  /** The handlers that run and asked for their signal. */
  readonly #running = new Set<Context>();
  readonly #volatile: VolatileDispatch;

  constructor(host: ConsumerHost) {
    this.#host = host;
    this.#volatile = new VolatileDispatch(host, this.#taps, {
      begin: (message) => new Context(null, message, host, this.#running),
      end: (context) => this.#running.delete(context as Context),
    });
  }

  get messages$(): Observable<Message> {
    return this.#taps.asObservable();
  }

  handle(type: string, handler: AnyHandler, options: HandleOptions): Disposable {
    const { concurrency } = options;
    if (concurrency !== undefined && !(concurrency >= 1)) {
      throw new HeartwireError('ERR_HW_OPTION', {
        by: 'local',
        detail: `concurrency is ${concurrency}, not 1 or more`,
      });
    }
    this.#claim(type);
    this.#handlers.set(type, handler);
    this.#host.inbox.addConsumer(type, { concurrency });
    return { [Symbol.dispose]: () => this.#release(type, handler) };
  }

  iterate(type: string | null, signal: AbortSignal | undefined): AsyncIterableIterator<PendingMessage> {
    this.#claim(type);
    const queue = new MessageQueue(() => {
      // An iterator that is left twice must not take its successor away.
      if (this.#queues.get(type) !== queue) return;
      this.#queues.delete(type);
      this.#host.inbox.removeConsumer(type);
    }, signal);
    this.#queues.set(type, queue);
    this.#host.inbox.addConsumer(type, { concurrency: Infinity });
    return queue;
  }

  /** Starts a message whose turn has come. */
  start(message: IncomingMessage): void {
    const handler = this.#handlers.get(message.name);
    const queue = handler === undefined ? this.#queueFor(message) : undefined;
    if (handler === undefined && queue === undefined) {
      this.#host.settle(message, refusal('ERR_HW_NO_HANDLER'));
      return;
    }
    // In a queue it is begun when the loop takes it.
    if (handler !== undefined && !this.#host.begin(message)) return;
    const decoded = this.#decode(message);
    if (decoded === null) {
      this.#host.settle(message, refusal('ERR_HW_PAYLOAD'));
      return;
    }
    if (this.#taps.observed) this.#taps.next(decoded);
    if (handler !== undefined) this.#run(handler, message, decoded);
    else queue!.push(this.#pending(message, decoded), () => this.#host.begin(message));
  }

  /** Starts a volatile value, beside everything else. */
  startVolatile(value: IncomingVolatile): void {
    const { name } = value;
    this.#volatile.start(value, this.#handlers.get(name) ?? this.#queues.get(name) ?? this.#queues.get(null));
  }

  /** The peer will send nothing more: whoever iterates has reached the end, once everything is taken. */
  endInput(): void {
    for (const [type, queue] of this.#queues) {
      queue.end();
      this.#queues.delete(type);
      this.#host.inbox.removeConsumer(type);
    }
  }

  /** The session is over: nothing more will come, and nobody waits for what still runs. */
  end(): void {
    this.#taps.complete();
    for (const queue of this.#queues.values()) queue.end();
    for (const context of this.#running) context.abort();
    this.#running.clear();
  }

  #claim(type: string | null): void {
    if (!this.#host.inbox.hasConsumer(type)) return;
    const detail = type === null ? 'messages() is being iterated already' : `"${type}" has a consumer already`;
    throw new HeartwireError('ERR_HW_DUPLICATE_CONSUMER', { by: 'local', detail });
  }

  #release(type: string, handler: AnyHandler): void {
    if (this.#handlers.get(type) !== handler) return;
    this.#handlers.delete(type);
    this.#host.inbox.removeConsumer(type);
  }

  #queueFor(message: IncomingMessage): MessageQueue | undefined {
    // A request needs an answer, which an iterator cannot give.
    if (message.isRequest) return undefined;
    return this.#queues.get(message.name) ?? this.#queues.get(null);
  }

  #decode(message: IncomingMessage): Message | null {
    try {
      return { type: message.name, id: message.id, data: decodePayload(this.#host.codec, message.payload) };
    } catch {
      return null;
    }
  }

  #run(handler: AnyHandler, message: IncomingMessage, decoded: Message): void {
    const context = new Context(message, decoded, this.#host, this.#running);
    try {
      const result = handler(decoded.data, context);
      if (isPromiseLike(result))
        result.then(
          (value) => this.#finish(message, context, value),
          (error: unknown) => this.#fail(message, context, error),
        );
      else this.#finish(message, context, result);
    } catch (error) {
      this.#fail(message, context, error);
    }
  }

  #finish(message: IncomingMessage, context: Context, result: unknown): void {
    this.#running.delete(context);
    if (!message.isRequest) {
      this.#host.settle(message, HANDLED);
      return;
    }
    try {
      this.#host.settle(message, { kind: 'handled', payload: encodePayload(this.#host.codec, result) });
    } catch {
      this.#host.settle(message, refusal('ERR_HW_PAYLOAD'));
    }
  }

  #fail(message: IncomingMessage, context: Context, error: unknown): void {
    this.#running.delete(context);
    if (!(error instanceof Refusal)) this.#host.handlerFailed(message.name, error);
    this.#host.settle(message, this.#refusalOf(error));
  }

  /** Only a Refusal says why; the text of any other error stays here. */
  #refusalOf(error: unknown): Verdict {
    return error instanceof Refusal ? this.#refuse(error.code, error.data) : refusal('ERR_HW_HANDLER');
  }

  #refuse(code: string, data: unknown): Verdict {
    const size = encodeText(code).length;
    // Codes of ours say what we know (that no handler ran, for example); an application cannot vouch for that.
    if (size === 0 || size > REFUSAL_CODE_MAX_BYTES || code.startsWith('ERR_HW_')) return refusal('ERR_HW_HANDLER');
    return { kind: 'refused', code, data: this.#encodeRefusalData(data) };
  }

  #encodeRefusalData(data: unknown): Uint8Array {
    try {
      const bytes = encodePayload(this.#host.codec, data);
      return bytes.length > REFUSAL_DATA_MAX_BYTES ? NO_DATA : bytes;
    } catch {
      return NO_DATA;
    }
  }

  #pending(message: IncomingMessage, decoded: Message): PendingMessage {
    return {
      ...decoded,
      accept: () => this.#host.settle(message, HANDLED),
      refuse: (code, data) => this.#host.settle(message, this.#refuse(code, data)),
    };
  }
}

const HANDLED: Verdict = { kind: 'handled', payload: null };

/** What a handler is told besides the payload. The signal is made when it is asked for: most handlers never do. */
class Context implements HandlerContext {
  /** Null for a volatile value, which nobody can cancel. */
  readonly #incoming: IncomingMessage | null;
  readonly message: Message;
  readonly #host: ConsumerHost;
  readonly #running: Set<Context>;
  #controller: AbortController | null = null;
  #isAborted = false;

  constructor(incoming: IncomingMessage | null, message: Message, host: ConsumerHost, running: Set<Context>) {
    this.#incoming = incoming;
    this.message = message;
    this.#host = host;
    this.#running = running;
  }

  get session(): AnySession {
    return this.#host.session;
  }

  get signal(): AbortSignal {
    if (this.#controller === null) {
      this.#controller = newAbortController();
      if (this.#isAborted || this.session.state$.value.status === 'closed') this.abort();
      else this.#running.add(this);
      this.#watchWithdrawal();
    }
    return this.#controller.signal;
  }

  get idempotencyKey(): string {
    return this.#incoming === null ? '' : `${this.#incoming.sessionId}:${this.#incoming.id}`;
  }

  get expiresAt(): number | null {
    const expiresAtMs = this.#incoming?.expiresAtMs ?? Infinity;
    return expiresAtMs === Infinity ? null : expiresAtMs + this.#host.clock.epochOffset;
  }

  #watchWithdrawal(): void {
    const incoming = this.#incoming;
    if (incoming === null) return;
    incoming.onWithdrawn = (code) => this.#controller!.abort(new HeartwireError(code, { by: 'remote' }));
    if (incoming.withdrawnBy !== null) incoming.onWithdrawn(incoming.withdrawnBy);
  }

  abort(): void {
    this.#isAborted = true;
    this.#controller?.abort(new HeartwireError('ERR_HW_SESSION_CLOSED', { by: 'transport' }));
  }
}

function refusal(code: string): Verdict {
  return { kind: 'refused', code, data: NO_DATA };
}
