/**
 * Randomness that a failure can be repeated with: the same seed gives the same numbers. mulberry32, which is small and good enough for tests.
 */
export class SeededRandom {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 up to 1, as `Math.random`; bound, so that it can be handed over. */
  readonly next = (): number => {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };

  /** An integer from `min` to `max`, both included. */
  integer(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  pick<T>(items: readonly T[]): T {
    return items[this.integer(0, items.length - 1)] as T;
  }

  bytes(size: number): Uint8Array {
    return Uint8Array.from({ length: size }, () => this.integer(0, 255));
  }

  /** Cuts `bytes` into pieces of 1 to `maxBytes`. */
  pieces(bytes: Uint8Array, maxBytes: number): Uint8Array[] {
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < bytes.length;) {
      const end = Math.min(bytes.length, at + this.integer(1, maxBytes));
      pieces.push(bytes.slice(at, end));
      at = end;
    }
    return pieces;
  }
}
