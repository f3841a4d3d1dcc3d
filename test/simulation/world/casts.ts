/** One for each broadcast of a run, so that a late word on one of them cannot be taken for a word on another. */
export const CAST_TYPES: readonly string[] = ['cast-0', 'cast-1', 'cast-2', 'cast-3'];

/** Which operation a broadcast is for which session. */
export class Casts {
  readonly #byFirst = new Map<number, ReadonlyMap<string, number>>();
  readonly #byType = new Map<string, ReadonlyMap<string, number>>();

  /** The type of the next broadcast; undefined when there have been enough. */
  get nextType(): string | undefined {
    return CAST_TYPES[this.#byType.size];
  }

  add(type: string, first: number, ops: ReadonlyMap<string, number>): void {
    this.#byFirst.set(first, ops);
    this.#byType.set(type, ops);
  }

  opOf(first: number, session: string): number | null {
    return this.#byFirst.get(first)?.get(session) ?? null;
  }

  opOfType(type: string, session: string): number | null {
    return this.#byType.get(type)?.get(session) ?? null;
  }
}
