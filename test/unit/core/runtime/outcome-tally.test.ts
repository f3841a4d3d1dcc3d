import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DeliveryError, type FailedOutcome } from '../../../../packages/core/src/errors/delivery-error.ts';
import { OutcomeTally } from '../../../../packages/core/src/runtime/outcome-tally.ts';
import { OutgoingMessage } from '../../../../packages/core/src/session/outgoing-message.ts';

function ended(outcome: FailedOutcome | null): OutgoingMessage {
  const message = new OutgoingMessage('message', 'say', new Uint8Array(0));
  if (outcome === null) message.stage = 'handled';
  else {
    message.stage = 'failed';
    message.error = new DeliveryError('ERR_HW_CONNECTION_LOST', { by: 'local', outcome, lastStage: 'sent' });
  }
  return message;
}

const tally = suite('the tally');

tally('counts each outcome in its place, and none is lost', () => {
  const outcomes: (FailedOutcome | null)[] = [
    null,
    'refused',
    'unknown',
    'not-delivered',
    'overflow',
    'expired',
    'cancelled',
  ];
  const counts = new OutcomeTally();
  for (const outcome of outcomes) counts.count(ended(outcome));
  assert.equal(counts.snapshot(), { handled: 1, notDelivered: 4, refused: 1, unknown: 1 });
});

tally('tells what came since an earlier look', () => {
  const counts = new OutcomeTally();
  counts.count(ended(null));
  const before = counts.snapshot();
  assert.equal(counts.since(before), { handled: 0, notDelivered: 0, refused: 0, unknown: 0 });
  counts.count(ended(null));
  counts.count(ended('refused'));
  assert.equal(counts.since(before), { handled: 1, notDelivered: 0, refused: 1, unknown: 0 });
  assert.equal(before, { handled: 1, notDelivered: 0, refused: 0, unknown: 0 });
});
tally.run();
