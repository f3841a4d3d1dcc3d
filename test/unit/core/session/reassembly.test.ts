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

whole('keeps copies, because the transport may reuse what it read', () => {
  const reassembly = new Reassembly(10);
  const read = bytes(1, 2);
  reassembly.add(read, true);
  read.fill(9);
  assert.equal(reassembly.add(bytes(3), false), bytes(1, 2, 3));
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
