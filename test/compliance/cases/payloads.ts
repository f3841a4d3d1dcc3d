// What a message may carry, and how large it may be.
import * as assert from 'uvu/assert';
import type { ComplianceCases } from '../compliance-case.ts';
import { failureOf, thrownBy } from '../expectations.ts';

/** What the codec puts in front of binary data of this size. */
const BINARY_HEADER_BYTES = 5;
const MESSAGE_MAX_BYTES = 1_048_576;

const VALUES: readonly unknown[] = [
  null,
  undefined,
  true,
  false,
  0,
  -1,
  1.5,
  Number.MAX_SAFE_INTEGER,
  Infinity,
  NaN,
  1n,
  2n ** 63n,
  -(2n ** 63n),
  '',
  'plain',
  'żółw 🐢 \u0000 中文 \u{10FFFF}',
  'x'.repeat(100_000),
  new Uint8Array(0),
  Uint8Array.of(0, 255, 128),
  [],
  {},
  [[], [[null]], {}],
  { a: { b: [1, { c: 'deep' }] }, ключ: Uint8Array.of(1) },
];

export const payloads: ComplianceCases = {
  async 'carries every kind of value there and back'(endpoints) {
    const { client, peer } = await endpoints.pair();
    peer.handle('echo', (value: unknown) => value);
    for (const value of VALUES) {
      const answer: unknown = await client.request('echo', value);
      assert.equal(answer, value);
    }
  },

  async 'carries the largest message in both directions'(endpoints) {
    const { client, peer } = await endpoints.pair();
    const value = new Uint8Array(MESSAGE_MAX_BYTES - BINARY_HEADER_BYTES).map((_, index) => index * 7);
    peer.handle('echo', (data: Uint8Array) => data);
    const answer = await client.request('echo', value);
    assert.ok(isSame(answer as Uint8Array, value));
  },

  async 'does not send what is larger than the peer accepts, and goes on'(endpoints) {
    const { client, peer } = await endpoints.pair({ server: { limits: { messageMaxBytes: 2000 } } });
    const heard: number[] = [];
    peer.handle('say', (data: Uint8Array) => void heard.push(data.length));
    const tooLarge = client.send('say', new Uint8Array(2001));
    const fits = client.send('say', new Uint8Array(1000));
    const error = await failureOf(tooLarge);
    assert.is(error.code, 'ERR_HW_MESSAGE_TOO_LARGE');
    assert.is(error.outcome, 'not-delivered');
    assert.is(error.safeToRetry, true);
    assert.match(error.message, '2000');
    assert.is((await fits).id, 1);
    assert.equal(heard, [1000]);
  },

  async 'throws at once when a payload cannot be encoded, and has sent nothing'(endpoints) {
    const { client, peer } = await endpoints.pair();
    peer.handle('say', () => {});
    const ring: unknown[] = [];
    ring.push(ring);
    for (const value of [Symbol('s'), 2n ** 64n, ring, new Date()]) {
      const error = thrownBy(() => client.send('say', value));
      assert.is(error.code, 'ERR_HW_PAYLOAD');
      assert.is(error.by, 'local');
    }
    assert.is((await client.send('say', 'next')).id, 1);
  },

  async 'throws at once when a type name is empty or too long'(endpoints) {
    const { client, peer } = await endpoints.pair();
    const longest = 'é'.repeat(64);
    peer.handle(longest, () => {});
    for (const name of ['', `${longest}e`]) {
      assert.is(thrownBy(() => client.send(name, 1)).code, 'ERR_HW_TYPE_NAME');
    }
    assert.is((await client.send(longest, 1)).id, 1);
  },

  async 'tells many types apart'(endpoints) {
    const { client, peer } = await endpoints.pair();
    const heard: string[] = [];
    // More than can be numbered on one connection.
    const names = Array.from({ length: 100 }, (_, index) => `type-${index}`);
    for (const name of names) peer.handle(name, () => void heard.push(name));
    await Promise.all([...names, ...names].map((name) => client.send(name)));
    assert.equal(heard, [...names, ...names]);
  },
};

/** Compares by bytes; a comparison of a million elements one by one takes long. */
function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.constructor === Uint8Array && a.length === b.length && a.every((byte, index) => byte === b[index]);
}
