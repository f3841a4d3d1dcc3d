/**
 * How long the process stood still of late, at worst: what a timer that was late by so much says of the event loop.
 *
 * A peak has to be there for whoever looks every fifteen seconds, and to be gone some time later. So two windows are kept, the present one and the one before:
 * what is told is the worst of the last ten to twenty seconds, and costs one comparison a tick.
 */
const WINDOW_MS = 10_000;

export class LoopLag {
  #beganAtMs = -Infinity;
  #worstMs = 0;
  #worstBeforeMs = 0;

  /** A timer was late by so much. */
  note(lateMs: number, nowMs: number): void {
    this.#turn(nowMs);
    if (lateMs > this.#worstMs) this.#worstMs = lateMs;
  }

  worstMs(nowMs: number): number {
    this.#turn(nowMs);
    return Math.max(this.#worstMs, this.#worstBeforeMs);
  }

  #turn(nowMs: number): void {
    const ageMs = nowMs - this.#beganAtMs;
    if (ageMs < WINDOW_MS) return;
    this.#worstBeforeMs = ageMs < 2 * WINDOW_MS ? this.#worstMs : 0;
    this.#worstMs = 0;
    this.#beganAtMs = nowMs;
  }
}
