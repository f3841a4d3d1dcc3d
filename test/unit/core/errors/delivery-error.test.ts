import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DeliveryError, type FailedOutcome } from '../../../../packages/core/src/errors/delivery-error.ts';
import { HeartwireError } from '../../../../packages/core/src/errors/heartwire-error.ts';

const errors = suite('DeliveryError');

/** Whether the peer provably never acted on the message. */
const SAFE: Readonly<Record<FailedOutcome, boolean>> = {
  'not-delivered': true,
  refused: false,
  expired: true,
  cancelled: true,
  overflow: true,
  unknown: false,
};

for (const [outcome, isSafe] of Object.entries(SAFE) as [FailedOutcome, boolean][]) {
  errors(`${outcome}: sending it again ${isSafe ? 'can do no harm' : 'may do harm'}`, () => {
    const error = new DeliveryError('ERR_HW_CONNECTION_LOST', { by: 'transport', outcome, lastStage: 'sent' });
    assert.is(error.safeToRetry, isSafe);
    assert.equal([error.outcome, error.lastStage], [outcome, 'sent']);
  });
}

errors('refused because nobody handles the type: the handler never ran, so it may be sent again', () => {
  const refused = (code: string): DeliveryError =>
    new DeliveryError('ERR_HW_REFUSED', {
      by: 'remote',
      outcome: 'refused',
      lastStage: 'delivered',
      refusal: { code },
    });
  assert.is(refused('ERR_HW_NO_HANDLER').safeToRetry, true);
  assert.is(refused('ERR_HW_HANDLER').safeToRetry, false);
  assert.is(refused('room-full').safeToRetry, false);
});

errors('is a HeartwireError with a name of its own, and a refusal only where there was one', () => {
  const options = { by: 'remote', outcome: 'refused', lastStage: 'delivered' } as const;
  const error = new DeliveryError('ERR_HW_REFUSED', { ...options, refusal: { code: 'room-full', data: { max: 5 } } });
  assert.instance(error, HeartwireError);
  assert.is(error.name, 'DeliveryError');
  assert.equal(error.refusal, { code: 'room-full', data: { max: 5 } });
  assert.is(new DeliveryError('ERR_HW_REFUSED', options).refusal, undefined);
});

errors.run();
