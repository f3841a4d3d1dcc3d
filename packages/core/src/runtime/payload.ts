/** Values and payloads: an empty payload is no value at all, everything else is the codec's business. PROTOCOL.md §7. */
import type { Codec } from '../wire/codec.ts';

const NO_PAYLOAD = new Uint8Array(0);

export function encodePayload(codec: Codec, value: unknown): Uint8Array {
  return value === undefined ? NO_PAYLOAD : codec.encode(value);
}

/** Throws what the codec throws. */
export function decodePayload(codec: Codec, payload: Uint8Array): unknown {
  return payload.length === 0 ? undefined : codec.decode(payload);
}
