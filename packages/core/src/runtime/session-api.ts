/** The public shape of a session: types only. What each word means is in the README and in docs/. */
import type { Observable } from 'rxjs';
import type { CloseCause } from '../errors/close-cause.ts';
import type { StateStream } from '../state-stream.ts';
import type { ConnectionState } from '../transport/connection-state.ts';
import type { Argument, IsAny, MessageKey, PayloadParameters, Reply, RequestKey } from './contract.ts';
import type { Delivery } from './delivery.ts';
import type { SessionEvent } from './session-event-api.ts';

/**
 * The conversation; it survives connections. `connecting`: attempt number `attempt` is being made. `open`: messages flow over the connection number `epoch`, which
 * only grows; `resumed` says whether it goes on where it was. `suspended`: the connection is lost, and `cause` is why (why the last attempt failed is told by `connection$`); the next one is tried at `retryAt` (null: it is
 * being tried, or the peer has to come), and after `expiresAt` the server need not know the session any more (both in wall-clock epoch milliseconds). `draining`: a goodbye is being said, and `unsettled` messages still await their fate.
 */
export type SessionState =
  | { readonly status: 'connecting'; readonly attempt: number }
  | { readonly status: 'open'; readonly epoch: number; readonly resumed: boolean }
  | {
      readonly status: 'suspended';
      readonly cause: CloseCause;
      readonly retryAt: number | null;
      readonly expiresAt: number;
    }
  | { readonly status: 'draining'; readonly unsettled: number }
  | { readonly status: 'closed'; readonly cause: CloseCause };

/** Is the other side still there? Times in milliseconds. */
export interface Liveness {
  /**
   * `unknown` before the first byte. `suspect` and `dead` as PROTOCOL.md §11 defines them. `stalled`: the peer's application is silent, and the machinery of its transport answers:
   * it is there, and stands still. Said only over WebSocket, by a side that runs on Node (a page cannot ask), and for two minutes at most: then it is *dead*.
   */
  readonly status: 'unknown' | 'alive' | 'suspect' | 'stalled' | 'dead';
  /** The last round trip; null before the first. */
  readonly rtt: number | null;
  /** Smoothed round trip and its mean variation (RFC 6298). */
  readonly srtt: number | null;
  readonly rttvar: number | null;
  readonly minRtt: number | null;
  /** When the last byte of the peer arrived, in wall-clock epoch milliseconds; null before the first. */
  readonly lastHeardAt: number | null;
  /** How many lost transmissions the silence amounts to; 0 while the peer keeps its promise. */
  readonly suspicion: number;
  /** How much of the time since `lastHeardAt` we ourselves stood still (a blocked event loop, a stopped process): it is taken off the silence. */
  readonly loopLag: number;
  /** The peer's application receives more and more of our messages, and has settled none for 30 s. It is alive; sending less helps, another connection does not. */
  readonly backlogged: boolean;
}

/** A message of the peer, as the taps see it. */
export interface Message<T = unknown, K extends string = string> {
  readonly type: K;
  readonly data: T;
  /** Its sequence id: 1, 2, 3 … in the order in which the peer sent; 0 when it is volatile. */
  readonly id: number;
  /** It was sent with `volatile()`: there may have been others before it, and nobody is told what becomes of it. */
  readonly volatile?: true;
}

/** Any of the messages in one direction of a contract. */
export type AnyMessage<M> = { [K in MessageKey<M>]: Message<M[K], K> }[MessageKey<M>];

/** A message taken from `messages()`: it is settled by whoever took it. Of a volatile one nothing is settled, and both functions do nothing. */
export interface PendingMessage<T = unknown, K extends string = string> extends Message<T, K> {
  /** It was handled. */
  accept(): void;
  /** It is refused, with a code of your own (1 to 64 bytes) and, if you like, data of at most 1 KiB. */
  refuse(code: string, data?: unknown): void;
}

export type AnyPendingMessage<M> = { [K in MessageKey<M>]: PendingMessage<M[K], K> }[MessageKey<M>];

export interface HandlerContext {
  readonly message: Message;
  readonly session: AnySession;
  /**
   * Aborted when the peer does not want the message handled any more (the reason's code is `ERR_HW_CANCELLED`), when its time is up (`ERR_HW_EXPIRED`), and when
   * the session ends before the handler has (`ERR_HW_SESSION_CLOSED`).
   */
  readonly signal: AbortSignal;
  /**
   * When the message's time is up, in wall-clock epoch milliseconds of this side; null when it was sent without `expiresIn`. A handler that has begun may go on
   * after that; its `signal` is aborted.
   */
  readonly expiresAt: number | null;
  /** The same for every delivery of one message and of no other: a key for the application's own store. Empty when the message is volatile. */
  readonly idempotencyKey: string;
}

