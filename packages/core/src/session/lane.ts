import { Fifo } from './fifo.ts';

/** Messages that wait for each other: so many run at once, the others in the order in which they came. */
export class Lane<T> {
  readonly waiting: Fifo<T> = new Fifo();
  concurrency: number;
  running: number = 0;

  constructor(concurrency: number) {
    this.concurrency = concurrency;
  }
}
