/** For `assert.throws`: which HeartwireError it has to be. */
import { HeartwireError } from '../../packages/core/src/errors/heartwire-error.ts';
import type { ErrorCode } from '../../packages/core/src/errors/error-code.ts';

/** With this code, a text that matches, and caused by the peer unless told otherwise. */
export function isError(
  code: ErrorCode,
  text: RegExp,
  by: HeartwireError['by'] = 'remote',
): (error: unknown) => boolean {
  return (error) => {
    if (!(error instanceof HeartwireError)) throw new Error('it is no HeartwireError', { cause: error });
    return error.code === code && error.by === by && text.test(error.message);
  };
}
