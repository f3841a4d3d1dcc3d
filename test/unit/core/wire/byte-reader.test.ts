import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ByteReader } from '../../../../packages/core/src/wire/byte-reader.ts';
import { bytesOf, hexOf } from '../../../support/hex.ts';
import { isError } from '../../../support/is-error.ts';

const reader = suite('byte reader');

reader('reads one part after the other, then nothing is left', () => {
  const read = readerOf('01 fffe 4040 aabb 02 6869 cc');
  assert.is(read.u8('a'), 1);
  assert.is(read.u16('b'), 0xfffe);
  assert.is(read.varint('c'), 64);
  assert.is(hexOf(read.bytes(2, 'd')), 'aabb');
  assert.is(read.text8('e'), 'hi');
  assert.is(hexOf(read.rest()), 'cc');
  read.expectEnd();
  assert.is(read.rest().length, 0);
});

reader('stays between its start and its end', () => {
  const read = new ByteReader(bytesOf('ff 01 02 ff'), 1, 3);
  assert.is(hexOf(read.bytes(2, 'all')), '0102');
  assert.throws(() => read.u8('more'), isError('ERR_HW_MALFORMED_FRAME', /inside more/));
  read.reset(bytesOf('ff 05 ff'), 1, 2);
  assert.is(read.u8('again'), 5);
  read.expectEnd();
});

const PARTS: readonly (readonly [string, (read: ByteReader) => unknown, string])[] = [
  ['u8', (read) => read.u8('it'), ''],
  ['u16', (read) => read.u16('it'), '01'],
  ['varint without a byte', (read) => read.varint('it'), ''],
  ['varint of 2', (read) => read.varint('it'), '40'],
  ['varint of 4', (read) => read.varint('it'), '800040'],
  ['varint of 8', (read) => read.varint('it'), 'c0000000400000'],
  ['bytes', (read) => read.bytes(3, 'it'), '0102'],
  ['text8 without a length', (read) => read.text8('it'), ''],
  ['text8', (read) => read.text8('it'), '03 6869'],
];

for (const [name, act, hex] of PARTS) {
  reader(`names the field when ${name} goes beyond the end, whatever lies behind it`, () => {
    const bytes = bytesOf(hex);
    const behind = new Uint8Array([...bytes, ...new Uint8Array(16)]);
    assert.throws(
      () => act(new ByteReader(behind, 0, bytes.length)),
      isError('ERR_HW_MALFORMED_FRAME', /it ends inside it$/),
    );
  });
}

reader('counts what is left over', () => {
  assert.throws(() => readerOf('010203').expectEnd(), isError('ERR_HW_MALFORMED_FRAME', /3 bytes too many/));
});

reader('text that is not UTF-8 is refused, with the field and the cause', () => {
  try {
    readerOf('02 c328').text8('reason');
    assert.unreachable();
  } catch (error) {
    assert.ok(isError('ERR_HW_MALFORMED_FRAME', /reason is not UTF-8/)(error));
    assert.instance((error as Error).cause, TypeError);
  }
});

reader('bytes and rest are views, not copies', () => {
  const bytes = bytesOf('010203');
  const read = new ByteReader(bytes, 0, 3);
  assert.is(read.bytes(1, 'first').buffer, bytes.buffer);
  assert.is(read.rest().buffer, bytes.buffer);
});

reader.run();

function readerOf(hex: string): ByteReader {
  const bytes = bytesOf(hex);
  return new ByteReader(bytes, 0, bytes.length);
}
