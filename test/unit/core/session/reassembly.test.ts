import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HeartwireError } from '../../../../packages/core/src/errors/heartwire-error.ts';
import { Reassembly } from '../../../../packages/core/src/session/reassembly.ts';

const bytes = (...values: number[]): Uint8Array => new Uint8Array(values);

function isTooLarge(error: unknown): boolean {
  return error instanceof HeartwireError && error.code === 'ERR_HW_FRAME_TOO_LARGE' && error.by === 'remote';
}

const whole = suite('reassembly');

whole('gives a payload of one piece back as it is, without a copy', () => {
  const reassembly = new Reassembly(10);
  const payload = bytes(1, 2, 3);
  assert.is(reassembly.add(payload, false), payload);
  assert.ok(reassembly.isEmpty);
});

whole('gives chunks put together with the last one', () => {
  const reassembly = new Reassembly(10);
  assert.is(reassembly.add(bytes(1, 2), true), null);
  assert.is(reassembly.add(bytes(3), true), null);
  assert.not.ok(reassembly.isEmpty);
  assert.equal(reassembly.add(bytes(4, 5), false), bytes(1, 2, 3, 4, 5));
  assert.ok(reassembly.isEmpty);
});

whole('takes an empty last chunk', () => {
  const reassembly = new Reassembly(10);
  reassembly.add(bytes(1), true);
  assert.equal(reassembly.add(bytes(), false), bytes(1));
});

whole('copies a chunk once, into the whole', () => {
  const reassembly = new Reassembly(100_000);
  const read = new Uint8Array(65_536).fill(1);
  for (let at = 0; at < read.length; at += 16_384) reassembly.add(read.subarray(at, at + 16_384), true);
  // The transport does not touch again what it gave; whoever does shows that it was not copied before.
  read.fill(2);
  const payload = reassembly.add(bytes(3), false)!;
  assert.equal([payload.length, payload[0], payload[65_535], payload[65_536]], [65_537, 2, 2, 3]);
  assert.is(payload.buffer.byteLength, payload.length);
});

whole('holds nothing much larger than itself', () => {
  const reassembly = new Reassembly(100_000);
  for (const length of [511, 512, 16_383]) {
    const read = new Uint8Array(65_536).fill(1);
    reassembly.add(read.subarray(0, length), true);
    read.fill(2);
  }
  assert.ok(reassembly.add(bytes(), false)!.every((byte) => byte === 1));
});

whole('collects chunks of less than 512 bytes, whose own objects would be the larger part', () => {
  for (const [length, kept] of [
    [1, 1],
    [511, 1],
    [512, 2],
  ] as const) {
    const reassembly = new Reassembly(100_000);
    const read = new Uint8Array(length).fill(1);
    reassembly.add(read, true);
    read.fill(2);
    assert.ok(
      reassembly.add(bytes(), false)!.every((byte) => byte === kept),
      `${length} bytes`,
    );
  }
});

whole('takes a message in the smallest chunks', () => {
  const count = 50_000;
  const reassembly = new Reassembly(count);
  for (let at = 0; at < count - 1; at += 1) reassembly.add(bytes(at & 0xff), true);
  assert.is(reassembly.bytes, count - 1);
  const payload = reassembly.add(bytes((count - 1) & 0xff), false)!;
  assert.ok(payload.every((byte, at) => byte === (at & 0xff)));
});

whole('keeps the order of small and large chunks', () => {
  const reassembly = new Reassembly(1e6);
  const expected: number[] = [];
  for (let round = 0; round < 40; round += 1) {
    const chunk = new Uint8Array([1, 2, 700, 511, 9000][round % 5]!).fill(round);
    expected.push(...chunk);
    reassembly.add(chunk, true);
  }
  assert.equal([...reassembly.add(bytes(), false)!], expected);
});

whole('begins anew with each message', () => {
  const reassembly = new Reassembly(4);
  for (let round = 0; round < 3; round += 1) {
    reassembly.add(bytes(1, 2), true);
    assert.equal(reassembly.add(bytes(3, 4), false), bytes(1, 2, 3, 4));
    assert.equal(reassembly.add(bytes(5, 6, 7, 8), false), bytes(5, 6, 7, 8));
  }
});
whole.run();

const limits = suite('reassembly, at its limit');

limits('takes one piece of the limit and refuses one byte more', () => {
  assert.is(new Reassembly(4).add(bytes(1, 2, 3, 4), false)?.length, 4);
  assert.throws(() => new Reassembly(4).add(bytes(1, 2, 3, 4, 5), false), isTooLarge);
});

limits('takes chunks of the limit and refuses one byte more, before it keeps it', () => {
  const reassembly = new Reassembly(4);
  reassembly.add(bytes(1, 2), true);
  reassembly.add(bytes(3, 4), true);
  assert.equal(reassembly.add(bytes(), false)?.length, 4);

  const overfull = new Reassembly(4);
  overfull.add(bytes(1, 2), true);
  overfull.add(bytes(3, 4), true);
  assert.throws(() => overfull.add(bytes(5), true), isTooLarge);
});

limits('takes an empty payload where nothing else fits', () => {
  assert.is(new Reassembly(0).add(bytes(), false)?.length, 0);
  assert.throws(() => new Reassembly(0).add(bytes(1), false), isTooLarge);
});
limits.run();
