import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HeartwireError } from '../../../../packages/core/src/errors/heartwire-error.ts';
import { lost, notDelivered, overflowed, refused } from '../../../../packages/core/src/session/outcome.ts';
import { OutgoingMessage } from '../../../../packages/core/src/session/outgoing-message.ts';

function messageAt(stage: OutgoingMessage['stage']): OutgoingMessage {
  const message = new OutgoingMessage('message', 'say', new Uint8Array(0));
  message.stage = stage;
  return message;
}

const outcome = suite('the outcome');

outcome('of what never left is not-delivered, by us, and may be tried again', () => {
  const error = notDelivered(messageAt('queued'), 'ERR_HW_SESSION_CLOSED', 'too late');
  assert.equal(
    [error.outcome, error.by, error.code, error.lastStage],
    ['not-delivered', 'local', 'ERR_HW_SESSION_CLOSED', 'queued'],
  );
  assert.match(error.message, 'too late');
  assert.ok(error.safeToRetry);
});

outcome('of what was never accepted is overflow, and says what to do', () => {
  const error = overflowed(messageAt('queued'));
  assert.equal([error.outcome, error.code, error.lastStage], ['overflow', 'ERR_HW_OUTBOX_FULL', 'queued']);
  assert.match(error.message, 'writable()');
  assert.ok(error.safeToRetry);
});

outcome('of what the peer refused carries its word and its data', () => {
  const error = refused(messageAt('delivered'), 'room-full', { seats: 0 });
  assert.equal(
    [error.outcome, error.by, error.code, error.lastStage],
    ['refused', 'remote', 'ERR_HW_REFUSED', 'delivered'],
  );
  assert.equal(error.refusal, { code: 'room-full', data: { seats: 0 } });
  assert.not.ok(error.safeToRetry);
});

outcome('of a refusal without data has none', () => {
  assert.equal(refused(messageAt('delivered'), 'room-full', undefined).refusal, { code: 'room-full' });
});

outcome('of a refusal with a code of ours carries that code', () => {
  const unhandled = refused(messageAt('delivered'), 'ERR_HW_NO_HANDLER', undefined);
  assert.is(unhandled.code, 'ERR_HW_NO_HANDLER');
  assert.match(unhandled.message, '"say"');
  assert.ok(unhandled.safeToRetry, 'no handler ran');
  const threw = refused(messageAt('delivered'), 'ERR_HW_HANDLER', undefined);
  assert.is(threw.code, 'ERR_HW_HANDLER');
  assert.not.ok(threw.safeToRetry);
});

outcome('of a request that the peer could not take any more is not-delivered', () => {
  const error = refused(messageAt('delivered'), 'ERR_HW_SESSION_CLOSED', undefined);
  assert.equal([error.outcome, error.code], ['not-delivered', 'ERR_HW_SESSION_CLOSED']);
});

outcome('of what expired at the peer is expired, with proof, whatever its sender said meanwhile', () => {
  for (const withdrawal of [null, 'expired', 'cancelled'] as const) {
    const message = messageAt('delivered');
    message.withdrawal = withdrawal;
    const error = refused(message, 'ERR_HW_EXPIRED', undefined);
    assert.equal([error.outcome, error.code, error.by], ['expired', 'ERR_HW_EXPIRED', 'local']);
    assert.ok(error.safeToRetry);
    assert.is(error.refusal, undefined);
  }
});

outcome('is not taken from words that every object has', () => {
  assert.is(refused(messageAt('delivered'), 'constructor', undefined).code, 'ERR_HW_REFUSED');
  assert.is(refused(messageAt('delivered'), 'toString', undefined).code, 'ERR_HW_REFUSED');
});

for (const [isWhollyWritten, expected] of [
  [false, 'not-delivered'],
  [true, 'unknown'],
] as const) {
  outcome(
    `of a lost connection is ${expected} when the message was ${isWhollyWritten ? '' : 'not '}whole on the wire`,
    () => {
      const message = messageAt('sent');
      message.isWhollyWritten = isWhollyWritten;
      const error = lost(message, 'the connection ended: reset');
      assert.equal(
        [error.outcome, error.by, error.code, error.lastStage],
        [expected, 'transport', 'ERR_HW_CONNECTION_LOST', 'sent'],
      );
      assert.is(error.safeToRetry, !isWhollyWritten);
    },
  );
}

outcome('of a lost connection says why in words', () => {
  assert.match(lost(messageAt('sent'), 'the connection ended: reset').message, 'the connection ended: reset');
  const cause = new HeartwireError('ERR_HW_TRUNCATED', { by: 'remote' });
  assert.match(lost(messageAt('sent'), cause).message, cause.message);
});
outcome.run();
