import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HeldWords } from '../../../../packages/core/src/runtime/held-words.ts';

const held = suite('what a connection brings while it is held');

held('is kept in its order, up to the limit itself', () => {
  const words = new HeldWords(4);
  words.add(new Uint8Array([1, 2]));
  words.add(new Uint8Array([3, 4]));
  assert.equal(words.chunks, [new Uint8Array([1, 2]), new Uint8Array([3, 4])]);
  assert.not.ok(words.isTooMuch);
});

held('is dropped as a whole with one byte more, and what comes later, too', () => {
  const words = new HeldWords(4);
  words.add(new Uint8Array(4));
  words.add(new Uint8Array(1));
  words.add(new Uint8Array(1));
  assert.equal([words.isTooMuch, words.chunks.length], [true, 0]);
});
held.run();