/** What a handler takes and gives: a message's payload and nothing, or a request's argument and its reply. */
export type Handler<T> =
  IsAny<T> extends true
    ? (data: T, context: HandlerContext) => unknown
    : [T] extends [(...args: never[]) => unknown]
      ? (data: Argument<T>, context: HandlerContext) => Reply<T> | Promise<Reply<T>>
      : (data: T, context: HandlerContext) => unknown;

export interface HandleOptions {
  /**
   * How many of this type may run at once. Default: requests 16; messages 1, and then all messages of all types run one at
   * a time, in order. More than 1 gives the order up for this type. It does not count for volatile values: they run beside everything else, one of a
   * type and key at a time.
   */
  readonly concurrency?: number;
}

export interface RequestOptions {
  /**
   * How long to wait for the fate, in milliseconds. After that, what was not written ends as `not-delivered`; otherwise the peer is asked to drop it, and the outcome
   * is what the peer answers, or `unknown` when it does not answer within 5 s. Default: the session's `sendTimeout`.
   */
  readonly timeout?: number;
  /**
   * After this many milliseconds it is of no use any more: no handler of the peer begins it later, however long it was under way, and where none has begun it ends
   * as `expired`. One that runs is told by its `signal`, and what it makes of the message is the outcome. The peer's clock runs late by the time that the
   * handshake of the connection took on its way. Source: PROTOCOL.md §22.
   */
  readonly expiresIn?: number;
  /** Withdraws it when aborted, as `delivery.cancel()` does. */
  readonly signal?: AbortSignal;
}

export interface SendOptions extends RequestOptions {
  /** When the delivery resolves: when the peer's handler has finished (default), or when the peer's session holds the message. */
  readonly confirm?: 'handled' | 'delivered';
}

export interface VolatileOptions {
  /** Whose value it is: only a value of the same type and key is replaced. At most 255 bytes; 7 and '7' are the same. Default: empty. */
  readonly key?: string | number;
}

export interface PingOptions {
  /** How long to wait for the answer, in milliseconds; more than 0. Default 5000. */
  readonly timeout?: number;
  /** Ends the wait when aborted: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface CloseOptions {
  /** How long the goodbye may take before the connection is dropped, in milliseconds. Default 5000. */
  readonly timeout?: number;
  /** A number for the peer's application, 0 to 2^32 - 1. Default 0. */
  readonly code?: number;
  /** A sentence for the peer's people, at most 255 bytes; what is longer is cut. Default empty. */
  readonly reason?: string;
}

/** How a session ended, and what became of the messages whose fate was decided from the call on; those that were sent after it are among them. */
export interface CloseReport {
  readonly cause: CloseCause;
  readonly handled: number;
  readonly notDelivered: number;
  readonly refused: number;
  readonly unknown: number;
}

/**
 * A conversation with one peer. `Out` is what we may send, `In` what the peer may.
 *
 * Everything is owned and explicit: unsubscribing from a stream never closes anything; `close()`, `drain()`, `destroy()`, an aborted
 * `signal` and `await using` (which drains) do.
 */
