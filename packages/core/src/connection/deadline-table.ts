/**
 * Every deadline of a machine has a name and stands in this one table; its owner arms one real timer for the earliest.
 * Setting a deadline again moves it. `Infinity` is "none".
 */
export class DeadlineTable<Name extends string> {
  readonly #atMs: Record<Name, number>;
  readonly #names: readonly Name[];

  constructor(names: readonly Name[]) {
    this.#names = names;
    this.#atMs = Object.fromEntries(names.map((name) => [name, Infinity])) as Record<Name, number>;
  }

  set(name: Name, atMs: number): void {
    this.#atMs[name] = atMs;
  }

  stop(name: Name): void {
    this.#atMs[name] = Infinity;
  }

  get(name: Name): number {
    return this.#atMs[name];
  }

  stopAll(): void {
    for (const name of this.#names) this.#atMs[name] = Infinity;
  }

  /** The earliest of all, or Infinity. */
  get nextMs(): number {
    let next = Infinity;
    for (const name of this.#names) next = Math.min(next, this.#atMs[name]);
    return next;
  }

  /** The names that are due, earliest first; each is stopped as it is taken. */
  takeExpired(nowMs: number): Name[] {
    const expired = this.#names.filter((name) => this.#atMs[name] <= nowMs);
    expired.sort((a, b) => this.#atMs[a] - this.#atMs[b]);
    for (const name of expired) this.stop(name);
    return expired;
  }
}
