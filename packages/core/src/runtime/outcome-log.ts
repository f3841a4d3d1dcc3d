/**
 * What became of a broadcast for each recipient, in the order in which it was decided.
 *
 * A broadcast lives as long as its slowest recipient, which may be minutes behind while hundreds of broadcasts follow. So a recipient that is
 * decided leaves five numbers here and nothing else; what the application sees is made of them when somebody looks.
 */
import type { DeliveryError, FailedOutcome } from '../errors/delivery-error.ts';
import type { BroadcastProgress, BroadcastReport, OutcomeOf } from './audience-api.ts';

type Outcome = 'handled' | 'delivered' | FailedOutcome;

/** A message that was confirmed, as far as its receipt tells. */
export interface Confirmed {
  readonly id: number;
  readonly attempts: number;
  readonly isResumed: boolean;
}

/** Confirmed or failed, the number that stands for it; the type keeps the list complete. */
const CODES: Readonly<Record<Outcome, number>> = {
  handled: 0,
  delivered: 1,
  'not-delivered': 2,
  refused: 3,
  expired: 4,
  cancelled: 5,
  overflow: 6,
  unknown: 7,
};
const OUTCOMES = Object.keys(CODES) as readonly Outcome[];
/** Of each entry: which session, which outcome, sequence id, elapsed milliseconds, how often it was written (negative when the confirmation came over another connection). */
const ENTRY_NUMBERS = 5;

export class OutcomeLog<S> {
  readonly #sessions: readonly S[];
  readonly #numbers: Float64Array;
  readonly #counts: number[] = OUTCOMES.map(() => 0);
  /** By the place of the entry; null until the first failure, which most broadcasts never see. */
  #errors: Map<number, DeliveryError> | null = null;
  #length = 0;

  /** Each of `sessions` may be logged once. */
  constructor(sessions: readonly S[]) {
    this.#sessions = sessions;
    this.#numbers = new Float64Array(sessions.length * ENTRY_NUMBERS);
  }

  get length(): number {
    return this.#length;
  }

  /** `index`: the place of its session among all; of the message, what the receipt says. */
  confirm(index: number, outcome: 'handled' | 'delivered', message: Confirmed, elapsedMs: number): void {
    const { id, attempts, isResumed } = message;
    this.#add(index, CODES[outcome], id, elapsedMs, isResumed ? -attempts : attempts);
  }

  fail(index: number, error: DeliveryError): void {
    (this.#errors ??= new Map()).set(this.#length, error);
    this.#add(index, CODES[error.outcome], 0, 0, 0);
  }

  /** The entry at `place`, which is less than the length. */
  at(place: number): OutcomeOf<S> {
    const start = place * ENTRY_NUMBERS;
    const [index, code, id = 0, elapsed = 0, attempts = 0] = this.#numbers.subarray(start, start + ENTRY_NUMBERS);
    const session = this.#sessions[index!]!;
    const outcome = OUTCOMES[code!]!;
    if (outcome !== 'handled' && outcome !== 'delivered') return { session, outcome, error: this.#errors!.get(place)! };
    const receipt = { id, stage: outcome, attempts: Math.abs(attempts), elapsed, resumed: attempts < 0 };
    return { session, outcome, receipt };
  }

  report(recipients: number): BroadcastReport {
    return {
      recipients,
      handled: this.#count('handled'),
      delivered: this.#count('delivered'),
      notDelivered: this.#count('not-delivered'),
      refused: this.#count('refused'),
      expired: this.#count('expired'),
      cancelled: this.#count('cancelled'),
      overflow: this.#count('overflow'),
      unknown: this.#count('unknown'),
    };
  }

  progress(recipients: number): BroadcastProgress {
    return {
      recipients,
      decided: this.#length,
      handled: this.#count('handled'),
      delivered: this.#count('delivered'),
      failed: this.#errors?.size ?? 0,
    };
  }

  #count(outcome: Outcome): number {
    return this.#counts[CODES[outcome]]!;
  }

  #add(index: number, code: number, id: number, elapsedMs: number, attempts: number): void {
    const start = this.#length * ENTRY_NUMBERS;
    this.#numbers[start] = index;
    this.#numbers[start + 1] = code;
    this.#numbers[start + 2] = id;
    this.#numbers[start + 3] = elapsedMs;
    this.#numbers[start + 4] = attempts;
    this.#counts[code]! += 1;
    this.#length += 1;
  }
}
