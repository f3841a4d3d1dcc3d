/** A queue with constant cost at both ends; what was taken is let go of at once. */
export class Fifo<T> {
  #items: (T | undefined)[] = [];
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  peek(): T | undefined {
    return this.#items[this.#head];
  }

  shift(): T | undefined {
    const item = this.#items[this.#head];
    if (item === undefined) return undefined;
    this.#items[this.#head] = undefined;
    this.#head += 1;
    // Half of the array is behind us: moving the rest costs no more than the shifts that led here.
    if (this.#head * 2 >= this.#items.length && this.#head >= 32) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  *[Symbol.iterator](): Generator<T> {
    for (let index = this.#head; index < this.#items.length; index += 1) yield this.#items[index]!;
  }

  /** Lets go of everything that is not to be kept; the order stays. */
  filter(keeps: (item: T) => boolean): void {
    this.#items = (this.#items.slice(this.#head) as T[]).filter(keeps);
    this.#head = 0;
  }

  /** Takes everything. */
  clear(): T[] {
    const items = this.#items.slice(this.#head) as T[];
    this.#items = [];
    this.#head = 0;
    return items;
  }
}
