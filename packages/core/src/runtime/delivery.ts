/**
 * One message as its sender sees it: a promise that also narrates itself.
 *
 * It is a native promise with own properties, because a subclass costs more than the rest of a message. The stream of its states is
 * built when somebody subscribes. A rejection that nobody awaits never crashes the process; the session tells of every failure as an event, too.
 */
import { Observable, Subject, type Subscriber, type Subscription } from 'rxjs';
import type { DeliveryError, DeliveryStage } from '../errors/delivery-error.ts';
import { OutgoingMessage, type OutgoingKind } from '../session/outgoing-message.ts';
import type { StateStream } from '../state-stream.ts';
import type { Codec } from '../wire/codec.ts';
import { decodePayload } from './payload.ts';

/** The proof that a message arrived. */
export interface Receipt {
  /** Its sequence id. */
  readonly id: number;
  readonly stage: 'delivered' | 'handled';
  /** How often it was written: once, and again over each connection that went on before the peer had it. It was handled once all the same. */
  readonly attempts: number;
  /** Milliseconds from `send()` to the confirmation. */
  readonly elapsed: number;
  /** Whether the confirmation came over another connection than the one that it was first written to. */
  readonly resumed: boolean;
}

/**
 * queued: accepted into the outbox · sent: written to the connection, for the `attempt`th time · delivered: the peer's session holds it, in order,
 * once · handled: the peer's handler has finished · failed: see the error.
 */
export type DeliveryState =
  | { readonly stage: 'queued' }
  | { readonly stage: 'sent'; readonly attempt: number }
  | { readonly stage: 'delivered'; readonly elapsed: number }
  | { readonly stage: 'handled'; readonly elapsed: number }
  | { readonly stage: 'failed'; readonly error: DeliveryError };

/** Resolves when the message is confirmed, rejects with a {@link DeliveryError} when it is not. */
export interface Delivery<R = Receipt> extends Promise<R> {
  /** The sequence id; 0 until the message is written. */
  readonly id: number;
  /** What is known of the message now; completes with its outcome. */
  readonly state$: StateStream<DeliveryState>;
  /**
   * Withdraws the message. One that was not written ends as `cancelled`; otherwise the peer is asked, and its answer decides: `cancelled` when no handler
   * has begun, else what the handler makes of it (its `signal` is aborted), and `unknown` when no answer comes within 5 s. Does nothing when the fate is known.
   */
  cancel(): void;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A message and its delivery: the session moves the one, the application watches the other. */
export class TrackedMessage extends OutgoingMessage {
  readonly delivery: Delivery<unknown>;
  readonly #confirm: 'handled' | 'delivered';
  readonly #sentAtMs: number;
  readonly #codec: Codec;
  readonly #states: DeliveryStates = new DeliveryStates();
  readonly #resolve: Resolve;
  readonly #reject: Resolve;
  #toldStage: OutgoingMessage['stage'] = 'queued';
  #toldAttempts = 0;
  #letGoOfSignal: (() => void) | null = null;

  constructor(
    kind: OutgoingKind,
    name: string,
    payload: Uint8Array,
    confirm: 'handled' | 'delivered',
    codec: Codec,
    nowMs: number,
  ) {
    super(kind, name, payload);
    this.#confirm = confirm;
    this.#codec = codec;
    this.#sentAtMs = nowMs;
    const delivery = new Promise<unknown>(capture) as Mutable<Delivery<unknown>>;
    this.#resolve = captured.resolve;
    this.#reject = captured.reject;
    delivery.id = 0;
    delivery.state$ = this.#states;
    delivery.cancel = nothing;
    this.delivery = delivery;
  }

  /** How it is withdrawn: by `cancel()`, and by the signal if there is one. */
  cancelWith(cancel: () => void, signal: AbortSignal | undefined): void {
    (this.delivery as Mutable<Delivery<unknown>>).cancel = cancel;
    if (signal === undefined) return;
    if (signal.aborted) return cancel();
    signal.addEventListener('abort', cancel, { once: true });
    this.#letGoOfSignal = () => signal.removeEventListener('abort', cancel);
  }

  /** What has been confirmed as far as was asked for cannot be too late any more. */
  override get isAwaited(): boolean {
    return this.limitReason !== 'timeout' || this.#confirm !== 'delivered' || this.stage !== 'delivered';
  }

