/**
 * Puts the chunks of one message together. Chunks of one message are contiguous among the sequenced frames, so there is at most one
 * unfinished message per direction. PROTOCOL.md §7.
 *
 * The limit is checked before a chunk is kept, and memory grows with what arrived, never with what was announced: a chunk is kept as a view of what
 * the transport read, and copied once, into the whole. A view that would hold much more than itself, and a chunk so small that its own object
 * would be the larger part, are copied at once, into blocks; so whatever a message is cut into, it takes a small multiple of its bytes.
 */
import { HeartwireError } from '../errors/heartwire-error.ts';

/** A view may hold so many times its own bytes. */
const HELD_FACTOR = 4;
/** Smaller chunks go into blocks. */
const VIEW_MIN_BYTES = 512;
const BLOCK_MIN_BYTES = 64;
const BLOCK_MAX_BYTES = 16_384;
const NO_BLOCK = new Uint8Array(0);

export class Reassembly {
  readonly #maxBytes: number;
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  /** What small chunks are collected in, and how much of it is taken. */
  #block: Uint8Array = NO_BLOCK;
  #blockBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get isEmpty(): boolean {
    return this.#bytes === 0;
  }

  /** Bytes of the message that is unfinished. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Takes a chunk; returns the whole payload with the last one, else null. Throws a HeartwireError above the limit. */
  add(chunk: Uint8Array, more: boolean): Uint8Array | null {
    if (this.#bytes + chunk.length > this.#maxBytes) {
      const detail = `a message of more than ${this.#maxBytes} bytes`;
      throw new HeartwireError('ERR_HW_FRAME_TOO_LARGE', { by: 'remote', detail });
    }
    // A payload that came in one piece stays a view of what the transport read; who keeps it copies it.
    if (!more && this.#bytes === 0) return chunk;
    this.#bytes += chunk.length;
    if (!more) return this.#join(chunk);
    if (chunk.length < VIEW_MIN_BYTES || chunk.buffer.byteLength > HELD_FACTOR * chunk.length) this.#copy(chunk);
    else this.#hold(chunk);
    return null;
  }

  /** Lets go of what is unfinished. */
  clear(): void {
    this.#chunks = [];
    this.#bytes = 0;
    this.#block = NO_BLOCK;
    this.#blockBytes = 0;
  }

  #hold(chunk: Uint8Array): void {
    this.#closeBlock();
    this.#chunks.push(chunk);
  }

  #copy(chunk: Uint8Array): void {
    if (this.#blockBytes + chunk.length > this.#block.length) {
      this.#closeBlock();
      // As much again as is here already: blocks stay few, and none is larger than what was received for it.
      const size = Math.min(BLOCK_MAX_BYTES, Math.max(BLOCK_MIN_BYTES, this.#bytes));
      this.#block = new Uint8Array(Math.max(size, chunk.length));
    }
    this.#block.set(chunk, this.#blockBytes);
    this.#blockBytes += chunk.length;
  }

  #closeBlock(): void {
    if (this.#blockBytes > 0) this.#chunks.push(this.#block.subarray(0, this.#blockBytes));
    this.#block = NO_BLOCK;
    this.#blockBytes = 0;
  }

  #join(last: Uint8Array): Uint8Array {
    this.#hold(last);
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
