/**
 * Every deadline of a machine has a name and stands in this one table; its owner arms one real timer for the earliest.
 * Setting a deadline again moves it. `Infinity` is "none".
 */
export class DeadlineTable<Name extends string> {
  readonly #names: readonly Name[];
  /** In the order of the names. Not by name: looking at all of them is what is done most. */
  readonly #atMs: number[];

  constructor(names: readonly Name[]) {
    this.#names = names;
    this.#atMs = names.map(() => Infinity);
  }

  set(name: Name, atMs: number): void {
    this.#atMs[this.#names.indexOf(name)] = atMs;
  }

  /** Moves all of them away. */
  delayAll(byMs: number): void {
    for (let index = 0; index < this.#atMs.length; index += 1) this.#atMs[index]! += byMs;
  }

  stop(name: Name): void {
    this.set(name, Infinity);
  }

  get(name: Name): number {
    return this.#atMs[this.#names.indexOf(name)]!;
  }

  stopAll(): void {
    this.#atMs.fill(Infinity);
  }

  /** The earliest of all, or Infinity. */
  get nextMs(): number {
    let next = Infinity;
    for (let index = 0; index < this.#atMs.length; index += 1) next = Math.min(next, this.#atMs[index]!);
    return next;
  }

  /** The names that are due, earliest first; each is stopped as it is taken. */
  takeExpired(nowMs: number): Name[] {
    if (this.nextMs > nowMs) return [];
    const expired = this.#names.filter((name) => this.get(name) <= nowMs);
    expired.sort((a, b) => this.get(a) - this.get(b));
    for (const name of expired) this.stop(name);
    return expired;
  }
}
