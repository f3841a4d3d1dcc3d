/** How long somebody has not been heard. Time in which we ourselves stood still is no silence: nothing could have been heard. */
export class Silence {
  #heardAtMs: number;
  #stalledMs = 0;

  constructor(heardAtMs: number) {
    this.#heardAtMs = heardAtMs;
  }

  heard(nowMs: number): void {
    this.#heardAtMs = nowMs;
    this.#stalledMs = 0;
  }

  /** We stood still for this long until now. What of it lies before the last sign of life is no silence and is not taken off. */
  discount(stalledMs: number, nowMs: number): void {
    this.#stalledMs += Math.min(stalledMs, this.ms(nowMs));
  }

  /** What has been taken off. */
  get stalledMs(): number {
    return this.#stalledMs;
  }

  ms(nowMs: number): number {
    return Math.max(0, nowMs - this.#heardAtMs - this.#stalledMs);
  }

  /** When it will have lasted for longer than this, if nothing is heard: one millisecond beyond, because the limit itself is still allowed. */
  exceedsAtMs(limitMs: number): number {
    return this.#heardAtMs + this.#stalledMs + limitMs + 1;
  }
}
