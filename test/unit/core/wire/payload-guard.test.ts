import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { msgpackCodec } from '../../../../packages/core/src/wire/msgpack-codec.ts';
import { findPayloadFault } from '../../../../packages/core/src/wire/payload-guard.ts';
import { bytesOf, hexOf, joined } from '../../../support/hex.ts';
import { SeededRandom } from '../../../support/seeded-random.ts';

const guard = suite('payload guard');

for (let seed = 1; seed <= 20; seed += 1) {
  guard(`plain MessagePack in any of its forms is let through, and nothing of it may be missing (seed ${seed})`, () => {
    const random = new SeededRandom(seed);
    for (let turn = 0; turn < 40; turn += 1) {
      const bytes = randomValue(random, 5);
      assert.is(findPayloadFault(bytes), null, hexOf(bytes));
      for (let end = 0; end < bytes.length; end += 1) {
        assert.is(findPayloadFault(bytes.subarray(0, end)), 'truncated', `${hexOf(bytes)} cut at ${end}`);
      }
      assert.is(findPayloadFault(joined([bytes, Uint8Array.of(0xc0)])), 'trailing bytes', hexOf(bytes));
    }
  });

  guard(`mutated bytes are judged as a plain recursive reader judges them (seed ${seed})`, () => {
    const random = new SeededRandom(seed);
    for (let turn = 0; turn < 1500; turn += 1) {
      const bytes = mutated(random, randomValue(random, 4));
      const isPlain = new PlainReader(bytes).isOneValue();
      assert.is(findPayloadFault(bytes) === null, isPlain, hexOf(bytes));
      // What is let through can be decoded, whatever it is.
      if (isPlain) msgpackCodec.decode(bytes);
    }
  });
}

guard('whatever the codec encodes is let through', () => {
  const values = fc.anything({
    withBigInt: false,
    withDate: false,
    withMap: false,
    withSet: false,
    withTypedArray: false,
    withNullPrototype: true,
  });
  const property = fc.property(values, (value) => findPayloadFault(msgpackCodec.encode(value)) === null);
  fc.assert(property, { numRuns: 500, seed: 1 });
});

for (const [name, open] of [
  ['arrays', '91'],
  ['arrays 16', 'dc0001'],
  ['arrays 32', 'dd00000001'],
  ['maps', '81a0'],
  ['maps 16', 'de0001a0'],
  ['maps 32', 'df00000001a0'],
] as const) {
  guard(`64 ${name} inside one another are let through, 65 are not`, () => {
    assert.is(findPayloadFault(bytesOf(`${open.repeat(64)}00`)), null);
    assert.is(findPayloadFault(bytesOf(`${open.repeat(65)}00`)), 'nested too deeply');
  });

  // Empty containers were not counted, so that one more level got through.
  guard(`an empty one inside of 64 ${name} is one too many`, () => {
    for (const empty of ['90', '80', 'dc0000', 'dd00000000', 'de0000', 'df00000000']) {
      assert.is(findPayloadFault(bytesOf(`${open.repeat(63)}${empty}`)), null, empty);
      assert.is(findPayloadFault(bytesOf(`${open.repeat(64)}${empty}`)), 'nested too deeply', empty);
    }
  });
}

guard('a million levels are refused without recursion', () => {
  assert.is(findPayloadFault(new Uint8Array(1_000_000).fill(0x91)), 'nested too deeply');
});

guard('a million empty arrays beside one another are let through', () => {
  const bytes = joined([bytesOf('dd000f4240'), new Uint8Array(1_000_000).fill(0x90)]);
  assert.is(findPayloadFault(bytes), null);
});

guard('a container cannot claim more entries than bytes are left', () => {
  for (const hex of ['93c0c0', 'dcffff', 'ddffffffff', '82a0c0', 'deffffa0c0', 'dfffffffff', 'df80000000c0']) {
    assert.is(findPayloadFault(bytesOf(hex)), 'truncated', hex);
  }
});

