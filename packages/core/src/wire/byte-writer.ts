/**
 * Collects what is to be sent in one turn, so that it leaves in one write.
 *
 * It writes into a slab and gives away the written part; the next turn goes on behind it in the same slab. What was given
 * away is never touched again, because the transport may hold it until the kernel has it.
 */
import { writeVarint } from './varint.ts';

const SLAB_BYTES = 16_384;

export class ByteWriter {
  readonly #slabBytes: number;
  #slab = new Uint8Array(0);
  #start = 0;
  #end = 0;

  constructor(slabBytes: number = SLAB_BYTES) {
    this.#slabBytes = slabBytes;
  }

  /** Bytes written and not taken yet. */
  get length(): number {
    return this.#end - this.#start;
  }

  /** Makes room for `size` bytes; everything below relies on it. */
  reserve(size: number): void {
    if (this.#slab.length - this.#end >= size) return;
    const kept = this.length;
    const slab = new Uint8Array(Math.max(this.#slabBytes, 2 * (kept + size)));
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
    const taken = this.#slab.subarray(this.#start, this.#end);
    this.#start = this.#end;
    return taken;
  }
}
