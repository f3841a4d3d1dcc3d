import { Observable, Subject } from 'rxjs';

/**
 * A value that changes, and the stream of its changes.
 *
 * Hot. Gives its current value to each subscriber at once, also after the end. Completes when what it describes has
 * ended. Never errors. `value` keeps its identity until it changes, so that it fits React's `useSyncExternalStore` and
 * Angular's `toSignal(…, { requireSync: true })`.
 */
export interface StateStream<T> extends Observable<T> {
  readonly value: T;
}

/** The writing end of a {@link StateStream}; its owner keeps it to itself and gives `stream` away. */
export class StateSource<T> {
  readonly stream: StateStream<T>;
  readonly #changes = new Subject<T>();
  #value: T;

  constructor(initial: T) {
    this.#value = initial;
    this.stream = new StateObservable(this, this.#changes);
  }

  get value(): T {
    return this.#value;
  }

  set(value: T): void {
    if (value === this.#value || this.#changes.isStopped) return;
    this.#value = value;
    this.#changes.next(value);
  }

  complete(): void {
    this.#changes.complete();
  }
}

class StateObservable<T> extends Observable<T> implements StateStream<T> {
  readonly #source: StateSource<T>;

  constructor(source: StateSource<T>, changes: Subject<T>) {
    super((subscriber) => {
      // A BehaviorSubject says nothing to those who come after the end; we give them the last value.
      if (changes.isStopped) {
        subscriber.next(source.value);
        subscriber.complete();
        return;
      }
      const subscription = changes.subscribe(subscriber);
      if (!subscription.closed) subscriber.next(source.value);
      return subscription;
    });
    this.#source = source;
  }

  get value(): T {
    return this.#source.value;
  }
}
