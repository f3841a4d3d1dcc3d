import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { findForeignValue, isPlainRecord } from '../../../../packages/core/src/wire/plain-data.ts';

class Point {
  x = 1;
  y: unknown = 2;
}

const plain = suite('plain data');

for (const value of [
  undefined,
  null,
  true,
  1.5,
  5n,
  'text',
  new Uint8Array(3),
  Buffer.from('bytes'),
  new ArrayBuffer(3),
  [],
  [1, [2, { a: [3] }]],
  {},
  { a: { b: { c: null } } },
  Object.assign(Object.create(null), { a: 1 }),
  new Map([['a', [1]]]),
  new Point(),
  new Date(0),
]) {
  plain(`${name(value)} is let through`, () => {
    assert.is(findForeignValue(value), undefined);
  });
}

const FOREIGN: readonly object[] = [
  new Set([1]),
  new (class Bag extends Set {})(),
  new TypeError('no'),
  /a/,
  new Float32Array(1),
  new Int8Array(1),
  new Uint8ClampedArray(1),
  new Uint16Array(1),
  new BigInt64Array(1),
  new DataView(new ArrayBuffer(8)),
];

for (const value of FOREIGN) {
  plain(`${name(value)} is found, wherever it stands`, () => {
    const point = new Point();
    point.y = value;
    const json = Object.assign(new Point(), { toJSON: () => ({ value }) });
    for (const holder of [
      value,
      [1, value],
      { a: value },
      { a: [{ b: value }] },
      new Map([['a', value]]),
      point,
      json,
    ]) {
      assert.is(findForeignValue(holder), value, name(holder));
    }
  });
}

for (const value of [null, true, 1.5, 'text', {}, { a: null, b: false, c: -0, d: '' }]) {
  plain(`${name(value)} is a plain record`, () => {
    assert.ok(isPlainRecord(value));
  });
}

const INHERITING = Object.create({ constructor: Object, inherited: new Date(0) }) as object;
for (const value of [
  undefined,
  5n,
  [],
  { a: [] },
  { a: {} },
  { a: undefined },
  { a: 5n },
  { a: new Date(0) },
  new Point(),
  INHERITING,
  ...FOREIGN,
]) {
  plain(`${name(value)} is not taken for a plain record`, () => {
    assert.not.ok(isPlainRecord(value));
  });
}

plain('what toJSON returns is looked at, not what it was made of', () => {
  class Tally {
    readonly seen = new Set([1, 2]);
    toJSON(): number {
      return this.seen.size;
    }
  }
  assert.is(findForeignValue({ tally: new Tally() }), undefined);
});

plain('values that a prototype has are looked at, as the encoder looks at them by name only', () => {
  const base = { inherited: new Set() };
  assert.is(findForeignValue(Object.assign(Object.create(base) as object, { own: 1 })), base.inherited);
});

plain.run();

function name(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  return `${value.constructor?.name ?? 'an object without prototype'} ${value instanceof Object ? Object.keys(value).join(',') : ''}`.trim();
}