export interface Session<Out = AnyDirection, In = AnyDirection, Auth = unknown> extends AsyncDisposable {
  /** 32 hexadecimal digits, given by the server; empty while connecting. */
  readonly id: string;
  /** What `authenticate` made of the client's credentials; on the client, undefined. */
  readonly auth: Auth;
  readonly peer: { readonly transport: string; readonly address?: string; readonly name?: string };
  /** Resolves when the session opens; rejects with a {@link HeartwireError} when that will not come. Never an unhandled rejection. */
  readonly ready: Promise<this>;
  /** Resolves with the cause when the session is over and nothing of it remains. Never rejects. */
  readonly closed: Promise<CloseCause>;
  readonly state$: StateStream<SessionState>;
  readonly connection$: StateStream<ConnectionState>;
  /**
   * How the peer stands, as the current connection tells it. A change of `status` or `backlogged`, a stall of ours (`loopLag`) and its end are told at once; what only brings new figures of the round
   * trip is told once a second at most, the newest ones within a second; bytes that change nothing else (`lastHeardAt`) are not told. `suspicion` and `lastHeardAt` are as of the value. Without a
   * subscriber it costs nothing, and `value` is made when it is read.
   *
   * Between two connections it keeps what was known last: `state$` says that there is none. {@link ping} measures a round trip when you want one.
   */
  readonly liveness$: StateStream<Liveness>;
  readonly events$: Observable<SessionEvent>;
  /** A tap: every message as it is dispatched. Watching consumes nothing. */
  readonly messages$: Observable<AnyMessage<In>>;
  /** A tap for one type. */
  on<K extends MessageKey<In>>(type: K): Observable<Message<In[K], K>>;
  /**
   * The one consumer of a type: the message is *handled* when `handler` has finished, *refused* when it throws. Throws
   * `ERR_HW_DUPLICATE_CONSUMER` when the type has one. Disposing it takes it away.
   */
  handle<K extends (MessageKey<In> | RequestKey<In>) & string>(
    type: K,
    handler: Handler<In[K]>,
    options?: HandleOptions,
  ): Disposable;
  /**
   * A consumer, too: each message is settled by `accept()` or `refuse()`. Without a type, it takes all types that have no consumer. It ends with the session; where no
   * other connection can follow, also when the peer has ended its direction.
   */
  messages(options?: { readonly signal?: AbortSignal }): AsyncIterableIterator<AnyPendingMessage<In>>;
  messages<K extends MessageKey<In>>(
    type: K,
    options?: { readonly signal?: AbortSignal },
  ): AsyncIterableIterator<PendingMessage<In[K], K>>;
  /**
   * Sends a message. The delivery resolves when the peer's handler has finished, and rejects with a {@link DeliveryError} otherwise.
   * Throws a {@link HeartwireError} at once when the payload cannot be encoded or the type name is not 1 to 128 bytes.
   */
  send<K extends MessageKey<Out>>(type: K, ...parameters: PayloadParameters<Out[K], SendOptions>): Delivery;
  /** Sends a request; the delivery resolves with the answer. */
  request<K extends RequestKey<Out>>(
    type: K,
    ...parameters: PayloadParameters<Argument<Out[K]>, RequestOptions>
  ): Delivery<Reply<Out[K]>>;
  /**
   * Sends a value of which only the newest counts: a position, a cursor, who is typing. At most one waits for each type and key, and a newer one
   * takes its place; it goes out as soon as the connection takes it, before messages that wait, and nobody learns what becomes of it. Without an open connection, or once
   * the end has begun, it is dropped; `events$` says so (`limit`). There is no order between it and messages.
   *
   * The peer's consumer of the type gets it. Throws a {@link HeartwireError} at once: `ERR_HW_MESSAGE_TOO_LARGE` above 16 KiB, or what the peer takes if that
   * is less; `ERR_HW_PAYLOAD`, `ERR_HW_TYPE_NAME` as `send` does; `ERR_HW_OPTION` for a key of more than 255 bytes. Source: PROTOCOL.md §20.
   */
  volatile<K extends MessageKey<Out>>(type: K, ...parameters: PayloadParameters<Out[K], VolatileOptions>): void;
  /** Back-pressure: resolves when the outbox is less than half full, also when the session has ended. */
  writable(): Promise<void>;
  /**
   * Asks the peer's application for a sign of life, and resolves with the round trip in milliseconds, not counting the time in which the peer held the answer back. Rejects with a
   * {@link HeartwireError}: `ERR_HW_TIMEOUT` when nobody answers in time, `ERR_HW_SESSION_CLOSED` when there is no open connection or it ends before the answer. Throws
   * `ERR_HW_OPTION` at once. Of more than 64 that wait for an answer the oldest is rejected as if its time were up. A ping without answer changes nothing by itself: the
   * verdict on the peer is that of `liveness$`. Source: PROTOCOL.md §11.
   */
  ping(options?: PingOptions): Promise<{ rtt: number }>;
  /**
   * Ends our direction: what waits is sent, and nothing more; the peer's messages are handled as before, but its requests are refused. Resolves when
   * everything that we ever sent is settled, and rejects with a {@link HeartwireError} when the session ends before. Never an unhandled rejection.
   */
  end(): Promise<void>;
  /** Sends what waits, lets everything settle, says goodbye. Never rejects; throws `ERR_HW_OPTION` at once. */
  drain(options?: CloseOptions): Promise<CloseReport>;
  /** Withdraws what waits, lets the rest settle, says goodbye. Never rejects; throws `ERR_HW_OPTION` at once. */
  close(options?: CloseOptions): Promise<CloseReport>;
  /** Ends it without a goodbye: resets the connection. */
  destroy(): void;
}

// oxlint-disable-next-line typescript/no-explicit-any -- any payload of any type
export type AnyDirection = Record<string, any>;
// oxlint-disable-next-line typescript/no-explicit-any -- a session of any contract is accepted where only the session matters
export type AnySession = Session<any, any, any>;
