/** The session as the application holds it: checks what it is given, and passes it on to the driver. */
import type { Observable } from 'rxjs';
import { filter } from 'rxjs';
import type { CloseCause } from '../errors/close-cause.ts';
import { HeartwireError } from '../errors/heartwire-error.ts';
import type { ReturnWindow } from '../session/departure.ts';
import type { StateStream } from '../state-stream.ts';
import type { ConnectionState } from '../transport/connection-state.ts';
import { encodeText } from '../wire/text.ts';
import { TYPE_NAME_MAX_BYTES } from '../wire/wire-limit.ts';
import { abortable } from './abortable.ts';
import { errorOfCause } from './cause-error.ts';
import { Consumers, type AnyHandler } from './consumers.ts';
import { TrackedMessage, type Delivery } from './delivery.ts';
import { optionError } from './limits.ts';
import type { ResolvedOptions } from './options.ts';
import { encodePayload } from './payload.ts';
import type { Peer } from './peer.ts';
import type {
  AnyMessage,
  CloseOptions,
  CloseReport,
  HandleOptions,
  Liveness,
  Message,
  PendingMessage,
  PingOptions,
  RequestOptions,
  SendOptions,
  Session,
  SessionState,
  VolatileOptions,
} from './session-api.ts';
import type { SessionEvent } from './session-event-api.ts';
import { SessionDriver } from './session-driver.ts';
import { checkTimes, limitTime } from './time-limit.ts';
import { volatileKey } from './volatile-key.ts';

/** Who made the session, and makes its connections or waits for them. */
export interface SessionOwner {
  opened(): void;
  /** Its connection is gone, or was not made, and it waits for another one. */
  waiting(cause: CloseCause): void;
  /** Client: its connection is lost, and another one is shaking hands already. */
  underWay?(cause: CloseCause): void;
  /** Something changed while it has no connection: it may hold more than before. */
  changed(): void;
  ended(session: SessionHandle): void;
}

const CLOSE_TIMEOUT_MS = 5000;
const PING_TIMEOUT_MS = 5000;
const CODE_MAX = 2 ** 32 - 1;

export class SessionHandle implements Session {
  id = '';
  peer: Peer;
  auth: unknown = undefined;
  readonly ready: Promise<this>;
  readonly closed: Promise<CloseCause>;
  /** @internal */
  readonly driver: SessionDriver;
  readonly #options: ResolvedOptions;
  readonly #consumers: Consumers;
  readonly #owner: SessionOwner;
  #ended: Promise<void> | null = null;
  #becomeReady!: (session: this) => void;
  #failReady!: (error: HeartwireError) => void;
  #becomeClosed!: (cause: CloseCause) => void;

