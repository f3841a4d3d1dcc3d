/** Counts in the tab's title what was said while nobody looked. */
export class UnreadTitle {
  readonly #title = document.title;
  #unread = 0;

  constructor() {
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) this.#show(0);
    });
  }

  count(): void {
    if (document.hidden) this.#show(this.#unread + 1);
  }

  #show(unread: number): void {
    this.#unread = unread;
    document.title = unread === 0 ? this.#title : `(${unread}) ${this.#title}`;
  }
}
