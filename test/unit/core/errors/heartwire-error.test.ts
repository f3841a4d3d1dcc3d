import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ERROR_CODES, type ErrorCode } from '../../../../packages/core/src/errors/error-code.ts';
import { HeartwireError } from '../../../../packages/core/src/errors/heartwire-error.ts';

const errors = suite('HeartwireError');

errors('says what its code means, then what happened in this very case', () => {
  const error = new HeartwireError('ERR_HW_SEQUENCE', { by: 'remote', detail: 'got 5, expected 4' });
  assert.is(error.message, `${ERROR_CODES.ERR_HW_SEQUENCE}: got 5, expected 4`);
  assert.is(new HeartwireError('ERR_HW_SEQUENCE', { by: 'remote' }).message, ERROR_CODES.ERR_HW_SEQUENCE);
});

errors('is an Error with a name, a code, an origin, and its cause', () => {
  const cause = new TypeError('no');
  const error = new HeartwireError('ERR_HW_TIMEOUT', { by: 'local', cause });
  assert.instance(error, Error);
  assert.equal([error.name, error.code, error.by, error.cause], ['HeartwireError', 'ERR_HW_TIMEOUT', 'local', cause]);
});

errors('without a cause it has none, not even an undefined one', () => {
  assert.not('cause' in new HeartwireError('ERR_HW_TIMEOUT', { by: 'local' }));
  assert.not('cause' in new HeartwireError('ERR_HW_TIMEOUT', { by: 'local', cause: undefined }));
});

errors('every code says a sentence of its own', () => {
  const sentences = Object.entries(ERROR_CODES);
  assert.is(new Set(sentences.map(([, sentence]) => sentence)).size, sentences.length);
  for (const [code, sentence] of sentences) {
    assert.match(code, /^ERR_HW_[A-Z_]+$/);
    assert.match(sentence, /^[^.]{5,80}$/);
    assert.ok(new HeartwireError(code as ErrorCode, { by: 'local' }).stack?.includes(sentence));
  }
});

errors.run();