guard('every type of extension is refused, wherever it stands', () => {
  const extensions = [
    'd401ff',
    'd501ffff',
    'd601ffffffff',
    `d7ff${'00'.repeat(8)}`,
    `d801${'00'.repeat(16)}`,
    'c70101ff',
    'c8000101ff',
    'c90000000101ff',
    'c1',
  ];
  for (const extension of extensions) {
    for (const place of [
      extension,
      `91${extension}`,
      `92c0${extension}`,
      `81a0${extension}`,
      `91${'81a0'.repeat(3)}${extension}`,
    ]) {
      assert.is(findPayloadFault(bytesOf(place)), 'an extension type', place);
    }
    assert.is(findPayloadFault(bytesOf(`81${extension}c0`)), 'a key that is no string', extension);
  }
});

guard('keys are strings or integers, each byte that begins one and no other', () => {
  const size: Readonly<Record<number, number>> = {
    0xd9: 1,
    0xda: 2,
    0xdb: 4,
    0xcc: 1,
    0xcd: 2,
    0xce: 4,
    0xcf: 8,
    0xd0: 1,
    0xd1: 2,
    0xd2: 4,
    0xd3: 8,
  };
  for (let byte = 0; byte < 256; byte += 1) {
    const isFixed = byte < 0x80 || byte >= 0xe0 || (byte >= 0xa0 && byte < 0xc0);
    const rest = byte >= 0xa0 && byte < 0xc0 ? byte & 0x1f : (size[byte] ?? 0);
    const isKey = isFixed || byte in size;
    const bytes = joined([Uint8Array.of(0x81, byte), new Uint8Array(rest), Uint8Array.of(0xc0)]);
    assert.is(findPayloadFault(bytes), isKey ? null : 'a key that is no string', `key ${byte.toString(16)}`);
  }
});

guard('the places of keys and values are told apart after a container inside of a map', () => {
  assert.is(findPayloadFault(bytesOf('83 a161 92c0c0 a162 82a163c0a164c0 a165 90')), null);
  assert.is(findPayloadFault(bytesOf('82 a161 92c0c0 c0 a162')), 'a key that is no string');
  assert.is(findPayloadFault(bytesOf('92 81a161c0 c0')), null);
});

guard('one call leaves nothing behind for the next', () => {
  findPayloadFault(bytesOf('81'.repeat(3)));
  findPayloadFault(new Uint8Array(70).fill(0x91));
  assert.is(findPayloadFault(bytesOf('92c0c0')), null);
});

guard.run();

/** A value in any form that plain MessagePack has for it, also in wider ones than it needs. */
function randomValue(random: SeededRandom, depth: number): Uint8Array {
  const kind = random.integer(0, depth > 0 ? 6 : 3);
  if (kind === 0) return random.pick([bytesOf('c0'), bytesOf('c2'), bytesOf('c3')]);
  if (kind === 1) return randomNumber(random);
  if (kind === 2) return randomText(random);
  if (kind === 3) return sized(random, random.bytes(random.integer(0, 20)), null, [0xc4, 0xc5, 0xc6]);
  const isMap = kind === 6;
  const entries = Array.from({ length: random.integer(0, 4) }, () => {
    if (!isMap) return randomValue(random, depth - 1);
    const key = random.next() < 0.2 ? randomInteger(random) : randomText(random);
    return joined([key, randomValue(random, depth - 1)]);
  });
  const head = isMap
    ? sizeOf(random, entries.length, 0x80, [null, 0xde, 0xdf])
    : sizeOf(random, entries.length, 0x90, [null, 0xdc, 0xdd]);
  return joined([head, ...entries]);
}

function randomNumber(random: SeededRandom): Uint8Array {
  if (random.next() < 0.5) return randomInteger(random);
  const [head, size] = random.pick([
    [0xca, 4],
    [0xcb, 8],
  ] as const);
  return joined([Uint8Array.of(head), random.bytes(size)]);
}

function randomInteger(random: SeededRandom): Uint8Array {
  if (random.next() < 0.5) return Uint8Array.of(random.pick([random.integer(0, 0x7f), random.integer(0xe0, 0xff)]));
  const size = random.pick([0, 1, 2, 3]);
  return joined([Uint8Array.of(random.pick([0xcc, 0xd0]) + size), random.bytes(2 ** size)]);
}

