/** Reads the parts of one frame, each checked against the end of it. Throws a HeartwireError for what does not fit. */
import { HeartwireError } from '../errors/heartwire-error.ts';
import { decodeText } from './text.ts';
import { readVarint, varintSizeFrom } from './varint.ts';

export class ByteReader {
  #bytes: Uint8Array;
  #at: number;
  #end: number;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  /** Starts over on another frame, so that one reader serves a whole connection. */
  reset(bytes: Uint8Array, start: number, end: number): void {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  u8(field: string): number {
    this.#need(1, field);
    const value = this.#bytes[this.#at]!;
    this.#at += 1;
    return value;
  }

  u16(field: string): number {
    this.#need(2, field);
    const value = (this.#bytes[this.#at]! << 8) | this.#bytes[this.#at + 1]!;
    this.#at += 2;
    return value;
  }

  varint(field: string): number {
    this.#need(1, field);
    const size = varintSizeFrom(this.#bytes[this.#at]!);
    this.#need(size, field);
    const value = readVarint(this.#bytes, this.#at);
    this.#at += size;
    return value;
  }

  /** `size` bytes, as a view. */
  bytes(size: number, field: string): Uint8Array {
    this.#need(size, field);
    return this.#view(this.#at + size);
  }

  text8(field: string): string {
    const bytes = this.bytes(this.u8(field), field);
    try {
      return decodeText(bytes);
    } catch (cause) {
      throw new HeartwireError('ERR_HW_MALFORMED_FRAME', { by: 'remote', detail: `${field} is not UTF-8`, cause });
    }
  }

  /** Everything up to the end of the frame, as a view. */
  rest(): Uint8Array {
    return this.#view(this.#end);
  }

  /** Not `subarray`: of Node's Buffer it would be a Buffer, whose `slice` does not copy, and which would turn up in the application's payloads. */
  #view(end: number): Uint8Array {
    const { buffer, byteOffset } = this.#bytes;
    const view = new Uint8Array(buffer, byteOffset + this.#at, end - this.#at);
    this.#at = end;
    return view;
  }

  expectEnd(): void {
    if (this.#at < this.#end) throw malformed(`${this.#end - this.#at} bytes too many`);
  }

  #need(size: number, field: string): void {
    if (this.#end - this.#at < size) throw malformed(`it ends inside ${field}`);
  }
}

export function malformed(detail: string): HeartwireError {
  return new HeartwireError('ERR_HW_MALFORMED_FRAME', { by: 'remote', detail });
}
