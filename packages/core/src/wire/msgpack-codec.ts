/**
 * The only file that knows msgpackr. PROTOCOL.md §16 says what a payload may hold.
 *
 * Going out, msgpackr's result is a view of a pool that it shares among all messages: it is copied, so that a small message that waits
 * for its confirmation does not pin a large buffer. Coming in, the guard has read over the bytes before msgpackr sees them.
 */
import { Packr, REUSE_BUFFER_MODE, Unpackr } from 'msgpackr';
import { HeartwireError } from '../errors/heartwire-error.ts';
import { ByteWriter } from './byte-writer.ts';
import type { Codec } from './codec.ts';
import { findPayloadFault } from './payload-guard.ts';
import { findForeignValue, isPlainRecord } from './plain-data.ts';

const packr = new Packr({ useRecords: false, moreTypes: false, encodeUndefinedAsNil: true });
const unpackr = new Unpackr({
  useRecords: false,
  mapsAsObjects: true,
  structuredClone: false,
  moreTypes: false,
  copyBuffers: true,
  int64AsType: 'bigint',
});

/** MessagePack for plain data: null, booleans, numbers, bigints of 64 bits, strings, Uint8Array, arrays and objects. */
export const msgpackCodec: Codec = {
  name: 'msgpack',

  encode(value) {
    if (isPlainRecord(value)) return packPlain(value);
    const foreign = findForeignValue(value);
    if (foreign !== undefined) throw payloadError('local', explain(foreign.constructor.name));
    const packed = packr.pack(value);
    const fault = findPayloadFault(packed);
    if (fault !== null) throw payloadError('local', fault === 'an extension type' ? explain('Date') : fault);
    return copy(packed);
  },

  decode(bytes) {
    const fault = findPayloadFault(bytes);
    if (fault !== null) throw payloadError('remote', `the payload is not plain MessagePack: ${fault}`);
    return unpack(bytes);
  },
};

/**
 * Small messages are read from one place, and what was packed is given away in slabs: a view, or an array with memory of its own, costs more
 * than all the bytes of such a message.
 */
const SMALL_MAX_BYTES = 512;
const scratch = new Uint8Array(SMALL_MAX_BYTES);
const slab = new ByteWriter(4096);

function copy(packed: Uint8Array): Uint8Array {
  const { length } = packed;
  if (length > SMALL_MAX_BYTES) return new Uint8Array(packed);
  slab.reserve(length);
  slab.bytes(packed);
  return slab.take()!;
}

/** msgpackr's own buffer, and where in it the last value was packed. */
type PackedBuffer = Uint8Array & { readonly start: number; readonly end: number };

/** What is plain by nature needs no look at its bytes, and none of msgpackr's views. */
function packPlain(value: unknown): Uint8Array {
  const packed = packr.pack(value, REUSE_BUFFER_MODE) as Uint8Array as PackedBuffer;
  const { start, end } = packed;
  if (end - start > SMALL_MAX_BYTES) return new Uint8Array(packed.subarray(start, end));
  slab.reserve(end - start);
  slab.range(packed, start, end);
  return slab.take()!;
}

function unpack(bytes: Uint8Array): unknown {
  const { length } = bytes;
  if (length > SMALL_MAX_BYTES) return unpackr.unpack(bytes);
  scratch.set(bytes);
  return unpackr.unpack(scratch, length);
}

/** A map with integer keys, as the handshake uses it. */
const mapPackr = new Packr({ useRecords: false, moreTypes: false, mapsAsObjects: false, variableMapSize: true });
const mapUnpackr = new Unpackr({
  useRecords: false,
  mapsAsObjects: false,
  structuredClone: false,
  moreTypes: false,
  copyBuffers: true,
});

export function encodeIntegerMap(map: ReadonlyMap<number, unknown>): Uint8Array {
  return new Uint8Array(mapPackr.pack(new Map(Array.from(map, ([key, value]) => [key, asInteger(value)]))));
}

/** msgpackr writes integers beyond 32 bits as floats, which other languages tell apart. */
function asInteger(value: unknown): unknown {
  return Number.isInteger(value) && Math.abs(value as number) > 0xffff_ffff ? BigInt(value as number) : value;
}

/**
 * Throws when `bytes` are not one plain MessagePack map whose keys are integers, each once. A key that fits a number is one, however wide
 * it was written. Values that are maps are maps here, too.
 */
export function decodeIntegerMap(bytes: Uint8Array): Map<number | bigint, unknown> {
  const fault = findPayloadFault(bytes);
  if (fault !== null) throw payloadError('remote', fault);
  const value: unknown = mapUnpackr.unpack(bytes);
  if (!(value instanceof Map)) throw payloadError('remote', 'it is not a map');
  const map = new Map<number | bigint, unknown>();
  for (const [key, entry] of value as Map<unknown, unknown>) {
    if (typeof key !== 'number' && typeof key !== 'bigint') throw payloadError('remote', 'a key is not an integer');
    map.set(Number.isSafeInteger(Number(key)) ? Number(key) : key, entry);
  }
  if (map.size !== entryCount(bytes)) throw payloadError('remote', 'a key stands twice');
  return map;
}

/** How many entries the map has by its own account. */
function entryCount(map: Uint8Array): number {
  if (map[0]! < 0x90) return map[0]! & 0x0f;
  const width = map[0] === 0xde ? 2 : 4;
  return map.subarray(1, 1 + width).reduce((count, byte) => count * 256 + byte, 0);
}

function explain(kind: string): string {
  return `it holds a value that is no plain data, such as a ${kind}: send a string, a number, an array or a Uint8Array instead`;
}

function payloadError(by: 'local' | 'remote', detail: string): HeartwireError {
  return new HeartwireError('ERR_HW_PAYLOAD', { by, detail });
}
