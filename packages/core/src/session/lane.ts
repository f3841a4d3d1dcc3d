import { Fifo } from './fifo.ts';

/** Fewer than this that are gone are not worth looking for. */
const SWEEP_MIN = 32;

/**
 * Messages that wait for each other: so many run at once, the others in the order in which they came. One that is settled while it waits is passed over when
 * its turn comes, and swept out together with others when most of the queue is of that kind: so it costs constant time, and what waits stays bounded by the window.
 */
export class Lane<T extends { readonly isSettled: boolean }> {
  readonly waiting: Fifo<T> = new Fifo();
  concurrency: number;
  readonly running: Set<T> = new Set();
  /** How many of those who wait are settled. */
  #gone = 0;

  constructor(concurrency: number) {
    this.concurrency = concurrency;
  }

  /** Nobody waits to be started. */
  get isEmpty(): boolean {
    return this.waiting.length === this.#gone;
  }

  /** Whoever waits longest, if anybody does. */
  next(): T | undefined {
    for (;;) {
      const item = this.waiting.shift();
      if (item?.isSettled !== true) return item;
      this.#gone -= 1;
    }
  }

  /** One of those who wait has been settled. */
  leave(): void {
    this.#gone += 1;
    if (this.#gone < SWEEP_MIN || this.#gone * 2 < this.waiting.length) return;
    this.waiting.filter((item) => !item.isSettled);
    this.#gone = 0;
  }

  /** Nobody waits any more. Returns who did, those among them who are settled as well. */
  clear(): T[] {
    this.#gone = 0;
    return this.waiting.clear();
  }
}
