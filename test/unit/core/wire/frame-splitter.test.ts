import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { FrameSplitter } from '../../../../packages/core/src/wire/frame-splitter.ts';
import { varintSize, writeVarint } from '../../../../packages/core/src/wire/varint.ts';
import { bytesOf, hexOf, joined } from '../../../support/hex.ts';
import { isError } from '../../../support/is-error.ts';
import { SeededRandom } from '../../../support/seeded-random.ts';

const MAX_BYTES = 65_536;
const splitter = suite('frame splitter');

/** Bodies whose lengths take one, two and four bytes, at the edges and between. */
const SIZES = [1, 2, 62, 63, 64, 65, 300, 16_383, 16_384, 16_385, 65_536];
const FRAMES = SIZES.map((size, index) => new Uint8Array(size).map((_, at) => at * 7 + index));
const STREAM = joined(FRAMES.map(framed));

splitter('cuts a stream that comes all at once', () => {
  assertCut([STREAM]);
});

splitter('cuts a stream whose frames come one by one', () => {
  assertCut(FRAMES.map(framed));
});

splitter('cuts a stream that comes byte by byte', () => {
  assertCut(Array.from(STREAM, (byte) => Uint8Array.of(byte)));
});

splitter('cuts a stream that is torn anywhere', () => {
  const short = joined(FRAMES.slice(0, 6).map(framed));
  for (let at = 0; at <= short.length; at += 1) {
    const cut = cutAll([short.slice(0, at), short.slice(at)]);
    assert.equal(cut.map(hexOf), FRAMES.slice(0, 6).map(hexOf), `torn at ${at}`);
  }
});

for (let seed = 1; seed <= 40; seed += 1) {
  splitter(`cuts a stream that comes in random pieces (seed ${seed})`, () => {
    const random = new SeededRandom(seed);
    assertCut(random.pieces(STREAM, random.pick([2, 9, 100, 5000, 100_000])));
  });
}

splitter('an empty chunk changes nothing', () => {
  const cut = new FrameSplitter(MAX_BYTES);
  for (const piece of ['', '03aa', '', 'bb', '']) assert.equal(take(cut, bytesOf(piece)), []);
  assert.ok(cut.isInsideFrame);
  assert.equal(take(cut, bytesOf('cc')), ['aabbcc']);
  assert.not(cut.isInsideFrame);
});

splitter('knows whether the stream stands inside of a frame', () => {
  const cut = new FrameSplitter(MAX_BYTES);
  assert.not(cut.isInsideFrame);
  assert.equal(take(cut, bytesOf('01aa')), ['aa']);
  assert.not(cut.isInsideFrame);
  take(cut, bytesOf('40'));
  assert.ok(cut.isInsideFrame, 'inside of the length');
  take(cut, bytesOf('41'));
  assert.ok(cut.isInsideFrame, 'after the length');
  take(cut, new Uint8Array(65));
  assert.not(cut.isInsideFrame);
});

splitter('a frame that came whole is read in place, and its bytes stay as they are', () => {
  const chunk = bytesOf('02aabb 01cc');
  const cut = new FrameSplitter(MAX_BYTES);
  cut.push(chunk);
  assert.ok(cut.next());
  assert.is(cut.bytes, chunk);
  assert.equal([cut.start, cut.end], [1, 3]);
});

splitter('a chunk that has been read is let go', () => {
  const cut = new FrameSplitter(MAX_BYTES);
  take(cut, bytesOf('02aabb'));
  assert.is(cut.bytes.length, 0);
});

splitter('a frame that came in pieces does not share its bytes with the next one', () => {
  const cut = new FrameSplitter(MAX_BYTES);
  const kept: Uint8Array[] = [];
  for (const piece of ['03aa', 'bbcc', '03dd', 'eeff']) {
    cut.push(bytesOf(piece));
    while (cut.next()) kept.push(cut.bytes.subarray(cut.start, cut.end));
  }
  assert.equal(kept.map(hexOf), ['aabbcc', 'ddeeff']);
});

splitter('keeps a copy of a torn frame, because the chunk is the transport’s', () => {
  const cut = new FrameSplitter(MAX_BYTES);
  const chunk = bytesOf('03aabb');
  assert.equal(take(cut, chunk), []);
  chunk.fill(0);
  assert.equal(take(cut, bytesOf('cc')), ['aabbcc']);
});

splitter('takes a frame of the limit and refuses one above it', () => {
  for (const limit of [1, 63, 64, 1024, 16_384]) {
    const cut = new FrameSplitter(limit);
    assert.is(take(cut, framed(new Uint8Array(limit))).length, 1, `${limit}`);
    const above = lengthOf(limit + 1);
    assert.throws(
      () => take(cut, above),
      isError('ERR_HW_FRAME_TOO_LARGE', new RegExp(`^.*${limit + 1} bytes announced`)),
    );
  }
});

