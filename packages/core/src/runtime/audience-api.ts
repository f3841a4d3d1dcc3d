/** The public shape of a message to many sessions: types only. */
import type { Observable } from 'rxjs';
import type { DeliveryError, FailedOutcome } from '../errors/delivery-error.ts';
import type { StateStream } from '../state-stream.ts';
import type { Contract, MessageKey, PayloadParameters } from './contract.ts';
import type { Receipt } from './delivery.ts';
import type { RequestOptions, Session, VolatileOptions } from './session-api.ts';

/** A session of the server, as its `ServerSession` is. */
type Member<C extends Contract> = Session<C['down'], C['up'], C['auth']>;

export interface BroadcastOptions extends RequestOptions {
  /**
   * When a recipient's outcome is decided: when its handler has finished, or when its session holds the message. Default: the server's option
   * `confirm`. What fails after it was delivered is the event `undelivered` of that session.
   */
  readonly confirm?: 'handled' | 'delivered';
}

/** What became of a message for each of its recipients, counted. `recipients` is the sum of all the others. */
export interface BroadcastReport {
  readonly recipients: number;
  readonly handled: number;
  /** Only with `confirm: 'delivered'`, and then in place of `handled`. */
  readonly delivered: number;
  readonly notDelivered: number;
  readonly refused: number;
  readonly expired: number;
  readonly cancelled: number;
  readonly overflow: number;
  readonly unknown: number;
}

/** How far a broadcast has come: `decided` is the sum of `handled`, `delivered` and `failed`. */
export interface BroadcastProgress {
  readonly recipients: number;
  readonly decided: number;
  readonly handled: number;
  /** Only with `confirm: 'delivered'`, and then in place of `handled`. */
  readonly delivered: number;
  readonly failed: number;
}

/** What became of a broadcast for one of its recipients: a receipt, or an error. */
export type RecipientOutcome<C extends Contract> = OutcomeOf<Member<C>>;

/** The same, whatever a session is. The outcomes stand apart, so that each can be told from all others. */
export type OutcomeOf<S> =
  | { readonly session: S; readonly outcome: 'handled'; readonly receipt: Receipt; readonly error?: undefined }
  | { readonly session: S; readonly outcome: 'delivered'; readonly receipt: Receipt; readonly error?: undefined }
  | {
      readonly session: S;
      readonly outcome: FailedOutcome;
      readonly error: DeliveryError;
      readonly receipt?: undefined;
    };

/** Resolves with the report when the outcome of every recipient is decided; at once when there is none. Never rejects. */
export interface Broadcast<C extends Contract> extends Promise<BroadcastReport> {
  /** The outcome of each recipient, in the order in which they were decided; begins with those that are. Completes with the last, never errors. */
  readonly each$: Observable<RecipientOutcome<C>>;
  /** Completes with the last outcome. */
  readonly progress$: StateStream<BroadcastProgress>;
  /**
   * Withdraws the message from every session whose outcome is not decided, as `delivery.cancel()` does. The outcomes come as those of a
   * single message: at once, or with the answer of the peer.
   */
  cancel(): void;
}

/** Sessions that are told the same. Who they are is looked up at each `send`. */
export interface Audience<C extends Contract> {
  /** The same audience without these sessions, also later. */
  except(...sessions: readonly Member<C>[]): Audience<C>;
  /**
   * Sends a message to every session of the audience. It is encoded once and waits in the outbox of each recipient, so that none of them delays another;
   * one whose outbox is full ends with `overflow`. Throws a HeartwireError at once, and sends nothing, when the payload cannot be encoded
   * (`ERR_HW_PAYLOAD`) or the type name is not 1 to 128 bytes (`ERR_HW_TYPE_NAME`), also when nobody is there.
   */
  send<K extends MessageKey<C['down']>>(
    type: K,
    ...parameters: PayloadParameters<C['down'][K], BroadcastOptions>
  ): Broadcast<C>;
  /**
   * Sends a value of which only the newest counts to every session of the audience, as {@link Session.volatile} does to one. It is encoded once; a session
   * without an open connection drops it, and so does one whose peer takes no value of that size (`limit` on its `events$`). Throws a HeartwireError at once, and sends
   * nothing: `ERR_HW_MESSAGE_TOO_LARGE` above 16 KiB, `ERR_HW_PAYLOAD`, `ERR_HW_TYPE_NAME`, `ERR_HW_OPTION` as `session.volatile` does, also when nobody is there.
   */
  volatile<K extends MessageKey<C['down']>>(
    type: K,
    ...parameters: PayloadParameters<C['down'][K], VolatileOptions>
  ): void;
}

/**
 * Sessions under a name. It exists while it has members: all who ask for the name then get this object. An empty group costs nothing, and
 * whoever still holds one has the group that others fill.
 */
export interface Group<C extends Contract> extends Audience<C> {
  readonly name: string;
  /** How many members it has. */
  readonly size: number;
  /**
   * Lets a session in; disposing the result, or `delete`, lets it out. It leaves by itself when it ends; one that has ended does not come in. Throws
   * `ERR_HW_OPTION` when it is no session of this server.
   */
  add(session: Member<C>): Disposable;
  /** Lets a session out; false when it was not in. */
  delete(session: Member<C>): boolean;
}
