// The numbers themselves are held against PROTOCOL.md in test/vectors; here is how they have to fit together.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  FIRST_IGNORABLE_KEY,
  HandshakeKey,
  LAST_KEY,
  PROTOCOL_VERSION,
} from '../../../../packages/core/src/connection/handshake-key.ts';

const keys = suite('handshake keys');

keys('every key has its own number, and none of them may be ignored', () => {
  const numbers = Object.values(HandshakeKey);
  assert.is(new Set(numbers).size, numbers.length);
  assert.ok(Math.max(...numbers) < FIRST_IGNORABLE_KEY);
});

keys('12 to 15 are kept free for the resumption of sessions', () => {
  assert.equal(
    Object.values(HandshakeKey).filter((key) => key >= 12 && key <= 15),
    [],
  );
});

keys('there are keys to be ignored', () => {
  assert.ok(LAST_KEY > FIRST_IGNORABLE_KEY);
  assert.is(PROTOCOL_VERSION, 1);
});

keys.run();
