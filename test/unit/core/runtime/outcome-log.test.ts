import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DeliveryError, type FailedOutcome } from '../../../../packages/core/src/errors/delivery-error.ts';
import { OutcomeLog, type Confirmed } from '../../../../packages/core/src/runtime/outcome-log.ts';

const FAILED = ['not-delivered', 'refused', 'expired', 'cancelled', 'overflow', 'unknown'] as const;

function errorOf(outcome: FailedOutcome): DeliveryError {
  return new DeliveryError('ERR_HW_CONNECTION_LOST', { by: 'transport', outcome, lastStage: 'sent' });
}

function sent(id: number): Confirmed {
  return { id, attempts: 1, isResumed: false };
}

const log = suite('the log of outcomes');

log('tells what it was told, in that order', () => {
  const outcomes = new OutcomeLog(['ada', 'grace', 'joan']);
  const error = errorOf('unknown');
  outcomes.confirm(2, 'handled', sent(2 ** 53 - 1), 3.1);
  outcomes.fail(0, error);
  outcomes.confirm(1, 'delivered', { id: 7, attempts: 3, isResumed: true }, 0);
  assert.is(outcomes.length, 3);
  assert.equal(outcomes.at(0), {
    session: 'joan',
    outcome: 'handled',
    receipt: { id: 2 ** 53 - 1, stage: 'handled', attempts: 1, elapsed: 3.1, resumed: false },
  });
  assert.equal(outcomes.at(2), {
    session: 'grace',
    outcome: 'delivered',
    receipt: { id: 7, stage: 'delivered', attempts: 3, elapsed: 0, resumed: true },
  });
  const failed = outcomes.at(1);
  assert.equal(Object.keys(failed), ['session', 'outcome', 'error']);
  assert.is(failed.session, 'ada');
  assert.is(failed.outcome, 'unknown');
  assert.is(failed.error, error);
});

log('counts every outcome in its place, and none is lost', () => {
  const sessions = [...FAILED, ...FAILED].map(String);
  const outcomes = new OutcomeLog([...sessions, 'a', 'b', 'c']);
  // As many of each as its place says, so that no two can be mistaken for each other.
  FAILED.forEach((outcome, index) => outcomes.fail(index, errorOf(outcome)));
  outcomes.fail(6, errorOf('unknown'));
  outcomes.fail(7, errorOf('overflow'));
  outcomes.fail(8, errorOf('unknown'));
  outcomes.confirm(12, 'handled', sent(1), 1);
  outcomes.confirm(13, 'handled', sent(1), 1);
  outcomes.confirm(14, 'delivered', sent(1), 1);
  assert.equal(outcomes.report(15), {
    recipients: 15,
    handled: 2,
    delivered: 1,
    notDelivered: 1,
    refused: 1,
    expired: 1,
    cancelled: 1,
    overflow: 2,
    unknown: 3,
  });
  assert.equal(outcomes.progress(15), { recipients: 15, decided: 12, handled: 2, delivered: 1, failed: 9 });
});

for (const outcome of FAILED) {
  log(`keeps ${outcome} apart from the others`, () => {
    const outcomes = new OutcomeLog(['ada']);
    outcomes.fail(0, errorOf(outcome));
    assert.is(outcomes.at(0).outcome, outcome);
    const { recipients, ...counts } = outcomes.report(1);
    const name = outcome === 'not-delivered' ? 'notDelivered' : outcome;
    assert.equal(
      Object.entries(counts).filter(([, count]) => count > 0),
      [[name, recipients]],
    );
  });
}

log('is empty where nobody was told', () => {
  const outcomes = new OutcomeLog([]);
  assert.is(outcomes.length, 0);
  assert.equal(outcomes.progress(0), { recipients: 0, decided: 0, handled: 0, delivered: 0, failed: 0 });
});
log.run();