splitter('refuses a length above the limit when only the length has come, byte by byte', () => {
  const cut = new FrameSplitter(1024);
  const length = lengthOf(100_000);
  for (const byte of length.subarray(0, -1)) assert.equal(take(cut, Uint8Array.of(byte)), []);
  assert.throws(() => take(cut, length.subarray(-1)), isError('ERR_HW_FRAME_TOO_LARGE', /at most 1024 allowed/));
});

splitter('a new limit holds from the next frame on, also for one in the same chunk', () => {
  const cut = new FrameSplitter(2);
  cut.push(bytesOf('02aabb 03ccddee'));
  assert.ok(cut.next());
  cut.frameMaxBytes = 3;
  assert.ok(cut.next());
  assert.is(hexOf(cut.bytes.subarray(cut.start, cut.end)), 'ccddee');
});

splitter('refuses a frame of length 0', () => {
  assert.throws(() => take(new FrameSplitter(10), bytesOf('00')), isError('ERR_HW_MALFORMED_FRAME', /length 0/));
});

splitter('refuses a length that is not in its shortest form, whole and torn', () => {
  const isLong = isError('ERR_HW_MALFORMED_FRAME', /shortest form/);
  assert.throws(() => take(new FrameSplitter(10), bytesOf('4003aabbcc')), isLong);
  const cut = new FrameSplitter(10);
  take(cut, bytesOf('40'));
  assert.throws(() => take(cut, bytesOf('03')), isLong);
});

splitter('allocates nothing because of an announced length', () => {
  const limit = 2 ** 30;
  const { allocated } = countAllocations(() => {
    const cut = new FrameSplitter(limit);
    for (const byte of lengthOf(limit)) take(cut, Uint8Array.of(byte));
    for (let turn = 0; turn < 20; turn += 1) take(cut, Uint8Array.of(1));
  });
  assert.ok(allocated < 200, `${allocated} bytes`);
});

splitter('a frame that comes byte by byte costs time and memory in proportion to its bytes', () => {
  const size = 65_536;
  const stream = framed(new Uint8Array(size));
  const { allocated, largest } = countAllocations(() => {
    const cut = new FrameSplitter(MAX_BYTES);
    let frames = 0;
    for (let at = 0; at < stream.length; at += 1) {
      cut.push(stream.subarray(at, at + 1));
      while (cut.next()) frames += 1;
      assert.is(frames, at === stream.length - 1 ? 1 : 0);
    }
  });
  // Doubling: what is copied is less than what was copied before, twice.
  assert.ok(allocated < 4 * size, `${allocated} bytes in all`);
  assert.ok(largest <= size + 8, `${largest} bytes at once`);
});

splitter('what is held never takes more than twice what has arrived', () => {
  const cut = new FrameSplitter(2 ** 30);
  for (const byte of lengthOf(2 ** 30)) take(cut, Uint8Array.of(byte));
  for (let arrived = 8; arrived < 5000; arrived += 10) {
    const { largest } = countAllocations(() => take(cut, new Uint8Array(10)));
    assert.ok(largest <= 2 * (arrived + 10), `${largest} bytes for ${arrived + 10}`);
  }
});

splitter.run();

function framed(body: Uint8Array): Uint8Array {
  return joined([lengthOf(body.length), body]);
}

function lengthOf(length: number): Uint8Array {
  const bytes = new Uint8Array(varintSize(length));
  writeVarint(bytes, 0, length);
  return bytes;
}

function take(cut: FrameSplitter, chunk: Uint8Array): string[] {
  const taken: string[] = [];
  cut.push(chunk);
  while (cut.next()) taken.push(hexOf(cut.bytes.subarray(cut.start, cut.end)));
  return taken;
}

function cutAll(chunks: readonly Uint8Array[]): Uint8Array[] {
  const cut = new FrameSplitter(MAX_BYTES);
  const taken: Uint8Array[] = [];
  for (const chunk of chunks) {
    cut.push(chunk);
    while (cut.next()) taken.push(cut.bytes.slice(cut.start, cut.end));
  }
  assert.not(cut.isInsideFrame);
  return taken;
}

function assertCut(chunks: readonly Uint8Array[]): void {
  const taken = cutAll(chunks);
  assert.equal(
    taken.map(({ length }) => length),
    SIZES,
  );
  for (const [index, frame] of taken.entries()) assert.is(Buffer.compare(frame, FRAMES[index]!), 0, `frame ${index}`);
}

/** Counts the bytes of every Uint8Array that is made by size while `act` runs; views and one-byte chunks of the test are not counted. */
function countAllocations(act: () => void): { allocated: number; largest: number } {
  const counted = { allocated: 0, largest: 0 };
  const Original = globalThis.Uint8Array;
  const Counting: typeof Uint8Array = new Proxy(Original, {
    construct(target, parameters: unknown[], newTarget): object {
      const [size] = parameters;
      if (typeof size === 'number') {
        counted.allocated += size;
        counted.largest = Math.max(counted.largest, size);
      }
      return Reflect.construct(target, parameters, newTarget === Counting ? target : newTarget);
    },
  });
  globalThis.Uint8Array = Counting;
  try {
    act();
  } finally {
    globalThis.Uint8Array = Original;
  }
  return counted;
}
