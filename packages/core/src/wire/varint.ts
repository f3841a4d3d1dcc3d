/**
 * QUIC's variable-length integers (RFC 9000 §16), in minimal form only, up to 2^53 − 1. PROTOCOL.md §3.
 *
 * The two high bits of the first byte say how many bytes there are. Values above 2^30 do not fit JavaScript's bitwise
 * operators, so the eight-byte form is put together with multiplication.
 */
import { HeartwireError } from '../errors/heartwire-error.ts';

export const VARINT_MAX: number = Number.MAX_SAFE_INTEGER;

/** How many bytes the minimal form of `value` takes: 1, 2, 4 or 8. */
export function varintSize(value: number): 1 | 2 | 4 | 8 {
  if (value < 0x40) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x4000_0000) return 4;
  return 8;
}

/** Writes `value` at `offset`, which must have room for it, and returns the offset after it. */
export function writeVarint(target: Uint8Array, offset: number, value: number): number {
  if (value < 0x40) {
    target[offset] = value;
    return offset + 1;
  }
  if (value < 0x4000) {
    target[offset] = 0x40 | (value >>> 8);
    target[offset + 1] = value & 0xff;
    return offset + 2;
  }
  if (value < 0x4000_0000) {
    writeUint32(target, offset, (0x8000_0000 | value) >>> 0);
    return offset + 4;
  }
  writeUint32(target, offset, (0xc000_0000 | Math.floor(value / 0x1_0000_0000)) >>> 0);
  writeUint32(target, offset + 4, value % 0x1_0000_0000);
  return offset + 8;
}

/** How many bytes the varint that begins with `firstByte` takes. */
export function varintSizeFrom(firstByte: number): number {
  return 1 << (firstByte >>> 6);
}

/** Reads the varint at `offset`, all of whose bytes must be there. Throws a HeartwireError when it is not minimal or too large. */
export function readVarint(source: Uint8Array, offset: number): number {
  const first = source[offset]!;
  if (first < 0x40) return first;
  const size = varintSizeFrom(first);
  const value = readLonger(source, offset, first, size);
  if (varintSize(value) !== size) throw malformed('a varint is not in its shortest form');
  return value;
}

function readLonger(source: Uint8Array, offset: number, first: number, size: number): number {
  if (size === 2) return ((first & 0x3f) << 8) | source[offset + 1]!;
  const high = readUint32(source, offset) & 0x3fff_ffff;
  if (size === 4) return high;
  if (high > 0x1f_ffff) throw malformed('a varint is above 2^53 - 1');
  return high * 0x1_0000_0000 + readUint32(source, offset + 4);
}

function writeUint32(target: Uint8Array, offset: number, value: number): void {
  target[offset] = value >>> 24;
  target[offset + 1] = (value >>> 16) & 0xff;
  target[offset + 2] = (value >>> 8) & 0xff;
  target[offset + 3] = value & 0xff;
}

function readUint32(source: Uint8Array, offset: number): number {
  return (
    ((source[offset]! << 24) | (source[offset + 1]! << 16) | (source[offset + 2]! << 8) | source[offset + 3]!) >>> 0
  );
}

function malformed(detail: string): HeartwireError {
  return new HeartwireError('ERR_HW_MALFORMED_FRAME', { by: 'remote', detail });
}
