/**
 * One message to many sessions: encoded once, with a fate of its own in each of them.
 *
 * This is the hot path of a server, so a recipient costs one small object that shares the payload with all others; the promise, the streams and
 * what they tell belong to the broadcast. A copy waits in the outbox of its session like any other message, so nobody waits for anybody.
 */
import { Subject } from 'rxjs';
import { OutgoingMessage, type SharedBytes } from '../session/outgoing-message.ts';
import type { OutgoingVolatile } from '../session/volatile-outbox.ts';
import type { Broadcast, BroadcastProgress, BroadcastReport } from './audience-api.ts';
import { eachOf, ProgressStream, type BroadcastRecord } from './broadcast-streams.ts';
import type { Contract } from './contract.ts';
import { OutcomeLog } from './outcome-log.ts';
import { limitTime, type TimeOptions } from './time-limit.ts';

/** A session, as far as a broadcast needs it. */
export interface Recipient {
  readonly driver: {
    send(message: BroadcastCopy, nowMs: number): void;
    /** Takes a message back whose fate is not decided. A session that cannot do that has no such method, and its message goes on. */
    cancel(message: BroadcastCopy): void;
    /** Sends a value that others get, too; where it cannot go it is dropped, and the session tells. */
    shareVolatile(value: OutgoingVolatile): void;
  };
}

export interface BroadcastMessage {
  readonly type: string;
  readonly payload: Uint8Array;
  /** Who counts the payload; null when nobody does. */
  readonly shared: SharedBytes | null;
  readonly confirm: 'handled' | 'delivered';
  /** How long it may take, where that is limited. */
  readonly times?: TimeOptions | undefined;
}

/** Sends `message` to those `recipients` who are not `excluded`, and tells what becomes of it. */
export function broadcast<C extends Contract>(
  recipients: readonly Recipient[],
  excluded: ReadonlySet<unknown> | null,
  message: BroadcastMessage,
  nowMs: number,
  signal?: AbortSignal,
): Broadcast<C> {
  const running = new RunningBroadcast(recipients, message.confirm, nowMs);
  const promise = new Promise<BroadcastReport>((resolve) => running.start(message, excluded, resolve));
  if (signal !== undefined) running.cancelWith(signal);
  return Object.assign(promise, {
    // The recipients are the server's sessions, which the application knows by their contract.
    each$: eachOf(running) as unknown as Broadcast<C>['each$'],
    progress$: new ProgressStream(running),
    cancel: () => running.cancel(),
  });
}

/** The message on its way to one recipient. */
export class BroadcastCopy extends OutgoingMessage {
  /** The place of its recipient. */
  readonly index: number;
  readonly #broadcast: RunningBroadcast;
  #toldStage: OutgoingMessage['stage'] = 'queued';

  constructor({ type, payload, shared }: BroadcastMessage, running: RunningBroadcast, index: number) {
    super('message', type, payload);
    this.shared = shared;
    this.#broadcast = running;
    this.index = index;
  }

  /** What has been confirmed as far as was asked for cannot be too late any more. */
  override get isAwaited(): boolean {
    return this.limitReason !== 'timeout' || this.#broadcast.awaits(this);
  }

  /** Tells the broadcast how far it has come; false when that was known already. */
  tell(nowMs: number): boolean {
    if (this.#toldStage === this.stage) return false;
    this.#toldStage = this.stage;
    this.#broadcast.moved(this, nowMs);
    return true;
  }
}

type Resolve = (report: BroadcastReport) => void;

class RunningBroadcast implements BroadcastRecord<Recipient> {
  readonly log: OutcomeLog<Recipient>;
  readonly #recipients: readonly Recipient[];
  readonly #confirm: 'handled' | 'delivered';
  readonly #sentAtMs: number;
  /** Those that are not decided, by the place of their recipient. */
  #copies: (BroadcastCopy | null)[];
  #count = 0;
  #changes: Subject<void> | null = null;
  /** Kept until it changes, as a {@link StateStream} must; null until somebody looks. */
  #progress: BroadcastProgress | null = null;
  #letGoOfSignal: (() => void) | null = null;
  #resolve!: Resolve;

  constructor(recipients: readonly Recipient[], confirm: 'handled' | 'delivered', nowMs: number) {
    this.log = new OutcomeLog(recipients);
    this.#recipients = recipients;
    this.#confirm = confirm;
    this.#sentAtMs = nowMs;
    this.#copies = recipients.map(() => null);
  }

  get isDone(): boolean {
    return this.log.length === this.#count;
  }

  get progress(): BroadcastProgress {
    return (this.#progress ??= this.log.progress(this.#count));
  }

  get changes(): Subject<void> {
    return (this.#changes ??= new Subject());
  }

  start(message: BroadcastMessage, excluded: ReadonlySet<unknown> | null, resolve: Resolve): void {
    this.#resolve = resolve;
    for (let index = 0; index < this.#recipients.length; index += 1) {
      if (excluded?.has(this.#recipients[index]) === true) continue;
      const copy = new BroadcastCopy(message, this, index);
      if (message.times !== undefined) limitTime(copy, message.times, this.#sentAtMs);
      this.#copies[index] = copy;
      this.#count += 1;
    }
    if (this.isDone) return resolve(this.log.report(0));
    // Some fail at once, so the first is sent when all are counted.
    for (const copy of this.#copies) if (copy !== null) this.#recipients[copy.index]!.driver.send(copy, this.#sentAtMs);
  }

  cancel(): void {
    for (const copy of this.#copies) if (copy !== null) this.#recipients[copy.index]!.driver.cancel(copy);
  }

  /** Cancels it when the signal is aborted; the signal is let go of when all is decided. */
  cancelWith(signal: AbortSignal): void {
    if (this.isDone) return;
    if (signal.aborted) return this.cancel();
    const cancel = (): void => this.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    this.#letGoOfSignal = () => signal.removeEventListener('abort', cancel);
  }

  awaits(copy: BroadcastCopy): boolean {
    return this.#copies[copy.index] === copy;
  }

  moved(copy: BroadcastCopy, nowMs: number): void {
    const { index, stage } = copy;
    // What happens to a message after it was delivered, where that is all that was asked for, is its session's affair.
    if (this.#copies[index] !== copy) return;
    if (stage === 'failed') this.log.fail(index, copy.error!);
    else if (stage === this.#confirm || stage === 'handled') {
      this.log.confirm(index, this.#confirm, copy, nowMs - this.#sentAtMs);
    } else return;
    this.#copies[index] = null;
    this.#progress = null;
    if (this.isDone) this.#finish();
    else this.#changes?.next();
  }

  #finish(): void {
    this.#copies = [];
    this.#letGoOfSignal?.();
    this.#resolve(this.log.report(this.#count));
    this.#changes?.complete();
  }
}
