import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeIntegerMap, encodeIntegerMap, msgpackCodec } from '../../../../packages/core/src/wire/msgpack-codec.ts';
import { bytesOf, hexOf } from '../../../support/hex.ts';
import { isError } from '../../../support/is-error.ts';

const { encode, decode } = msgpackCodec;
const codec = suite('MessagePack codec');

codec('plain data comes back as it was', () => {
  const values = fc.jsonValue({ maxDepth: 8 }).map((value) => JSON.parse(JSON.stringify(value)) as unknown);
  const property = fc.property(values, (value) => assert.equal(decode(encode(value)), value));
  fc.assert(property, { numRuns: 500, seed: 1 });
});

codec('numbers of every size come back as they were', () => {
  const numbers = fc.oneof(fc.integer(), fc.maxSafeInteger(), fc.double());
  const property = fc.property(numbers, (value) => Object.is(decode(encode(value)), Object.is(value, -0) ? 0 : value));
  fc.assert(property, { seed: 1 });
});

codec('bigints of 64 bits come back as bigints', () => {
  for (const value of [0n, -1n, 2n ** 53n, 2n ** 63n - 1n, 2n ** 64n - 1n, -(2n ** 63n)])
    assert.is(decode(encode(value)), value);
});

codec('a bigint of more than 64 bits is refused', () => {
  assert.throws(() => encode(2n ** 64n), /too large/);
  assert.throws(() => encode(-(2n ** 63n) - 1n), /too large/);
});

codec('bytes come back as bytes', () => {
  for (const size of [0, 1, 255, 256, 65_536]) {
    const bytes = new Uint8Array(size).map((_, at) => at);
    const decoded = decode(encode({ bytes })) as { readonly bytes: Uint8Array };
    assert.instance(decoded.bytes, Uint8Array);
    assert.is(hexOf(decoded.bytes), hexOf(bytes));
  }
});

codec('undefined is null, within other values too', () => {
  assert.is(decode(encode(undefined)), null);
  assert.equal(decode(encode([1, undefined])), [1, null]);
  assert.equal(decode(encode({ a: undefined })), { a: null });
});

codec('a Map arrives as an object', () => {
  assert.equal(
    decode(
      encode(
        new Map<unknown, unknown>([
          ['a', 1],
          [2, new Map([['b', 3]])],
        ]),
      ),
    ),
    { a: 1, 2: { b: 3 } },
  );
});

codec('an instance of a class arrives with its own fields', () => {
  class Point {
    x = 1;
    y = 2;
    sum(): number {
      return this.x + this.y;
    }
  }
  assert.equal(decode(encode(new Point())), { x: 1, y: 2 });
});

codec('what has toJSON arrives as what that returns', () => {
  assert.is(decode(encode(new URL('http://localhost/x'))), 'http://localhost/x');
});

for (const value of [
  new Date(),
  new Date(Number.NaN),
  new Set([1]),
  new Error('no'),
  /a/,
  new Float32Array(1),
  new Uint16Array(1),
  new DataView(new ArrayBuffer(8)),
]) {
  const kind = value.constructor.name;
  codec(`${kind} is refused with its name, and by whom`, () => {
    for (const payload of [value, [value], { a: { b: value } }]) {
      assert.throws(
        () => encode(payload),
        isError('ERR_HW_PAYLOAD', new RegExp(`no plain data, such as a ${kind}`), 'local'),
      );
    }
  });
}

// A Float32Array was written with its length in bytes but one byte per element; what followed was whatever the pool held before.
codec('nobody else’s bytes leave with a message', () => {
  encode('somebody else’s secret, which lies in the pool afterwards');
  assert.throws(() => encode(new Float64Array(4)), isError('ERR_HW_PAYLOAD', /Float64Array/, 'local'));
});

codec('keys that are neither strings nor integers are refused', () => {
  for (const key of [1.5, true, null, [1]]) {
    assert.throws(
      () => encode(new Map<unknown, number>([[key, 1]])),
      isError('ERR_HW_PAYLOAD', /a key that is no string/, 'local'),
    );
  }
});

codec('64 levels can be sent, 65 cannot', () => {
  const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);
  assert.equal(decode(encode(nested(64))), nested(64));
  assert.throws(() => encode(nested(65)), isError('ERR_HW_PAYLOAD', /nested too deeply/, 'local'));
});

codec('a circle is an error, and the next value is encoded as if nothing had been', () => {
  const circle: unknown[] = [];
  circle.push(circle);
  assert.throws(() => encode(circle), /call stack/);
  assert.equal(decode(encode({ a: [1] })), { a: [1] });
});

codec('a symbol is an error', () => {
  assert.throws(() => encode(Symbol('x')), /symbol/);
});

codec('a large payload keeps no larger buffer alive, a small one no more than a slab of 4096 bytes', () => {
  for (const value of [
    'x',
    { a: [1, 2, 3] },
    { a: 1 },
    { a: 'x'.repeat(600) },
    'x'.repeat(500),
    'x'.repeat(600),
    'x'.repeat(100_000),
  ]) {
    const encoded = encode(value);
    assert.ok(encoded.buffer.byteLength <= Math.max(encoded.byteLength, 4096));
    assert.is(encoded.constructor, Uint8Array);
  }
});

codec('a decoded value shares no memory with the next one', () => {
  const first = decode(encode({ bytes: new Uint8Array([1, 2, 3]) }));
  decode(encode({ bytes: new Uint8Array([7, 8, 9]) }));
  assert.equal(first, { bytes: new Uint8Array([1, 2, 3]) });
});

