import type { Clock } from './clock.ts';

/**
 * The one real timer of a machine, for the earliest of its deadlines.
 *
 * It is lazy: a deadline that moves away, as nearly all do with every byte, leaves the timer alone; when it goes off, it looks what
 * the deadline is now.
 */
export class DeadlineTimer {
  readonly #clock: Clock;
  readonly #nextMs: () => number;
  readonly #onDue: () => void;
  #armedForMs = Infinity;
  #cancel: (() => void) | null = null;

  constructor(clock: Clock, nextMs: () => number, onDue: () => void) {
    this.#clock = clock;
    this.#nextMs = nextMs;
    this.#onDue = onDue;
  }

  /** Call it whenever the deadline may have come nearer. */
  update(): void {
    const nextMs = this.#nextMs();
    if (nextMs >= this.#armedForMs) return;
    this.stop();
    this.#armedForMs = nextMs;
    this.#cancel = this.#clock.schedule(() => this.#fire(), Math.max(0, nextMs - this.#clock.now()));
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#armedForMs = Infinity;
  }

  #fire(): void {
    this.#cancel = null;
    this.#armedForMs = Infinity;
    if (this.#nextMs() <= this.#clock.now()) this.#onDue();
    this.update();
  }
}
