/** What arrived of numbered messages: who is missing, who came twice, who came too late. */
export class Arrivals {
  readonly #seen: Uint8Array;
  #distinct = 0;
  #next = 0;
  duplicated: number = 0;
  reordered: number = 0;

  /** The numbers from 0 up to `count` are expected. */
  constructor(count: number) {
    this.#seen = new Uint8Array(count);
  }

  get lost(): number {
    return this.#seen.length - this.#distinct;
  }

  get count(): number {
    return this.#distinct;
  }

  add(number: number): void {
    if (this.#seen[number] === 1) this.duplicated += 1;
    else if (number < this.#next) this.reordered += 1;
    if (this.#seen[number] === 0) this.#distinct += 1;
    this.#seen[number] = 1;
    this.#next = Math.max(this.#next, number + 1);
  }
}
