// The numbers themselves are held against PROTOCOL.md in test/vectors; here is what follows from them.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  ALLOWED_FLAGS,
  FIRST_IGNORABLE_TYPE,
  FrameType,
  frameName,
  LAST_FRAME_TYPE,
} from '../../../../packages/core/src/wire/frame-type.ts';

const types = suite('frame types');

types('every type has its own number, its flags and its name', () => {
  const numbers = Object.values(FrameType);
  assert.is(new Set(numbers).size, numbers.length);
  assert.is(ALLOWED_FLAGS.length, numbers.length);
  for (const [name, type] of Object.entries(FrameType)) assert.is(frameName(type), name);
});

types('a type fits five bits, its flags fit three', () => {
  assert.is(LAST_FRAME_TYPE, 2 ** 5 - 1);
  assert.ok(ALLOWED_FLAGS.every((flags) => flags >= 0 && flags < 8));
  assert.ok(Math.max(...Object.values(FrameType)) < FIRST_IGNORABLE_TYPE);
});

types('a type that nobody knows is called by its number', () => {
  assert.is(frameName(18), 'type 18');
  assert.is(frameName(31), 'type 31');
});

types.run();
