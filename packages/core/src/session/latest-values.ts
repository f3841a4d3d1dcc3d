/**
 * The newest value of each key, for at most so many keys: what both sides keep of volatile values. PROTOCOL.md §20.
 *
 * A value that nobody renews goes first when there are too many: it says least about how things stand now.
 */
export class LatestValues<V> {
  readonly #maxKeys: number;
  /** In the order of their age, because a value that is renewed goes to the end. */
  readonly #values = new Map<string, V>();

  constructor(maxKeys: number) {
    this.#maxKeys = maxKeys;
  }

  get size(): number {
    return this.#values.size;
  }

  has(key: string): boolean {
    return this.#values.has(key);
  }

  /** Replaces the value of a key. Returns the key whose value had to go for it, the oldest one, or null. */
  put(key: string, value: V): string | null {
    this.#values.delete(key);
    this.#values.set(key, value);
    if (this.#values.size <= this.#maxKeys) return null;
    const oldest = this.#values.keys().next().value!;
    this.#values.delete(oldest);
    return oldest;
  }

  take(key: string): V | undefined {
    const value = this.#values.get(key);
    this.#values.delete(key);
    return value;
  }

  clear(): void {
    this.#values.clear();
  }
}
