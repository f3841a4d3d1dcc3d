// The vectors of varints against the code, in both directions.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HeartwireError } from '../../packages/core/src/errors/heartwire-error.ts';
import { ByteReader } from '../../packages/core/src/wire/byte-reader.ts';
import { varintSize, varintSizeFrom, writeVarint } from '../../packages/core/src/wire/varint.ts';
import { bytesOf, hexOf } from '../support/hex.ts';
import { readVectors } from './vector-files.ts';

const { valid, invalid } = readVectors('varints');
const varints = suite('varint vectors');

varints('there are some of every length, and of every way to be wrong', () => {
  assert.equal(new Set(valid.map(({ hex }) => hex.length / 2)), new Set([1, 2, 4, 8]));
  assert.ok(invalid.length > 15);
});

for (const { value, hex } of valid) {
  varints(`${value} is ${hex}, and nothing else`, () => {
    const bytes = bytesOf(hex);
    const reader = new ByteReader(bytes, 0, bytes.length);
    assert.is(reader.varint('value'), value);
    reader.expectEnd();
    const written = new Uint8Array(bytes.length);
    assert.is(writeVarint(written, 0, value), bytes.length);
    assert.is(hexOf(written), hex);
    assert.is(varintSize(value), bytes.length);
    assert.is(varintSizeFrom(bytes[0]!), bytes.length);
  });
}

for (const { hex, why } of invalid) {
  varints(`refuses ${hex || 'no byte at all'}: ${why}`, () => {
    const bytes = bytesOf(hex);
    try {
      new ByteReader(bytes, 0, bytes.length).varint('value');
    } catch (error) {
      assert.instance(error, HeartwireError);
      assert.is((error as HeartwireError).code, 'ERR_HW_MALFORMED_FRAME');
      assert.is((error as HeartwireError).by, 'remote');
      return;
    }
    assert.unreachable('it was read');
  });
}

varints.run();
