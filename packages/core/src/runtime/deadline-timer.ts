import type { Clock } from './clock.ts';
import { DeadlineQueue, type Alarm } from './deadline-queue.ts';

/** What a machine does with its time. */
export interface TimedMachine {
  /** The earliest of its deadlines, or Infinity. */
  nextMs(): number;
  /** `isDoubtful`: it may have come long ago, and what has arrived since may lie unread, though we did not stand still. */
  onDue(isDoubtful: boolean): void;
  /** We ourselves stood still for so long; `onDue` follows, if it does, after what arrived meanwhile has been read. */
  onStall(stalledMs: number): void;
}

/**
 * The one alarm of a machine, for the earliest of its deadlines.
 *
 * It is lazy: a deadline that moves away, as nearly all do with every byte, leaves the alarm alone; when it goes off, it looks what
 * the deadline is now.
 */
export class DeadlineTimer implements Alarm {
  atMs: number = Infinity;
  place = -1;
  readonly #clock: Clock;
  readonly #queue: DeadlineQueue;
  readonly #machine: TimedMachine;

  constructor(clock: Clock, machine: TimedMachine) {
    this.#clock = clock;
    this.#queue = DeadlineQueue.of(clock);
    this.#machine = machine;
  }

  /** Call it whenever the deadline may have come nearer. */
  update(): void {
    const nextMs = this.#machine.nextMs();
    if (nextMs < this.atMs) this.#queue.set(this, nextMs);
  }

  stop(): void {
    this.#queue.set(this, Infinity);
  }

  /** Bytes arrived: see `DeadlineQueue.look`. */
  look(nowMs: number): boolean {
    return this.#queue.look(nowMs);
  }

  due(isDoubtful: boolean): void {
    const nextMs = this.#machine.nextMs();
    if (nextMs > this.#clock.now()) return this.#queue.set(this, nextMs);
    this.#machine.onDue(isDoubtful);
    // Whoever has set it again meanwhile has looked at the same deadlines.
    if (this.atMs === Infinity) this.update();
  }

  stalled(stalledMs: number): void {
    this.#machine.onStall(stalledMs);
  }
}
