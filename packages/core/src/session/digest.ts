/**
 * What two sides that go on with a session compare, besides their positions: a mix of everything that was counted. It catches two sides that count
 * differently, at constant cost for each message; it is no protection against anybody who wants to cheat. PROTOCOL.md §19.
 */

/** Before the first message. */
export const EMPTY_DIGEST = 0x811c_9dc5;
const PRIME = 0x0100_0193;

/** The digest after one more sequenced frame: its id, its type, and the bytes of its whole payload or data. */
export function mixDigest(digest: number, id: number, type: number, size: number): number {
  return mix(mix(mix(digest, id), type), size);
}

/** FNV-1a, one word of 32 bits at a time. */
function mix(digest: number, word: number): number {
  return Math.imul(digest ^ (word >>> 0), PRIME) >>> 0;
}
