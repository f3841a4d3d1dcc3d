/**
 * Puts the chunks of one message together. Chunks of one message are contiguous among the sequenced frames, so there is at most one
 * unfinished message per direction. PROTOCOL.md §7.
 *
 * The limit is checked before a chunk is kept, and memory grows with what arrived, never with what was announced.
 */
import { HeartwireError } from '../errors/heartwire-error.ts';

export class Reassembly {
  readonly #maxBytes: number;
  #chunks: Uint8Array[] = [];
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get isEmpty(): boolean {
    return this.#chunks.length === 0;
  }

  /** Takes a chunk; returns the whole payload with the last one, else null. Throws a HeartwireError above the limit. */
  add(chunk: Uint8Array, more: boolean): Uint8Array | null {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#maxBytes) {
      const detail = `a message of more than ${this.#maxBytes} bytes`;
      throw new HeartwireError('ERR_HW_FRAME_TOO_LARGE', { by: 'remote', detail });
    }
    // A payload that came in one piece stays a view of what the transport read; who keeps it copies it.
    if (!more && this.#chunks.length === 0) {
      this.#bytes = 0;
      return chunk;
    }
    this.#chunks.push(more ? chunk.slice() : chunk);
    return more ? null : this.#join();
  }

  /** Lets go of what is unfinished. */
  clear(): void {
    this.#chunks = [];
    this.#bytes = 0;
  }

  #join(): Uint8Array {
    const payload = new Uint8Array(this.#bytes);
    let at = 0;
    for (const chunk of this.#chunks) {
      payload.set(chunk, at);
      at += chunk.length;
    }
    this.clear();
    return payload;
  }
}
