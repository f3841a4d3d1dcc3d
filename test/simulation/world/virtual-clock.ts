/**
 * The time of a simulated world: it stands still while anything is going on, and then leaps to the next timer.
 *
 * Timers lie in a heap, ordered by time and then by the order in which they were set, so that a run depends on nothing but its seed.
 */
import type { Clock } from '@heartwire/core';

interface Timer {
  readonly atMs: number;
  readonly order: number;
  /** Null when it was called off. */
  callback: (() => void) | null;
}

/** Whoever has stood still reads for two turns before it looks at its timers again. */
const PATIENCE_TURNS = 4;

export class VirtualClock implements Clock {
  readonly epochOffset: number = Date.UTC(2020, 0, 1);
  readonly #heap: Timer[] = [];
  #nowMs = 0;
  #order = 0;
  #lingerTurns = 0;

  now(): number {
    return this.#nowMs;
  }

  /** Somebody goes on who stood still: no time passes before it has read and looked at its timers. */
  linger(): void {
    this.#lingerTurns = PATIENCE_TURNS;
  }

  schedule(callback: () => void, delayMs: number): () => void {
    const timer: Timer = { atMs: this.#nowMs + Math.max(0, delayMs), order: (this.#order += 1), callback };
    this.#rise(timer, this.#heap.push(timer) - 1);
    return () => {
      timer.callback = null;
    };
  }

  /** Lets time pass until `untilMs`, or until `isDone`; returns whether it is. Everything that a timer sets off ends before the next one. */
  async run(untilMs: number, isDone: () => boolean): Promise<boolean> {
    for (let idleTurns = 0; idleTurns < PATIENCE_TURNS;) {
      await turn();
      for (; this.#lingerTurns > 0; this.#lingerTurns -= 1) await turn();
      if (isDone()) return true;
      const timer = this.#takeNext(untilMs);
      if (timer === null) {
        idleTurns += 1;
        continue;
      }
      idleTurns = 0;
      this.#nowMs = timer.atMs;
      timer.callback!();
    }
    this.#nowMs = Math.max(this.#nowMs, untilMs);
    return isDone();
  }

  #takeNext(untilMs: number): Timer | null {
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined || first.atMs > untilMs) return null;
      const last = this.#heap.pop()!;
      if (last !== first) this.#sink(last);
      if (first.callback !== null) return first;
    }
  }

  #rise(timer: Timer, from: number): void {
    let at = from;
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = this.#heap[parentAt]!;
      if (!isEarlier(timer, parent)) break;
      this.#heap[at] = parent;
      at = parentAt;
    }
    this.#heap[at] = timer;
  }

  /** Puts `timer` in the place of the first one. */
  #sink(timer: Timer): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      let childAt = 2 * at + 1;
      if (childAt >= heap.length) break;
      if (childAt + 1 < heap.length && isEarlier(heap[childAt + 1]!, heap[childAt]!)) childAt += 1;
      if (!isEarlier(heap[childAt]!, timer)) break;
      heap[at] = heap[childAt]!;
      at = childAt;
    }
    heap[at] = timer;
  }
}

function isEarlier(a: Timer, b: Timer): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

/** Node runs every microtask and every tick, and all that these set off, before the next immediate: one round is always enough. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
