// The vectors of payloads against the guard and the codec.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HeartwireError } from '../../packages/core/src/errors/heartwire-error.ts';
import { msgpackCodec } from '../../packages/core/src/wire/msgpack-codec.ts';
import { findPayloadFault } from '../../packages/core/src/wire/payload-guard.ts';
import { bytesOf, hexOf } from '../support/hex.ts';
import { readVectors } from './vector-files.ts';

const { valid, invalid } = readVectors('payloads');
const payloads = suite('payload vectors');

for (const { name, hex, value } of valid) {
  payloads(`reads ${name}`, () => {
    const bytes = bytesOf(hex);
    assert.is(findPayloadFault(bytes), null);
    const decoded = msgpackCodec.decode(bytes);
    if (isSkipped(value)) return;
    assert.equal(onPaper(decoded), value);
    // MessagePack leaves the writer a choice of forms, so what is written is compared by what it says.
    const written = msgpackCodec.encode(decoded);
    assert.is(findPayloadFault(written), null);
    assert.equal(onPaper(msgpackCodec.decode(written)), withoutMinusZero(value));
  });
}

for (const { why, hex, fault } of invalid) {
  payloads(`refuses ${why}: ${fault}`, () => {
    const bytes = bytesOf(hex);
    assert.is(findPayloadFault(bytes), fault);
    try {
      msgpackCodec.decode(bytes);
    } catch (error) {
      assert.instance(error, HeartwireError);
      assert.is((error as HeartwireError).code, 'ERR_HW_PAYLOAD');
      assert.is((error as HeartwireError).by, 'remote');
      return;
    }
    assert.unreachable('it was decoded');
  });
}

payloads('every fault occurs', () => {
  const faults = ['truncated', 'trailing bytes', 'nested too deeply', 'an extension type', 'a key that is no string'];
  assert.equal(new Set(invalid.map(({ fault }) => fault)), new Set(faults));
});

payloads.run();

/** A decoded value as the vectors write it. */
function onPaper(value: unknown): unknown {
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : { $integer: String(value) };
  }
  if (typeof value === 'number') {
    return Number.isFinite(value) && !Object.is(value, -0)
      ? value
      : { $float: Object.is(value, -0) ? '-0' : `${value}` };
  }
  if (value instanceof Uint8Array) return { $binary: hexOf(value) };
  if (Array.isArray(value)) return value.map(onPaper);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, onPaper(entry)]));
}

/** msgpackr writes minus zero as the integer 0. */
function withoutMinusZero(value: unknown): unknown {
  return (value as { readonly $float?: string } | null)?.$float === '-0' ? 0 : value;
}

function isSkipped(value: unknown): boolean {
  return typeof value === 'object' && value !== null && '$skip' in value;
}
