/** Those who wait until something is reached; whatever may bring it nearer says so, and they look. */
export class Milestones {
  readonly #waiting = new Set<() => void>();

  /** Resolves when `isReached` says so, now or when somebody looks. */
  until(isReached: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!isReached()) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }

  look(): void {
    for (const look of this.#waiting) look();
  }
}
