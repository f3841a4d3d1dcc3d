import type { CloseCause } from './close-cause.ts';
import type { ErrorCode } from './error-code.ts';

/** A frame that came in part, or not at all, says that the line failed, not that the peer did. */
const OF_THE_LINE: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['ERR_HW_TRUNCATED', 'ERR_HW_TIMEOUT']);

/** Whether two sides that keep the protocol may have come to this end: then another connection may go on, and there is a point in making one. */
export function isLineFailure(cause: CloseCause): boolean {
  return cause.kind !== 'protocol' || OF_THE_LINE.has(cause.error.code);
}
