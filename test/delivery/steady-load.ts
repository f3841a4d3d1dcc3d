/** A client that always has the same number of messages under way, and keeps a record of what became of each. */
import type { AnySession, DeliveryError, DeliveryStage, FailedOutcome } from '@heartwire/core';

export interface MessageRecord {
  readonly number: number;
  readonly outcome: 'handled' | FailedOutcome;
  /** The last thing that was known before the outcome. */
  readonly lastStage: DeliveryStage;
  readonly elapsedMs: number;
  /** How long its fate could be open at most: its own time, and the time of the peer's answer. */
  readonly boundMs: number;
}

export interface LoadOptions {
  readonly underWay: number;
  readonly sendTimeoutMs: number;
  /** The own time of every other message. */
  readonly timeoutMs: number;
}

/** How long a peer has for its answer when a message is withdrawn (docs/delivery.md). */
const ANSWER_MS = 5000;

export class SteadyLoad {
  readonly records: MessageRecord[] = [];
  readonly #session: AnySession;
  readonly #options: LoadOptions;
  #sent = 0;
  #isStopped = false;
  readonly #counts = new Map<string, number>();
  readonly #waiters = new Set<() => void>();

  constructor(session: AnySession, options: LoadOptions) {
    this.#session = session;
    this.#options = options;
  }

  get sent(): number {
    return this.#sent;
  }

  start(): void {
    for (let each = 0; each < this.#options.underWay; each += 1) void this.#keepSending();
  }

  /** So many more at once, each with the short time; nothing takes their place. */
  burst(count: number): void {
    for (let each = 0; each < count; each += 1) void this.#sendOne(true);
  }

  /** Nothing new is sent; resolves when the fate of everything is known. */
  stop(): Promise<void> {
    this.#isStopped = true;
    return this.#until(() => this.records.length === this.#sent);
  }

  /** Resolves when so many more messages have had this outcome. */
  more(count: number, outcome: MessageRecord['outcome']): Promise<void> {
    const before = this.count(outcome);
    return this.#until(() => this.count(outcome) >= before + count);
  }

  count(outcome: MessageRecord['outcome']): number {
    return this.#counts.get(outcome) ?? 0;
  }

  async #keepSending(): Promise<void> {
    while (!this.#isStopped) await this.#sendOne();
  }

  async #sendOne(isHasty = false): Promise<void> {
    const number = this.#sent;
    this.#sent += 1;
    const { sendTimeoutMs, timeoutMs } = this.#options;
    const isImpatient = isHasty || number % 2 === 1;
    const startedAtMs = performance.now();
    let outcome: MessageRecord['outcome'] = 'handled';
    let lastStage: DeliveryStage = 'delivered';
    try {
      await this.#session.send('note', { number }, isImpatient ? { timeout: timeoutMs } : {});
    } catch (error) {
      ({ outcome, lastStage } = error as DeliveryError);
    }
    const boundMs = (isImpatient ? timeoutMs : sendTimeoutMs) + ANSWER_MS;
    this.records.push({ number, outcome, lastStage, elapsedMs: performance.now() - startedAtMs, boundMs });
    this.#counts.set(outcome, this.count(outcome) + 1);
    for (const look of this.#waiters) look();
  }

  #until(isTrue: () => boolean): Promise<void> {
    return new Promise((done) => {
      const look = (): void => {
        if (!isTrue()) return;
        this.#waiters.delete(look);
        done();
      };
      this.#waiters.add(look);
      look();
    });
  }
}
