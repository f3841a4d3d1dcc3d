import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeText, encodeText, encodeTextWithin } from '../../../../packages/core/src/wire/text.ts';
import { bytesOf, hexOf } from '../../../support/hex.ts';

const text = suite('text');

text('every well-formed text comes back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (value) => decodeText(encodeText(value)) === value),
    { seed: 1 },
  );
});

text('a byte order mark is text like any other', () => {
  assert.is(decodeText(bytesOf('efbbbf 78')), '\ufeffx');
});

text('what is not UTF-8 is refused, never replaced', () => {
  for (const hex of ['80', 'c3', 'c328', 'c080', 'eda080', 'f4908080', 'fe', 'ff', 'e28282e2']) {
    assert.throws(
      () => decodeText(bytesOf(hex)),
      (error: Error) => error instanceof TypeError,
      hex,
    );
  }
});

text('half a surrogate pair leaves as the replacement character', () => {
  assert.is(hexOf(encodeText('a\ud800b')), '61efbfbd62');
});

text('what is too long is cut between characters', () => {
  assert.is(hexOf(encodeTextWithin('abc', 3)), '616263');
  assert.is(hexOf(encodeTextWithin('abc', 2)), '6162');
  assert.is(hexOf(encodeTextWithin('aéé', 4)), '61c3a9');
  assert.is(hexOf(encodeTextWithin('🎈', 3)), '');
  assert.is(hexOf(encodeTextWithin('🎈', 4)), 'f09f8e88');
});

text('a cut text is still well-formed, and as long as it can be', () => {
  const property = fc.property(fc.string({ unit: 'binary' }), fc.nat(40), (value, maxBytes) => {
    const cut = encodeTextWithin(value, maxBytes);
    assert.ok(cut.length <= maxBytes);
    assert.ok(value.startsWith(decodeText(cut)));
    const [next = ''] = value.slice(decodeText(cut).length);
    assert.ok(next === '' || cut.length + encodeText(next).length > maxBytes);
  });
  fc.assert(property, { seed: 1 });
});

text.run();
