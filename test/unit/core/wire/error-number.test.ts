import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ERROR_CODES, type ErrorCode } from '../../../../packages/core/src/errors/error-code.ts';
import { ERROR_NUMBERS, errorCodeOf, errorNumber } from '../../../../packages/core/src/wire/error-number.ts';

const numbers = suite('error numbers');

numbers('every number names a code, and the code names the number', () => {
  const entries = Object.entries(ERROR_NUMBERS);
  assert.is(entries.length, 11);
  for (const [number, code] of entries) {
    assert.is(errorCodeOf(Number(number)), code);
    assert.is(errorNumber(code), Number(number));
    assert.ok(code in ERROR_CODES);
  }
});

numbers('a code without a number is told as 11: given up', () => {
  const known = Object.values(ERROR_NUMBERS);
  const others = (Object.keys(ERROR_CODES) as ErrorCode[]).filter((code) => !known.includes(code));
  assert.ok(others.includes('ERR_HW_TRUNCATED'));
  for (const code of others) assert.is(errorNumber(code), 11);
});

numbers('an unknown number is read as 11', () => {
  for (const number of [0, 12, 64, 2 ** 53 - 1]) assert.is(errorCodeOf(number), 'ERR_HW_ABORTED');
});

numbers.run();
