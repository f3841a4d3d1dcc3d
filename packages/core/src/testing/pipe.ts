import { soon } from '../runtime/platform.ts';
import type { LinkSink } from '../transport/transport.ts';
import type { Conditions } from './conditions.ts';

/** What is written and not delivered before `write` says that it is enough. */
const HIGH_WATER_BYTES = 65_536;

/** One direction: keeps what was written until it may arrive. */
export class Pipe {
  isOver = false;
  readonly #conditions: Conditions;
  readonly #direction: 'up' | 'down';
  readonly #writer: LinkSink;
  readonly #reader: LinkSink;
  readonly #onOver: () => void;
  /** null stands for the end. */
  #pieces: { readonly bytes: Uint8Array | null; readonly dueMs: number }[] = [];
  #waitingBytes = 0;
  #isCongested = false;
  #isEnded = false;
  #isStopped = false;
  #isScheduled = false;
  #lastDueMs = 0;

  constructor(
    conditions: Conditions,
    direction: 'up' | 'down',
    writer: LinkSink,
    reader: LinkSink,
    onOver: () => void,
  ) {
    this.#conditions = conditions;
    this.#direction = direction;
    this.#writer = writer;
    this.#reader = reader;
    this.#onOver = onOver;
  }

  write(bytes: Uint8Array): boolean {
    if (this.#isEnded || this.#isStopped) return true;
    const { sliceMaxBytes } = this.#conditions;
    for (let at = 0; at < bytes.length; at += sliceMaxBytes) {
      this.#put(bytes.subarray(at, Math.min(bytes.length, at + sliceMaxBytes)));
    }
    this.#waitingBytes += bytes.length;
    this.#isCongested = this.#waitingBytes > HIGH_WATER_BYTES;
    this.#schedule();
    return !this.#isCongested;
  }

  end(): void {
    if (this.#isEnded || this.#isStopped) return;
    this.#isEnded = true;
    this.#put(null);
    this.#schedule();
  }

  stop(): void {
    this.#isStopped = true;
    this.#pieces = [];
  }

  /** Delivers what is due, unless there is a hole. */
  flush(): void {
    this.#isScheduled = false;
    while (!this.#isStopped && !this.#conditions.isHeld(this.#direction)) {
      const piece = this.#pieces[0];
      if (piece === undefined || piece.dueMs > this.#conditions.clock.now()) break;
      this.#pieces.shift();
      this.#deliver(piece.bytes);
    }
    this.#schedule();
  }

  #put(bytes: Uint8Array | null): void {
    // Nothing overtakes: jitter delays what comes behind as well.
    this.#lastDueMs = Math.max(this.#lastDueMs, this.#conditions.clock.now() + this.#conditions.drawMs());
    this.#pieces.push({ bytes, dueMs: this.#lastDueMs });
  }

  #deliver(bytes: Uint8Array | null): void {
    if (bytes === null) {
      this.isOver = true;
      this.#reader.readEnded();
      this.#onOver();
      return;
    }
    this.#waitingBytes -= bytes.length;
    this.#reader.bytes(bytes);
    if (!this.#isCongested || this.#waitingBytes > 0 || this.#isStopped) return;
    this.#isCongested = false;
    this.#writer.drained();
  }

  #schedule(): void {
    const next = this.#pieces[0];
    if (next === undefined || this.#isScheduled || this.#isStopped || this.#conditions.isHeld(this.#direction)) return;
    this.#isScheduled = true;
    const waitMs = next.dueMs - this.#conditions.clock.now();
    if (waitMs <= 0) soon(() => this.flush());
    else this.#conditions.clock.schedule(() => this.flush(), waitMs);
  }
}
