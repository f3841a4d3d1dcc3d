import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { volatileSlot } from '../../../../packages/core/src/session/volatile-slot.ts';

const slots = suite('the slot of a volatile value');

slots('is the same for the same type and key, and for no other', () => {
  assert.is(volatileSlot('at', '7'), volatileSlot('at', '7'));
  const pairs = [
    ['a', 'bc'],
    ['ab', 'c'],
    ['abc', ''],
    ['', 'abc'],
    ['a', ' bc'],
    ['a ', 'bc'],
    ['a', '\0bc'],
    ['a\0', 'bc'],
    ['1 a', 'bc'],
    ['1', ' abc'],
  ] as const;
  assert.is(new Set(pairs.map(([name, key]) => volatileSlot(name, key))).size, pairs.length);
});
slots.run();
