// Every outcome of a line, in words.
import { DeliveryError, type FailedOutcome } from '@heartwire/core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { describeFailure } from '../../examples/chat/failure.ts';

const failures = suite('a line that was not handled');

const SENTENCES: Readonly<Record<FailedOutcome, RegExp>> = {
  refused: /^refused: full$/,
  'not-delivered': /certainly has not seen it/,
  unknown: /may have arrived/,
  overflow: /too much waits/,
  expired: /its time was up/,
  cancelled: /withdrawn/,
};

for (const [outcome, sentence] of Object.entries(SENTENCES) as [FailedOutcome, RegExp][]) {
  failures(`that is ${outcome} is told so`, () => {
    const refusal = outcome === 'refused' ? { refusal: { code: 'full' } } : {};
    const error = new DeliveryError('ERR_HW_REFUSED', { by: 'remote', outcome, lastStage: 'sent', ...refusal });
    assert.match(describeFailure(error), sentence);
  });
}

failures('is told what the server gave as the reason', () => {
  const refusal = { code: 'too-long', data: 'That is too long.' };
  const error = new DeliveryError('ERR_HW_REFUSED', { by: 'remote', outcome: 'refused', lastStage: 'sent', refusal });
  assert.is(describeFailure(error), 'That is too long.');
});
failures.run();
