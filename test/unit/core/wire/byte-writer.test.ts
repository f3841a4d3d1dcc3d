import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ByteWriter } from '../../../../packages/core/src/wire/byte-writer.ts';
import { bytesOf, hexOf, joined } from '../../../support/hex.ts';
import { SeededRandom } from '../../../support/seeded-random.ts';

const writer = suite('byte writer');

writer('there is nothing to take before anything is written', () => {
  const out = new ByteWriter();
  assert.is(out.length, 0);
  assert.is(out.take(), null);
  out.reserve(100);
  assert.is(out.take(), null);
});

writer('what is written stands in order, numbers big-endian', () => {
  const out = new ByteWriter();
  out.reserve(32);
  out.u8(0x01);
  out.u16(0xfffe);
  out.varint(64);
  out.bytes(bytesOf('aabb'));
  assert.is(out.length, 7);
  assert.is(hexOf(out.take()!), '01fffe4040aabb');
  assert.is(out.length, 0);
  assert.is(out.take(), null);
});

writer('a range of another buffer stands in order with the rest', () => {
  const out = new ByteWriter();
  out.reserve(8);
  out.u8(1);
  out.range(bytesOf('a0a1a2a3'), 1, 3);
  out.range(bytesOf('b0'), 1, 1);
  out.u8(2);
  assert.is(hexOf(out.take()!), '01a1a202');
});

writer('what was taken is never touched again', () => {
  const out = new ByteWriter();
  const random = new SeededRandom(1);
  const taken: Uint8Array[] = [];
  const written: Uint8Array[] = [];
  for (let turn = 0; turn < 200; turn += 1) {
    const bytes = random.bytes(random.integer(1, 2000));
    out.reserve(bytes.length);
    out.bytes(bytes);
    written.push(bytes);
    if (random.next() < 0.4) taken.push(out.take()!);
  }
  const last = out.take();
  if (last !== null) taken.push(last);
  assert.is(hexOf(joined(taken)), hexOf(joined(written)));
});

writer('more room does not lose what is written and not taken', () => {
  const out = new ByteWriter();
  out.reserve(2);
  out.u16(0x1234);
  out.reserve(100_000);
  out.bytes(new Uint8Array(100_000).fill(7));
  const taken = out.take()!;
  assert.is(taken.length, 100_002);
  assert.is(hexOf(taken.subarray(0, 3)), '123407');
});

writer('turns share a slab: a small write does not cost a buffer of its own', () => {
  const out = new ByteWriter();
  const write = (): Uint8Array => {
    out.reserve(10);
    out.bytes(new Uint8Array(10));
    return out.take()!;
  };
  const [first, second] = [write(), write()];
  assert.is(second.buffer, first.buffer);
  assert.is(second.byteOffset, first.byteOffset + 10);
});

writer.run();
