/**
 * Many deadlines, the earliest first: a binary heap. What has been decided meanwhile is not looked for; it is passed over when its turn comes, and
 * swept out when most of what is here is of that kind.
 */
/** What is decided has no deadline any more. */
interface Decidable {
  readonly isDecided: boolean;
}

interface Entry<T> {
  readonly atMs: number;
  readonly message: T;
}

const SWEEP_MIN = 1024;

export class DeadlineHeap<T extends Decidable> {
  #entries: Entry<T>[] = [];
  /** The heap is swept when it has grown to this. */
  #sweepAt = SWEEP_MIN;

  get nextMs(): number {
    return this.#entries[0]?.atMs ?? Infinity;
  }

  add(message: T, atMs: number): void {
    if (this.#entries.length >= this.#sweepAt) this.#sweep();
    this.#entries.push({ atMs, message });
    this.#rise(this.#entries.length - 1);
  }

  /** The messages whose time is up and whose fate is open. */
  takeDue(nowMs: number): T[] {
    const due: T[] = [];
    while (this.nextMs <= nowMs) {
      const { message } = this.#entries[0]!;
      const last = this.#entries.pop()!;
      if (this.#entries.length > 0) {
        this.#entries[0] = last;
        this.#sink();
      }
      if (!message.isDecided) due.push(message);
    }
    return due;
  }

  clear(): void {
    this.#entries = [];
  }

  #sweep(): void {
    // A sorted array is a heap.
    this.#entries = this.#entries.filter(({ message }) => !message.isDecided).sort((a, b) => a.atMs - b.atMs);
    this.#sweepAt = Math.max(SWEEP_MIN, 2 * this.#entries.length);
  }

  #rise(from: number): void {
    const entry = this.#entries[from]!;
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#entries[parent]!.atMs <= entry.atMs) break;
      this.#entries[at] = this.#entries[parent]!;
      at = parent;
    }
    this.#entries[at] = entry;
  }

  #sink(): void {
    const entry = this.#entries[0]!;
    const { length } = this.#entries;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= length) break;
      if (child + 1 < length && this.#entries[child + 1]!.atMs < this.#entries[child]!.atMs) child += 1;
      if (this.#entries[child]!.atMs >= entry.atMs) break;
      this.#entries[at] = this.#entries[child]!;
      at = child;
    }
    this.#entries[at] = entry;
  }
}
