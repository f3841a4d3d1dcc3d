/** Checks the key of a volatile value; a number and its decimal text are the same key. PROTOCOL.md §20. */
import { encodeText } from '../wire/text.ts';
import { VOLATILE_KEY_MAX_BYTES } from '../wire/wire-limit.ts';
import { optionError } from './limits.ts';

/** The key as it travels; no key at all is the empty one. Throws a HeartwireError (`ERR_HW_OPTION`). */
export function volatileKey(key: string | number = ''): string {
  if (typeof key !== 'string' && typeof key !== 'number') throw optionError(`key is a ${typeof key}`);
  const text = String(key);
  // Three bytes of UTF-8 are the most that one unit of a string takes.
  if (text.length * 3 <= VOLATILE_KEY_MAX_BYTES) return text;
  const size = encodeText(text).length;
  if (size > VOLATILE_KEY_MAX_BYTES) throw optionError(`key has ${size} bytes, at most ${VOLATILE_KEY_MAX_BYTES}`);
  return text;
}
