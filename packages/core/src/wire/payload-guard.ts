/**
 * Reads over one MessagePack value, byte by byte, before anybody decodes it.
 *
 * msgpackr obeys whatever the bytes say: record definitions, structured clones, huge integers, dates, patterns of regular
 * expressions, whatever its options are. So nothing reaches it that is not plain data. The scan is linear and does not recurse: time and memory are
 * bounded by the bytes that really arrived, and a container cannot claim more entries than bytes are left. PROTOCOL.md §16.
 */
import { PAYLOAD_MAX_DEPTH } from './wire-limit.ts';

export type PayloadFault =
  | 'truncated'
  | 'trailing bytes'
  | 'nested too deeply'
  | 'an extension type'
  | 'a key that is no string';

/** How many values are still due in each container that is open; reused, because the scan never calls out. */
const pending = new Uint32Array(PAYLOAD_MAX_DEPTH);
/** Whether each open container is a map; then its even values are keys. */
const isMap = new Uint8Array(PAYLOAD_MAX_DEPTH);

/** Returns what is wrong with `bytes` as exactly one plain MessagePack value, or null when nothing is. */
export function findPayloadFault(bytes: Uint8Array): PayloadFault | null {
  const size = bytes.length;
  let at = 0;
  let depth = 0;
  let left = 1;
  let inMap = 0;
  for (;;) {
    while (left === 0) {
      if (depth === 0) return at === size ? null : 'trailing bytes';
      depth -= 1;
      left = pending[depth]!;
      inMap = isMap[depth]!;
    }
    if (at >= size) return 'truncated';
    const byte = bytes[at]!;
    if (inMap === 1 && (left & 1) === 0 && !isKey(byte)) return 'a key that is no string';
    left -= 1;
    at += 1;
    let entries = -1;
    let map = 0;
    if (byte < 0x80 || byte >= 0xe0) continue;
    if (byte < 0x90) {
      entries = 2 * (byte & 0x0f);
      map = 1;
    } else if (byte < 0xa0) entries = byte & 0x0f;
    else if (byte < 0xc0) at += byte & 0x1f;
    else if (byte < 0xdc) {
      const skip = sizeAfter(bytes, at, byte);
      if (skip < 0) return 'an extension type';
      at += skip;
    } else {
      const width = (byte & 1) === 0 ? 2 : 4;
      if (at + width > size) return 'truncated';
      entries = width === 2 ? readUint16(bytes, at) : readUint32(bytes, at);
      at += width;
      if (byte >= 0xde) {
        entries *= 2;
        map = 1;
      }
    }
    if (at > size) return 'truncated';
    if (entries < 0) continue;
    if (entries > size - at) return 'truncated';
    if (depth === PAYLOAD_MAX_DEPTH) return 'nested too deeply';
    if (entries === 0) continue;
    pending[depth] = left;
    isMap[depth] = inMap;
    depth += 1;
    left = entries;
    inMap = map;
  }
}

/** Strings, and the integers that become their decimal strings. */
function isKey(byte: number): boolean {
  if (byte < 0x80 || byte >= 0xe0) return true;
  if (byte >= 0xa0 && byte < 0xc0) return true;
  return byte >= 0xcc && byte <= 0xdb && (byte <= 0xd3 || byte >= 0xd9);
}

/** How many bytes follow the type byte 0xc0 to 0xdb; -1 for extension types and the byte that is never used. */
function sizeAfter(bytes: Uint8Array, at: number, byte: number): number {
  switch (byte) {
    case 0xc0:
    case 0xc2:
    case 0xc3:
      return 0;
    case 0xc4:
    case 0xd9:
      return 1 + (bytes[at] ?? 0);
    case 0xc5:
    case 0xda:
      return at + 2 > bytes.length ? 2 : 2 + readUint16(bytes, at);
    case 0xc6:
    case 0xdb:
      return at + 4 > bytes.length ? 4 : 4 + readUint32(bytes, at);
    case 0xcc:
    case 0xd0:
      return 1;
    case 0xcd:
    case 0xd1:
      return 2;
    case 0xca:
    case 0xce:
    case 0xd2:
      return 4;
    case 0xcb:
    case 0xcf:
    case 0xd3:
      return 8;
    default:
      return -1;
  }
}

function readUint16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

function readUint32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}
