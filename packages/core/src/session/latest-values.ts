/**
 * The newest value of each key, for at most so many keys: what both sides keep of volatile values. PROTOCOL.md §20.
 *
 * A value that nobody renews goes first when there are too many: it says least about how things stand now.
 */
export class LatestValues<V> {
  readonly #maxKeys: number;
  /** In the order of their age, because a value that is renewed goes to the end. */
  readonly #values = new Map<string, V>();
  readonly #sizeOf: (value: V) => number;
  #bytes = 0;

  constructor(maxKeys: number, sizeOf: (value: V) => number) {
    this.#maxKeys = maxKeys;
    this.#sizeOf = sizeOf;
  }

  /** The size of all values. */
  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#values.size;
  }

  has(key: string): boolean {
    return this.#values.has(key);
  }

  /** Replaces the value of a key. Returns the key whose value had to go for it, the oldest one, or null. */
  put(key: string, value: V): string | null {
    this.take(key);
    this.#values.set(key, value);
    this.#bytes += this.#sizeOf(value);
    if (this.#values.size <= this.#maxKeys) return null;
    const oldest = this.#values.keys().next().value!;
    this.take(oldest);
    return oldest;
  }

  take(key: string): V | undefined {
    const value = this.#values.get(key);
    if (value === undefined) return undefined;
    this.#values.delete(key);
    this.#bytes -= this.#sizeOf(value);
    return value;
  }

  clear(): void {
    this.#values.clear();
    this.#bytes = 0;
  }
}