function randomText(random: SeededRandom): Uint8Array {
  const text = new Uint8Array(random.integer(0, 40)).map(() => random.integer(0x20, 0x7e));
  return sized(random, text, text.length < 32 ? 0xa0 : null, [0xd9, 0xda, 0xdb]);
}

function sized(random: SeededRandom, bytes: Uint8Array, fixed: number | null, heads: readonly number[]): Uint8Array {
  return joined([sizeOf(random, bytes.length, fixed, heads), bytes]);
}

/** A size in the short form, if there is one, or behind one of the three heads, of 1, 2 or 4 bytes. */
function sizeOf(
  random: SeededRandom,
  size: number,
  fixed: number | null,
  heads: readonly (number | null)[],
): Uint8Array {
  if (fixed !== null && random.next() < 0.6) return Uint8Array.of(fixed | size);
  const width = random.pick([0, 1, 2].filter((index) => heads[index] !== null));
  const bytes = [0, 0, 0, size].slice(-(2 ** width));
  return Uint8Array.of(heads[width]!, ...bytes);
}

function mutated(random: SeededRandom, bytes: Uint8Array): Uint8Array {
  const copy = [...bytes];
  for (let turn = random.integer(1, 4); turn > 0; turn -= 1) {
    const at = random.integer(0, copy.length);
    const what = random.integer(0, 2);
    if (what === 0 && at < copy.length) copy[at] = random.integer(0, 255);
    else if (what === 1) copy.splice(at, 1);
    else copy.splice(at, 0, random.pick([0x80, 0x90, 0xc1, 0xc7, 0xd4, 0xdd, 0xdf, 0xff, random.integer(0, 255)]));
  }
  return Uint8Array.from(copy);
}

/** What the guard has to agree with, written the way the specification of MessagePack reads. */
class PlainReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  isOneValue(): boolean {
    return this.#value(0, false) && this.#at === this.#bytes.length;
  }

  #value(depth: number, isKey: boolean): boolean {
    if (this.#at >= this.#bytes.length) return false;
    const byte = this.#bytes[this.#at++]!;
    if (byte < 0x80 || byte >= 0xe0) return true;
    if (byte >= 0xa0 && byte < 0xc0) return this.#skip(byte & 0x1f);
    if (byte >= 0xcc && byte <= 0xd3) return this.#skip(2 ** ((byte - 0xcc) % 4));
    if (byte >= 0xd9 && byte <= 0xdb) return this.#skipSized(2 ** (byte - 0xd9));
    if (isKey) return false;
    if (byte === 0xc0 || byte === 0xc2 || byte === 0xc3) return true;
    if (byte >= 0xc4 && byte <= 0xc6) return this.#skipSized(2 ** (byte - 0xc4));
    if (byte === 0xca || byte === 0xcb) return this.#skip(byte === 0xca ? 4 : 8);
    if (byte < 0x90) return this.#entries(byte & 0x0f, true, depth);
    if (byte < 0xa0) return this.#entries(byte & 0x0f, false, depth);
    if (byte < 0xdc) return false;
    const count = this.#number(byte % 2 === 0 ? 2 : 4);
    return count !== null && this.#entries(count, byte >= 0xde, depth);
  }

  #entries(count: number, isMap: boolean, depth: number): boolean {
    if (depth === 64 || count > this.#bytes.length) return false;
    for (let index = 0; index < count; index += 1) {
      if (isMap && !this.#value(depth + 1, true)) return false;
      if (!this.#value(depth + 1, false)) return false;
    }
    return true;
  }

  #skipSized(width: number): boolean {
    const size = this.#number(width);
    return size !== null && this.#skip(size);
  }

  #number(width: number): number | null {
    if (!this.#skip(width)) return null;
    return this.#bytes.subarray(this.#at - width, this.#at).reduce((value, byte) => value * 256 + byte, 0);
  }

  #skip(size: number): boolean {
    this.#at += size;
    return this.#at <= this.#bytes.length;
  }
}
