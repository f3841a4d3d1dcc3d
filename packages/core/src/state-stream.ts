import { Observable, Subject } from 'rxjs';

/**
 * A value that changes, and the stream of its changes.
 *
 * Hot. Gives its current value to each subscriber at once, also after the end. Never gives an older value after a newer one: what is outdated by
 * the time a subscriber's turn comes is not told to it. Completes when what it describes has ended. Never errors. `value` keeps its identity until it changes, so that it fits React's `useSyncExternalStore` and
 * Angular's `toSignal(…, { requireSync: true })`.
 */
export interface StateStream<T> extends Observable<T> {
  readonly value: T;
}

/** For a value that costs something to keep: it is made when somebody reads it, and followed only while somebody is subscribed. */
export interface StateUpkeep<T> {
  /** Somebody reads it, and nobody is subscribed. Returns `value` itself when nothing has changed. */
  refresh(value: T): T;
  /** The first subscriber has come (true), or the last one has gone (false). */
  observed(isObserved: boolean): void;
}

/** The writing end of a {@link StateStream}; its owner keeps it to itself and gives `stream` away. */
export class StateSource<T> {
  readonly stream: StateStream<T>;
  readonly #changes = new Subject<T>();
  readonly #upkeep: StateUpkeep<T> | null;
  #value: T;

  constructor(initial: T, upkeep: StateUpkeep<T> | null = null) {
    this.#value = initial;
    this.#upkeep = upkeep;
    this.stream = new StateObservable(this, this.#changes, upkeep);
  }

  get value(): T {
    if (this.#upkeep !== null && !this.isObserved && !this.#changes.isStopped)
      this.#value = this.#upkeep.refresh(this.#value);
    return this.#value;
  }

  /** Whether somebody is subscribed. */
  get isObserved(): boolean {
    return this.#changes.observed;
  }

  set(value: T): void {
    if (value === this.#value || this.#changes.isStopped) return;
    this.#value = value;
    this.#changes.next(value);
  }

  complete(): void {
    // What nobody followed is looked at once more.
    this.#value = this.value;
    this.#changes.complete();
  }
}

class StateObservable<T> extends Observable<T> implements StateStream<T> {
  readonly #source: StateSource<T>;

  constructor(source: StateSource<T>, changes: Subject<T>, upkeep: StateUpkeep<T> | null) {
    super((subscriber) => {
      const { value, isObserved } = source;
      // A BehaviorSubject says nothing to those who come after the end; we give them the last value.
      if (changes.isStopped) {
        subscriber.next(value);
        subscriber.complete();
        return;
      }
      const subscription = changes.subscribe({
        // A subscriber before this one may have acted on the value, so that it is not the newest any more, and the newest has been told.
        next: (told) => {
          if (told === source.value) subscriber.next(told);
        },
        complete: () => subscriber.complete(),
      });
      if (upkeep !== null) {
        if (!isObserved) upkeep.observed(true);
        subscription.add(() => {
          if (!source.isObserved) upkeep.observed(false);
        });
      }
      if (!subscription.closed) subscriber.next(source.value);
      return subscription;
    });
    this.#source = source;
  }

  get value(): T {
    return this.#source.value;
  }
}
