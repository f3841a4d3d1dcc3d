/**
 * What a server keeps of a token: its hash (SHA-256), so that whoever reads the server's memory, or a copy of it, can resume nobody's session.
 *
 * A token is 256 random bits, so no salt and no slow hash is owed. The platform's own SHA-256 is asynchronous, and the checks of a resumption are one
 * step; hence the package. This is the only file that knows it.
 */
import { sha256 } from '@noble/hashes/sha2.js';

export function hashToken(token: Uint8Array): Uint8Array {
  return sha256(token);
}

/** Takes the same time wherever the first difference is. */
export function isSameHash(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let index = 0; index < a.length; index += 1) difference |= a[index]! ^ (b[index] ?? 0);
  return difference === 0;
}
