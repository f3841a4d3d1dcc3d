import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  readVarint,
  VARINT_MAX,
  varintSize,
  varintSizeFrom,
  writeVarint,
} from '../../../../packages/core/src/wire/varint.ts';
import { bytesOf, hexOf } from '../../../support/hex.ts';
import { isError } from '../../../support/is-error.ts';

const varint = suite('varint');

const EDGES = [0, 1, 63, 64, 16_383, 16_384, 2 ** 30 - 1, 2 ** 30, 2 ** 31, 2 ** 32 - 1, 2 ** 32, VARINT_MAX];

varint('its size grows at 2^6, 2^14 and 2^30', () => {
  assert.equal(EDGES.map(varintSize), [1, 1, 1, 2, 2, 4, 4, 8, 8, 8, 8, 8]);
});

varint('the first byte tells the size', () => {
  const firstBytes = [0x00, 0x3f, 0x40, 0x7f, 0x80, 0xbf, 0xc0, 0xff];
  assert.equal(firstBytes.map(varintSizeFrom), [1, 1, 2, 2, 4, 4, 8, 8]);
});

varint('every integer comes back, from any place, and its neighbours are left alone', () => {
  const property = fc.property(fc.maxSafeNat(), fc.nat(9), (value, offset) => {
    const target = new Uint8Array(20).fill(0xaa);
    const end = writeVarint(target, offset, value);
    assert.is(end - offset, varintSize(value));
    assert.is(readVarint(target, offset), value);
    assert.ok(target.subarray(0, offset).every((byte) => byte === 0xaa));
    assert.ok(target.subarray(end).every((byte) => byte === 0xaa));
  });
  fc.assert(property, { examples: EDGES.map((value) => [value, 3]), seed: 1 });
});

varint('a longer form than needed is refused', () => {
  for (const hex of ['4000', '403f', '80000000', '80003fff', 'c000000000000000', 'c00000003fffffff']) {
    assert.throws(() => readVarint(bytesOf(hex), 0), isError('ERR_HW_MALFORMED_FRAME', /shortest form/), hex);
  }
});

varint('the smallest value of each form is read', () => {
  for (const [hex, value] of [
    ['4040', 64],
    ['80004000', 16_384],
    ['c000000040000000', 2 ** 30],
  ] as const) {
    assert.is(readVarint(bytesOf(hex), 0), value);
  }
});

varint('2^53 - 1 is read, 2^53 is refused', () => {
  assert.is(readVarint(bytesOf('c01fffffffffffff'), 0), VARINT_MAX);
  for (const hex of ['c020000000000000', 'c0200000ffffffff', 'ffffffffffffffff']) {
    assert.throws(() => readVarint(bytesOf(hex), 0), isError('ERR_HW_MALFORMED_FRAME', /above 2\^53 - 1/), hex);
  }
});

varint('the bytes are the ones of RFC 9000', () => {
  const target = new Uint8Array(8);
  assert.is(hexOf(target.subarray(0, writeVarint(target, 0, 494_878_333))), '9d7f3e7d');
  assert.is(hexOf(target.subarray(0, writeVarint(target, 0, 15_293))), '7bbd');
});

varint.run();
