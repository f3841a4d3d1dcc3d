import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { CloseCause } from '../../../../packages/core/src/errors/close-cause.ts';
import { ERROR_CODES, type ErrorCode } from '../../../../packages/core/src/errors/error-code.ts';
import { HeartwireError } from '../../../../packages/core/src/errors/heartwire-error.ts';
import { isLineFailure } from '../../../../packages/core/src/errors/line-failure.ts';

const line = suite('a failure of the line');

line('is what the transport says, whatever it is', () => {
  const causes: CloseCause[] = [{ kind: 'reset' }, { kind: 'finished' }, { kind: 'lost' }];
  for (const cause of causes) assert.ok(isLineFailure(cause), cause.kind);
});

line('is a frame that did not come whole, whoever noticed it; nothing else that breaks the protocol is', () => {
  const codes = (Object.keys(ERROR_CODES) as ErrorCode[]).filter((code) =>
    isLineFailure({ kind: 'protocol', error: new HeartwireError(code, { by: 'local' }) }),
  );
  assert.equal(codes, ['ERR_HW_TRUNCATED', 'ERR_HW_TIMEOUT']);
});
line.run();
