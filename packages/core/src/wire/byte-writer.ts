/**
 * Collects what is to be sent in one turn, so that it leaves in one write.
 *
 * It writes into a slab and gives away the written part; the next turn goes on behind it in the same slab. What was given
 * away is never touched again, because the transport may hold it until the kernel has it.
 *
 * A slab is as large as its use: whoever writes much in a turn gets one that lasts for some turns, and a connection that only beats keeps a small one.
 */
import { writeVarint } from './varint.ts';

const SLAB_MIN_BYTES = 512;
const SLAB_MAX_BYTES = 16_384;
/** How many turns like the largest that the last slab saw. */
const TURNS = 8;

export class ByteWriter {
  #slab = new Uint8Array(0);
  #start = 0;
  #end = 0;
  /** The most that one turn took of this slab. */
  #largestTake = 0;
  readonly #slabMinBytes: number;

  constructor(slabMinBytes: number = SLAB_MIN_BYTES) {
    this.#slabMinBytes = slabMinBytes;
  }

  /** Bytes written and not taken yet. */
  get length(): number {
    return this.#end - this.#start;
  }

  /** Makes room for `size` bytes; everything below relies on it. */
  reserve(size: number): void {
    if (this.#slab.length - this.#end >= size) return;
    const kept = this.length;
    const turnBytes = Math.max(this.#largestTake, kept + size);
    const slabBytes = Math.min(SLAB_MAX_BYTES, Math.max(this.#slabMinBytes, TURNS * turnBytes));
    const slab = new Uint8Array(Math.max(slabBytes, 2 * (kept + size)));
    this.#largestTake = 0;
    slab.set(this.#slab.subarray(this.#start, this.#end));
    this.#slab = slab;
    this.#start = 0;
    this.#end = kept;
  }

  u8(value: number): void {
    this.#slab[this.#end] = value;
    this.#end += 1;
  }

  u16(value: number): void {
    this.#slab[this.#end] = (value >>> 8) & 0xff;
    this.#slab[this.#end + 1] = value & 0xff;
    this.#end += 2;
  }

  varint(value: number): void {
    this.#end = writeVarint(this.#slab, this.#end, value);
  }

  bytes(bytes: Uint8Array): void {
    this.#slab.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  /** Some bytes of another buffer, a few at most: for those a loop is cheaper than a view. */
  range(bytes: Uint8Array, start: number, end: number): void {
    const slab = this.#slab;
    let at = this.#end;
    for (let index = start; index < end; index += 1) {
      slab[at] = bytes[index]!;
      at += 1;
    }
    this.#end = at;
  }

  /** Everything written since the last call, or null. */
  take(): Uint8Array | null {
    if (this.#end === this.#start) return null;
    this.#largestTake = Math.max(this.#largestTake, this.#end - this.#start);
    const taken = this.#slab.subarray(this.#start, this.#end);
    this.#start = this.#end;
    return taken;
  }
}
