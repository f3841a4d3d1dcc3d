import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decodePayload, encodePayload } from '../../../../packages/core/src/runtime/payload.ts';
import { msgpackCodec } from '../../../../packages/core/src/wire/msgpack-codec.ts';

const payload = suite('a payload');

payload('that is empty is no value at all', () => {
  assert.is(encodePayload(msgpackCodec, undefined).length, 0);
  assert.is(decodePayload(msgpackCodec, new Uint8Array(0)), undefined);
});

for (const value of [null, false, 0, '', [], {}, 'text', { deep: [1, { more: true }] }]) {
  payload(`comes back as it went: ${JSON.stringify(value)}`, () => {
    const bytes = encodePayload(msgpackCodec, value);
    assert.ok(bytes.length > 0);
    assert.equal(decodePayload(msgpackCodec, bytes), value);
  });
}

payload('that cannot be read throws what the codec throws', () => {
  assert.throws(() => decodePayload(msgpackCodec, new Uint8Array([0xc1])));
});
payload.run();
