/**
 * Sessions that can be told the same.
 *
 * The list of them is made once for all broadcasts between two changes: a broadcast keeps it until its last outcome, and many may be on
 * their way at once.
 */
export class Members<S> {
  readonly #sessions = new Set<S>();
  #list: readonly S[] | null = null;

  get size(): number {
    return this.#sessions.size;
  }

  has(session: S): boolean {
    return this.#sessions.has(session);
  }

  add(session: S): void {
    this.#sessions.add(session);
    this.#list = null;
  }

  /** False when it was not among them. */
  delete(session: S): boolean {
    this.#list = null;
    return this.#sessions.delete(session);
  }

  /** Who they are now. The list does not change any more. */
  list(): readonly S[] {
    return (this.#list ??= [...this.#sessions]);
  }
}
