import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HeartwireError } from '@heartwire/core';
import { volatileKey } from '../../../../packages/core/src/runtime/volatile-key.ts';

const keys = suite('the key of a volatile value');

keys('is text; a number is its decimal text, and none at all is empty', () => {
  assert.is(volatileKey('a'), 'a');
  assert.is(volatileKey(7), '7');
  assert.is(volatileKey(), '');
  assert.is(volatileKey(''), '');
});

keys('has at most 255 bytes', () => {
  for (const longest of ['k'.repeat(255), 'é'.repeat(127)]) assert.is(volatileKey(longest), longest);
  for (const tooLong of ['k'.repeat(256), 'é'.repeat(128), '🎈'.repeat(64)]) {
    assert.throws(() => volatileKey(tooLong), isOption(/key has 256 bytes, at most 255/));
  }
});

keys('is nothing else', () => {
  for (const wrong of [null, {}, true, Symbol('key')]) {
    assert.throws(() => volatileKey(wrong as unknown as string), isOption(/key is a (object|boolean|symbol)/));
  }
});
keys.run();

function isOption(text: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof HeartwireError && error.code === 'ERR_HW_OPTION' && text.test(error.message);
}
