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

tally('counts what was unknown by its proof, when one comes', () => {
  const counts = new OutcomeTally();
  const message = ended('unknown');
  counts.count(message);
  message.error = null;
  counts.correct(message);
  assert.equal(counts.snapshot(), { handled: 1, notDelivered: 0, refused: 0, unknown: 0 });
});

// The report of a close() once said that -1 messages were unknown: one had become so before the call, and its proof came after it.
tally('is not corrected for a message that it has not counted', () => {
  const counts = new OutcomeTally();
  counts.count(ended('unknown'));
  counts.correct(ended(null));
  assert.equal(counts.snapshot(), { handled: 0, notDelivered: 0, refused: 0, unknown: 1 });
});
tally.run();
