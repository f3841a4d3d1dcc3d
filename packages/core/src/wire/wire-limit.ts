/** The limits that are the same for every connection. PROTOCOL.md §15 has all of them in one table. */
export const HANDSHAKE_MAX_BYTES = 8192;
/** The frame limit before the handshake said more: body of the handshake and the head. */
export const HANDSHAKE_FRAME_MAX_BYTES: number = HANDSHAKE_MAX_BYTES + 1;
export const TYPE_NAME_MAX_BYTES = 128;
export const NUMBERED_NAMES_MAX = 63;
export const CHUNK_MAX_BYTES = 16_384;
/** So much of the peer's payload may be here without a word about it. */
export const UNTOLD_MAX_BYTES = 16_384;
export const VOLATILE_MAX_BYTES = 16_384;
/** `key` is a text8. */
export const VOLATILE_KEY_MAX_BYTES = 255;
/** What can stand around a volatile value in its frame: head, ack block, key, and a name of the largest size, spelled out. */
export const VOLATILE_HEADER_MAX_BYTES: number = 1 + 18 + (1 + VOLATILE_KEY_MAX_BYTES) + (2 + TYPE_NAME_MAX_BYTES);
export const DETAIL_MAX_ENTRIES = 256;
export const REFUSAL_CODE_MAX_BYTES = 64;
export const REFUSAL_DATA_MAX_BYTES = 1024;
export const REASON_MAX_BYTES = 255;
export const PAYLOAD_MAX_DEPTH = 64;
/** `length` itself takes at most this much. */
export const LENGTH_MAX_BYTES = 8;
/** What a delay of one millisecond is in ticks. */
export const TICKS_PER_MS = 10;
