import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { TimedMessage } from '../../../../packages/core/src/session/timed-message.ts';

const timed = suite('the timed message');

timed('is the one that is written while none is timed, until it is acknowledged', () => {
  const message = new TimedMessage();
  assert.is(message.take(7), null);
  message.wrote(8, 100);
  message.wrote(9, 110);
  assert.is(message.take(7), null);
  assert.is(message.take(8), 100);
  assert.is(message.take(9), null);
  message.wrote(10, 200);
  assert.is(message.take(10), 200);
});

timed('is the last one of those that are written together', () => {
  const message = new TimedMessage();
  for (const id of [1, 2, 3]) message.wrote(id, 100);
  assert.is(message.take(2), null);
  assert.is(message.take(3), 100);
});

timed('measures nothing when later ones are acknowledged with it, and makes room for the next', () => {
  const message = new TimedMessage();
  message.wrote(1, 100);
  message.wrote(2, 110);
  assert.is(message.take(2), null);
  message.wrote(3, 120);
  assert.is(message.take(3), 120);
});

timed('is forgotten with its connection', () => {
  const message = new TimedMessage();
  message.wrote(1, 100);
  message.forget();
  assert.is(message.take(1), null);
});

timed.run();
