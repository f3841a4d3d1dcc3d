import { Fifo } from './fifo.ts';

/** Messages that wait for each other: so many run at once, the others in the order in which they came. */
export class Lane<T> {
  readonly waiting: Fifo<T> = new Fifo();
  concurrency: number;
  readonly running: Set<T> = new Set();

  constructor(concurrency: number) {
    this.concurrency = concurrency;
  }
}
