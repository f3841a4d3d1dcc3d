/**
 * One message to many sessions: encoded once, with a fate of its own in each of them.
 *
 * This is the hot path of a server, so a recipient costs one small object that shares the payload with all others; the promise, the streams and
 * what they tell belong to the broadcast. A copy waits in the outbox of its session like any other message, so nobody waits for anybody.
 */
import { Subject } from 'rxjs';
import { OutgoingMessage, type SharedBytes } from '../session/outgoing-message.ts';
import type { Broadcast, BroadcastProgress, BroadcastReport } from './audience-api.ts';
import { eachOf, ProgressStream, type BroadcastRecord } from './broadcast-streams.ts';
import type { Contract } from './contract.ts';
import { OutcomeLog } from './outcome-log.ts';

/** A session, as far as a broadcast needs it. */
export interface Recipient {
  readonly driver: {
    send(message: BroadcastCopy, nowMs: number): void;
    /** Takes a message back whose fate is not decided. A session that cannot do that has no such method, and its message goes on. */
    cancel(message: BroadcastCopy): void;
  };
}

export interface BroadcastMessage {
  readonly type: string;
  readonly payload: Uint8Array;
  /** Who counts the payload; null when nobody does. */
  readonly shared: SharedBytes | null;
  readonly confirm: 'handled' | 'delivered';
}

/** Sends `message` to those `recipients` who are not `excluded`, and tells what becomes of it. */
export function broadcast<C extends Contract>(
  recipients: readonly Recipient[],
  excluded: ReadonlySet<unknown> | null,
  message: BroadcastMessage,
  nowMs: number,
): Broadcast<C> {
  const running = new RunningBroadcast(recipients, message.confirm, nowMs);
  const promise = new Promise<BroadcastReport>((resolve) => running.start(message, excluded, resolve));
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
      this.#copies[index] = new BroadcastCopy(message, this, index);
      this.#count += 1;
    }
    if (this.isDone) return resolve(this.log.report(0));
    // Some fail at once, so the first is sent when all are counted.
    for (const copy of this.#copies) if (copy !== null) this.#recipients[copy.index]!.driver.send(copy, this.#sentAtMs);
  }

  cancel(): void {
    for (const copy of this.#copies) if (copy !== null) this.#recipients[copy.index]!.driver.cancel(copy);
  }

  moved(copy: BroadcastCopy, nowMs: number): void {
    const { index, stage, id } = copy;
    // What happens to a message after it was delivered, where that is all that was asked for, is its session's affair.
    if (this.#copies[index] !== copy) return;
    if (stage === 'failed') this.log.fail(index, copy.error!);
    else if (stage === this.#confirm || stage === 'handled') {
      this.log.confirm(index, this.#confirm, id, nowMs - this.#sentAtMs);
    } else return;
    this.#copies[index] = null;
    this.#progress = null;
    if (this.isDone) this.#finish();
    else this.#changes?.next();
  }

  #finish(): void {
    this.#copies = [];
    this.#resolve(this.log.report(this.#count));
    this.#changes?.complete();
  }
}