  constructor(options: ResolvedOptions, peer: Peer, redials: boolean, owner: SessionOwner) {
    this.#options = options;
    this.peer = peer;
    this.#owner = owner;
    this.ready = new Promise((resolve, reject) => {
      this.#becomeReady = resolve;
      this.#failReady = reject;
    });
    this.ready.catch(() => {});
    this.closed = new Promise((resolve) => {
      this.#becomeClosed = resolve;
    });
    this.driver = new SessionDriver(options, redials, {
      opened: (connection, id) => this.#open(connection.peer?.name ?? null, id),
      waiting: (cause) => this.#owner.waiting(cause),
      underWay: (cause) => this.#owner.underWay?.(cause),
      changed: () => this.#owner.changed(),
      closed: (cause) => this.#end(cause),
    });
    this.#consumers = new Consumers({
      session: this,
      inbox: this.driver.session.inbox,
      codec: options.codec,
      clock: options.clock,
      begin: (message) => this.driver.begin(message),
      settle: (message, verdict) => this.driver.settle(message, verdict),
      finishVolatile: (value) => this.driver.finishVolatile(value),
      volatileDropped: (reason) => this.driver.session.volatile.drops.add(reason),
      handlerFailed: (message, error) => this.driver.streams.events.next({ type: 'handler-failed', message, error }),
    });
    this.driver.consumers = this.#consumers;
  }

  /** @internal Payload bytes that it keeps in both directions. */
  get heldBytes(): number {
    return this.driver.session.heldBytes;
  }

  /** @internal */
  get isSuspended(): boolean {
    return this.driver.session.status === 'suspended';
  }

  get state$(): StateStream<SessionState> {
    return this.driver.streams.state.stream;
  }

  get connection$(): StateStream<ConnectionState> {
    return this.driver.streams.connection.stream;
  }

  get liveness$(): StateStream<Liveness> {
    return this.driver.streams.liveness.stream;
  }

  get events$(): Observable<SessionEvent> {
    return this.driver.streams.events.asObservable();
  }

  get messages$(): Observable<AnyMessage<Record<string, unknown>>> {
    return this.#consumers.messages$;
  }

  on<K extends string>(type: K): Observable<Message<never, K>> {
    return this.#consumers.messages$.pipe(filter((message): message is Message<never, K> => message.type === type));
  }

  handle(type: string, handler: AnyHandler, options: HandleOptions = {}): Disposable {
    const registration = this.#consumers.handle(type, handler, options);
    this.driver.consumerAdded();
    return registration;
  }

  messages(...parameters: unknown[]): AsyncIterableIterator<PendingMessage> {
    const [first, second] = parameters;
    const type = typeof first === 'string' ? first : null;
    const options = (type === null ? first : second) as { readonly signal?: AbortSignal } | undefined;
    const iterator = this.#consumers.iterate(type, options?.signal);
    this.driver.consumerAdded();
    return iterator;
  }

  send(type: string, data?: unknown, options?: SendOptions): Delivery {
    const confirm = options?.confirm ?? this.#options.confirm;
    return this.#dispatch('message', type, data, confirm, options) as Delivery;
  }

  request(type: string, argument?: unknown, options?: RequestOptions): Delivery<unknown> {
    return this.#dispatch('request', type, argument, 'handled', options);
  }

  volatile(type: string, data?: unknown, { key }: VolatileOptions = {}): void {
    checkTypeName(type);
    const payload = encode(this.#options.codec, data);
    this.driver.sendVolatile({ name: type, key: volatileKey(key), payload });
  }

  writable(): Promise<void> {
    return this.driver.writable();
  }

  ping({ timeout = PING_TIMEOUT_MS, signal }: PingOptions = {}): Promise<{ rtt: number }> {
    checkTimes({ timeout });
    return abortable(this.driver.ping(timeout), signal);
  }

  end(): Promise<void> {
    this.#ended ??= this.#confirmEnd();
    this.driver.endSending();
    return this.#ended;
  }

  drain(options: CloseOptions = {}): Promise<CloseReport> {
    return this.#sayGoodbye(options, true);
  }

  /** As `drain`, and the client is welcome again. */
  leave(options: CloseOptions, comeAgain: ReturnWindow): Promise<CloseReport> {
    return this.#sayGoodbye(options, true, comeAgain);
  }

  close(options: CloseOptions = {}): Promise<CloseReport> {
    return this.#sayGoodbye(options, false);
  }

  destroy(): void {
    this.driver.destroy({ kind: 'destroyed' });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.drain();
  }

  #dispatch(
    kind: 'message' | 'request',
    type: string,
    data: unknown,
    confirm: 'handled' | 'delivered',
    options: RequestOptions | undefined,
  ): Delivery<unknown> {
    checkTypeName(type);
    if (options !== undefined) checkTimes(options);
    const { codec, clock } = this.#options;
    const payload = encode(codec, data);
    const nowMs = clock.now();
    const message = new TrackedMessage(kind, type, payload, confirm, codec, nowMs);
    if (options !== undefined) limitTime(message, options, nowMs);
    this.driver.send(message, nowMs);
    message.cancelWith(() => this.driver.cancel(message), options?.signal);
    return message.delivery;
  }

  /** Not async, so that a mistake of the caller throws at once. */
  #sayGoodbye(
    options: CloseOptions,
    sendWaiting: boolean,
    comeAgain: ReturnWindow | null = null,
  ): Promise<CloseReport> {
    const { code = 0, reason = '', timeout = CLOSE_TIMEOUT_MS } = options;
    if (!(Number.isInteger(code) && code >= 0 && code <= CODE_MAX)) throw optionError(`code is ${code}`);
    if (!(timeout >= 0)) throw optionError(`timeout is ${timeout}`);
    const tally = this.driver.sayGoodbye({ code, reason, timeoutMs: timeout, sendWaiting, comeAgain });
    return this.closed.then((cause) => ({ cause, ...tally.snapshot() }));
  }

  #confirmEnd(): Promise<void> {
    const isEnd = ({ type, ...event }: SessionEvent): boolean =>
      type === 'half-closed' && 'by' in event && event.by === 'local';
    const ended = new Promise<void>((resolve, reject) => {
      const watch = this.events$.subscribe((event) => {
        if (isEnd(event)) resolve();
      });
      void this.closed.then((cause) => {
        watch.unsubscribe();
        if (cause.kind === 'closed') resolve();
        else reject(errorOfCause(cause));
      });
    });
    ended.catch(() => {});
    return ended;
  }

  #open(peerName: string | null, id: string | null): void {
    if (id !== null) this.id = id;
    if (peerName !== null) this.peer = { ...this.peer, name: peerName };
    this.#owner.opened();
    this.#becomeReady(this);
  }

  #end(cause: CloseCause): void {
    this.#owner.ended(this);
    this.#failReady(errorOfCause(cause));
    this.#becomeClosed(cause);
  }
}

/** Throws a HeartwireError (`ERR_HW_PAYLOAD`) when it cannot be encoded. */
export function encode(codec: ResolvedOptions['codec'], data: unknown): Uint8Array {
  try {
    return encodePayload(codec, data);
  } catch (error) {
    if (error instanceof HeartwireError) throw error;
    const detail = error instanceof Error ? error.message : String(error);
    throw new HeartwireError('ERR_HW_PAYLOAD', { by: 'local', detail, cause: error });
  }
}

/** Throws a HeartwireError (`ERR_HW_TYPE_NAME`) when it is not 1 to 128 bytes. */
export function checkTypeName(type: string): void {
  // Three bytes of UTF-8 are the most that one unit of a string takes.
  if (type.length > 0 && type.length * 3 <= TYPE_NAME_MAX_BYTES) return;
  const size = encodeText(type).length;
  if (size > 0 && size <= TYPE_NAME_MAX_BYTES) return;
  const detail = `"${type.slice(0, 40)}" has ${size} bytes, 1 to ${TYPE_NAME_MAX_BYTES} are allowed`;
  throw new HeartwireError('ERR_HW_TYPE_NAME', { by: 'local', detail });
}
