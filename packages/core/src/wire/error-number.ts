/** The codes of the ERROR frame and the names they stand for. PROTOCOL.md §13; a test compares the tables. */
import type { ErrorCode } from '../errors/error-code.ts';

const NAME_OF = {
  1: 'ERR_HW_PREFACE',
  2: 'ERR_HW_VERSION',
  3: 'ERR_HW_FRAME_TOO_LARGE',
  4: 'ERR_HW_MALFORMED_FRAME',
  5: 'ERR_HW_UNKNOWN_FRAME',
  6: 'ERR_HW_UNEXPECTED_FRAME',
  7: 'ERR_HW_SEQUENCE',
  8: 'ERR_HW_ACK_RANGE',
  9: 'ERR_HW_TIMEOUT',
  10: 'ERR_HW_WINDOW',
  11: 'ERR_HW_ABORTED',
} as const satisfies Record<number, ErrorCode>;

export const ERROR_NUMBERS: Readonly<Record<number, ErrorCode>> = NAME_OF;

const GIVEN_UP = 11;

/** The number that tells the peer about `code`; what has no number of its own is "given up". */
export function errorNumber(code: ErrorCode): number {
  for (const [number, name] of Object.entries(NAME_OF)) if (name === code) return Number(number);
  return GIVEN_UP;
}

export function errorCodeOf(number: number): ErrorCode {
  return ERROR_NUMBERS[number] ?? NAME_OF[GIVEN_UP];
}