codec('what was encoded before stays as it was', () => {
  const first = encode({ a: 'first' });
  const before = hexOf(first);
  for (let turn = 0; turn < 1000; turn += 1) encode({ b: 'another', turn });
  assert.is(hexOf(first), before);
});

codec('what was decoded keeps no view of the bytes', () => {
  const bytes = encode({
    text: 'some text',
    long: 'x'.repeat(100),
    bytes: Uint8Array.of(1, 2, 3),
    deep: [Uint8Array.of(4)],
  });
  const decoded = decode(bytes) as { text: string; long: string; bytes: Uint8Array; deep: Uint8Array[] };
  bytes.fill(0);
  assert.is(decoded.text, 'some text');
  assert.is(decoded.long, 'x'.repeat(100));
  assert.equal([...decoded.bytes], [1, 2, 3]);
  assert.equal([...decoded.deep[0]!], [4]);
  assert.is.not(decoded.bytes.buffer, bytes.buffer);
});

codec('a key named __proto__ changes no prototype', () => {
  const decoded = decode(bytesOf('81a95f5f70726f746f5f5f81a87361626f7461676501')) as Record<string, unknown>;
  assert.is(Object.getPrototypeOf(decoded), Object.prototype);
  assert.is(decoded['sabotage'], undefined);
  assert.is(({} as Record<string, unknown>)['sabotage'], undefined);
});

for (const [hex, text] of [
  ['', /truncated/],
  ['a2', /truncated/],
  ['c0c0', /trailing bytes/],
  ['d6ff00000000', /an extension type/],
  ['d4724091a16101', /an extension type/],
  ['81c001', /a key that is no string/],
  [`${'91'.repeat(65)}c0`, /nested too deeply/],
] as const) {
  codec(`${hex.slice(0, 20) || 'nothing'} is not decoded: ${text.source}`, () => {
    assert.throws(() => decode(bytesOf(hex)), isError('ERR_HW_PAYLOAD', text, 'remote'));
  });
}

codec.run();

const maps = suite('integer map');

maps('comes back as it was, with maps inside of it as maps', () => {
  const map = new Map<number, unknown>([
    [0, 1],
    [63, 'text'],
    [65_535, [1, null]],
    [-1, Uint8Array.of(1)],
    [64, new Map([[1, 2]])],
  ]);
  const decoded = decodeIntegerMap(encodeIntegerMap(map));
  assert.equal([...decoded.keys()], [...map.keys()]);
  assert.equal(decoded.get(64), new Map([[1, 2]]));
  assert.equal([...(decoded.get(-1) as Uint8Array)], [1]);
});

// They were written as floats, which a peer that tells the two apart does not take for an integer.
maps('large integers are written as integers', () => {
  assert.is(hexOf(encodeIntegerMap(new Map([[1, 2 ** 32 - 1]]))), '8101ceffffffff');
  assert.is(hexOf(encodeIntegerMap(new Map([[1, 2 ** 32]]))), '8101d30000000100000000');
  assert.is(hexOf(encodeIntegerMap(new Map([[1, 2 ** 53 - 1]]))), '8101d3001fffffffffffff');
  assert.is(hexOf(encodeIntegerMap(new Map([[1, 1.5]]))), '8101cb3ff8000000000000');
});

maps('what was decoded keeps no view of the bytes', () => {
  const bytes = bytesOf('81 05 c4020102');
  const decoded = decodeIntegerMap(bytes).get(5) as Uint8Array;
  bytes.fill(0);
  assert.equal([...decoded], [1, 2]);
});

maps('the smallest form of a map is written', () => {
  assert.is(hexOf(encodeIntegerMap(new Map())), '80');
  assert.is(hexOf(encodeIntegerMap(new Map([[5, 6]]))), '810506');
});

maps('a key in a wide form is the same key', () => {
  assert.equal(
    [...decodeIntegerMap(bytesOf('83 cd0005 01 cf0000000000000006 02 d3fffffffffffffffe 03'))],
    [
      [5, 1],
      [6, 2],
      [-2, 3],
    ],
  );
});

maps('keys beyond 2^53 are told apart', () => {
  const map = decodeIntegerMap(bytesOf('82 cfffffffffffffffff 01 cffffffffffffffffe 02'));
  assert.equal(
    [...map],
    [
      [2n ** 64n - 1n, 1],
      [2n ** 64n - 2n, 2],
    ],
  );
});

maps('a key that stands twice is refused, in every form of map', () => {
  for (const hex of [
    '82 0501 0502',
    '82 0501 cc0502',
    '82 0501 cf000000000000000502',
    'de0002 0501 0502',
    'df00000002 0501 0502',
  ]) {
    assert.throws(() => decodeIntegerMap(bytesOf(hex)), isError('ERR_HW_PAYLOAD', /a key stands twice/), hex);
  }
  assert.is(decodeIntegerMap(bytesOf('df00000002 0501 0602')).size, 2);
  assert.is(
    decodeIntegerMap(
      bytesOf(`de0100${Array.from({ length: 256 }, (_, key) => `cd${key.toString(16).padStart(4, '0')}c0`).join('')}`),
    ).size,
    256,
  );
});

for (const [hex, text] of [
  ['c0', /it is not a map/],
  ['90', /it is not a map/],
  ['05', /it is not a map/],
  ['81a13001', /a key is not an integer/],
  ['8105', /truncated/],
  ['800000', /trailing bytes/],
  ['8105d40100', /an extension type/],
] as const) {
  maps(`${hex} is refused: ${text.source}`, () => {
    assert.throws(() => decodeIntegerMap(bytesOf(hex)), isError('ERR_HW_PAYLOAD', text, 'remote'));
  });
}

maps.run();
