/**
 * The two streams of a broadcast. Most broadcasts are only awaited: until somebody subscribes there is nothing here but two small objects.
 *
 * What was decided stands in the log of the broadcast; a subscriber reads it at its own pace. So none is told anything twice or out of order, whatever
 * it does while it is being told.
 */
import { Observable, type Subject, type Subscriber, type Subscription } from 'rxjs';
import type { StateStream } from '../state-stream.ts';
import type { BroadcastProgress, OutcomeOf } from './audience-api.ts';
import type { OutcomeLog } from './outcome-log.ts';

/** What the streams know of their broadcast. */
export interface BroadcastRecord<S> {
  readonly log: OutcomeLog<S>;
  readonly isDone: boolean;
  readonly progress: BroadcastProgress;
  /** Ticks when an outcome has been decided, and completes with the last; made when first asked for. */
  readonly changes: Subject<void>;
}

/** `each$`: every outcome, from the first one on. */
export function eachOf<S>(record: BroadcastRecord<S>): Observable<OutcomeOf<S>> {
  return new Observable((subscriber) => {
    let told = 0;
    return follow(record, subscriber, () => {
      while (told < record.log.length && !subscriber.closed) {
        told += 1;
        subscriber.next(record.log.at(told - 1));
      }
    });
  });
}

/** `progress$`: how many are decided, now and after every change. */
export class ProgressStream extends Observable<BroadcastProgress> implements StateStream<BroadcastProgress> {
  readonly #record: BroadcastRecord<unknown>;

  constructor(record: BroadcastRecord<unknown>) {
    super((subscriber) => {
      let told: BroadcastProgress | null = null;
      return follow(record, subscriber, () => {
        while (told !== record.progress && !subscriber.closed) {
          told = record.progress;
          subscriber.next(told);
        }
      });
    });
    this.#record = record;
  }

  get value(): BroadcastProgress {
    return this.#record.progress;
  }
}

/** Has `tell` called now and after every change, never on top of itself: a subscriber may set off the next outcome. */
function follow(
  record: BroadcastRecord<unknown>,
  subscriber: Subscriber<never>,
  tell: () => void,
): Subscription | undefined {
  let isTelling = false;
  const proceed = (): void => {
    if (isTelling) return;
    isTelling = true;
    tell();
    isTelling = false;
    if (record.isDone) subscriber.complete();
  };
  proceed();
  return record.isDone || subscriber.closed
    ? undefined
    : record.changes.subscribe({ next: proceed, complete: proceed });
}