  /** Tells the application how far the message has come; false when it knew already. */
  tell(nowMs: number): boolean {
    // Written again, it makes the same step again.
    const isSentAgain = this.stage === 'sent' && this.#toldAttempts !== this.attempts;
    if (this.#toldStage === this.stage && !isSentAgain) return false;
    const elapsed = nowMs - this.#sentAtMs;
    this.#toldAttempts = this.attempts;
    (this.delivery as { id: number }).id = this.id;
    // What is handled was delivered; both are told, even when one acknowledgement said both.
    if (this.stage === 'handled' && this.#toldStage !== 'delivered') this.#deliver(elapsed);
    this.#toldStage = this.stage;
    if (this.stage === 'delivered') this.#deliver(elapsed);
    else if (this.stage === 'handled') this.#handle(elapsed);
    else if (this.stage === 'failed') this.#fail(this.error!);
    else if (this.stage === 'sent') this.#states.move('sent', this.attempts);
    return true;
  }

  #deliver(elapsed: number): void {
    this.#states.move('delivered', elapsed);
    if (this.kind === 'message' && this.#confirm === 'delivered') {
      this.#resolve(this.#receipt('delivered', elapsed));
    }
  }

  #handle(elapsed: number): void {
    this.#letGoOfSignal?.();
    this.#states.finish('handled', elapsed);
    if (this.kind === 'request') this.#answer();
    else this.#resolve(this.#receipt('handled', elapsed));
  }

  #receipt(stage: Receipt['stage'], elapsed: number): Receipt {
    return { id: this.id, stage, attempts: this.attempts, elapsed, resumed: this.isResumed };
  }

  #answer(): void {
    try {
      this.#resolve(decodePayload(this.#codec, this.reply!));
    } catch (error) {
      this.delivery.catch(ignore);
      this.#reject(error);
    }
  }

  #fail(error: DeliveryError): void {
    // A failure that nobody looks at must not end the process; `undelivered` tells of it.
    this.delivery.catch(ignore);
    this.#letGoOfSignal?.();
    this.#reject(error);
    this.#states.finish('failed', error);
  }
}

/** What belongs to a stage: how often it was sent, milliseconds since `send()`, or why it failed. */
type StageDetail = number | DeliveryError | null;

/**
 * Like a {@link StateSource}, but the machinery is made for the first subscriber only, and a state's object when somebody looks: most
 * deliveries are only awaited.
 */
class DeliveryStates extends Observable<DeliveryState> implements StateStream<DeliveryState> {
  #stage: DeliveryStage = 'queued';
  #detail: StageDetail = null;
  /** The object for stage and detail; null until somebody looks. */
  #value: DeliveryState | null = null;
  #changes: Subject<DeliveryState> | null = null;
  #isFinished = false;

  constructor() {
    super(watch);
  }

  /** Called by the observable for each subscriber. */
  watch(subscriber: Subscriber<DeliveryState>): Subscription | undefined {
    if (this.#isFinished) {
      subscriber.next(this.value);
      subscriber.complete();
      return undefined;
    }
    this.#changes ??= new Subject();
    const subscription = this.#changes.subscribe(subscriber);
    subscriber.next(this.value);
    return subscription;
  }

  get value(): DeliveryState {
    return (this.#value ??= stateOf(this.#stage, this.#detail));
  }

  move(stage: DeliveryStage, detail: StageDetail): void {
    this.#stage = stage;
    this.#detail = detail;
    this.#value = null;
    this.#changes?.next(this.value);
  }

  finish(stage: DeliveryStage, detail: StageDetail): void {
    this.#isFinished = true;
    this.move(stage, detail);
    this.#changes?.complete();
    this.#changes = null;
  }
}

function stateOf(stage: DeliveryStage, detail: StageDetail): DeliveryState {
  if (stage === 'failed') return { stage, error: detail as DeliveryError };
  if (stage === 'sent') return { stage, attempt: detail as number };
  return stage === 'delivered' || stage === 'handled' ? { stage, elapsed: detail as number } : { stage };
}

type Resolve = (value: unknown) => void;

/** What the newest promise is settled with. One function for all promises: a closure for each is not for free. */
const captured: { resolve: Resolve; reject: Resolve } = { resolve: ignore, reject: ignore };

function capture(resolve: Resolve, reject: Resolve): void {
  captured.resolve = resolve;
  captured.reject = reject;
}

/** One function for all deliveries: a closure for each would cost more than the rest of the object. */
function watch(this: Observable<DeliveryState>, subscriber: Subscriber<DeliveryState>): Subscription | undefined {
  return (this as DeliveryStates).watch(subscriber);
}

function ignore(): void {}

function nothing(): void {}
