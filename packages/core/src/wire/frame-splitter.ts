/**
 * Cuts the byte stream into frames.
 *
 * Goals: many frames in one chunk are read in place, without copying; a frame that is spread over many chunks costs time and
 * memory in proportion to its bytes, however small the chunks are; nothing is ever allocated because a length was announced; a length
 * above the limit is refused before anything of the frame is kept. PROTOCOL.md §5.
 *
 * It is a cursor: after `next()` returned true, `bytes`, `start` and `end` delimit head and body of one frame. Those bytes stay
 * valid as long as somebody holds them.
 */
import { HeartwireError } from '../errors/heartwire-error.ts';
import { readVarint, varintSizeFrom } from './varint.ts';
import { LENGTH_MAX_BYTES } from './wire-limit.ts';

const EMPTY = new Uint8Array(0);

export class FrameSplitter {
  /** The largest `length` that is accepted. */
  frameMaxBytes: number;
  bytes: Uint8Array = EMPTY;
  start = 0;
  end = 0;
  /** What arrived and is not cut yet: `chunk` from `at` on. */
  #chunk: Uint8Array = EMPTY;
  #at = 0;
  /** The beginning of a frame whose end has not arrived, `#heldBytes` of it. */
  #held: Uint8Array = EMPTY;
  #heldBytes = 0;

  constructor(frameMaxBytes: number) {
    this.frameMaxBytes = frameMaxBytes;
  }

  /** Whether the stream stands in the middle of a frame. */
  get isInsideFrame(): boolean {
    return this.#heldBytes > 0;
  }

  /** Hands over the next bytes of the stream; `next` must have returned false since the last call. */
  push(chunk: Uint8Array): void {
    this.#chunk = chunk;
    this.#at = 0;
  }

  /** Moves on to the next whole frame. Throws a HeartwireError when a length cannot be accepted. */
  next(): boolean {
    return this.#heldBytes > 0 ? this.#nextHeld() : this.#nextInChunk();
  }

  #nextInChunk(): boolean {
    const available = this.#chunk.length - this.#at;
    if (available === 0) return this.#releaseChunk();
    const prefixBytes = varintSizeFrom(this.#chunk[this.#at]!);
    if (available < prefixBytes) return this.#hold();
    const length = this.#checkLength(readVarint(this.#chunk, this.#at));
    if (available < prefixBytes + length) return this.#hold();
    this.bytes = this.#chunk;
    this.start = this.#at + prefixBytes;
    this.end = this.start + length;
    this.#at = this.end;
    return true;
  }

  #nextHeld(): boolean {
    const prefixBytes = varintSizeFrom(this.#held[0]!);
    if (!this.#fillHeld(prefixBytes)) return this.#releaseChunk();
    const length = this.#checkLength(readVarint(this.#held, 0));
    if (!this.#fillHeld(prefixBytes + length)) return this.#releaseChunk();
    this.bytes = this.#held;
    this.start = prefixBytes;
    this.end = prefixBytes + length;
    this.#held = EMPTY;
    this.#heldBytes = 0;
    return true;
  }

  #checkLength(length: number): number {
    if (length === 0) {
      throw new HeartwireError('ERR_HW_MALFORMED_FRAME', { by: 'remote', detail: 'a frame of length 0' });
    }
    if (length > this.frameMaxBytes) {
      const detail = `${length} bytes announced, at most ${this.frameMaxBytes} allowed`;
      throw new HeartwireError('ERR_HW_FRAME_TOO_LARGE', { by: 'remote', detail });
    }
    return length;
  }

  /** Moves bytes from the chunk until `target` bytes are held; false when the chunk did not have enough. */
  #fillHeld(target: number): boolean {
    const wanted = target - this.#heldBytes;
    if (wanted <= 0) return true;
    const moved = Math.min(wanted, this.#chunk.length - this.#at);
    this.#growHeld(this.#heldBytes + moved, target);
    this.#held.set(this.#chunk.subarray(this.#at, this.#at + moved), this.#heldBytes);
    this.#heldBytes += moved;
    this.#at += moved;
    return moved === wanted;
  }

  /** Doubling keeps the cost of tiny chunks linear; the bytes that really arrived bound it. */
  #growHeld(needed: number, target: number): void {
    if (this.#held.length >= needed) return;
    const grown = new Uint8Array(Math.max(needed, Math.min(target, 2 * needed)));
    grown.set(this.#held.subarray(0, this.#heldBytes));
    this.#held = grown;
  }

  /** Keeps the rest of the chunk as the beginning of a frame. */
  #hold(): false {
    const rest = this.#chunk.subarray(this.#at);
    this.#held = new Uint8Array(Math.max(rest.length, LENGTH_MAX_BYTES));
    this.#held.set(rest);
    this.#heldBytes = rest.length;
    return this.#releaseChunk();
  }

  #releaseChunk(): false {
    this.#chunk = EMPTY;
    this.#at = 0;
    this.bytes = EMPTY;
    return false;
  }
}
