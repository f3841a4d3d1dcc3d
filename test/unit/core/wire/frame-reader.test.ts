// What each frame says byte by byte is in test/vectors; here is what the reader remembers, and what it makes of any bytes at all.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HeartwireError } from '../../../../packages/core/src/errors/heartwire-error.ts';
import { FrameReader } from '../../../../packages/core/src/wire/frame-reader.ts';
import { ALLOWED_FLAGS } from '../../../../packages/core/src/wire/frame-type.ts';
import type { Frame, MessageFrame } from '../../../../packages/core/src/wire/frame.ts';
import { bytesOf, hexOf } from '../../../support/hex.ts';
import { isError } from '../../../support/is-error.ts';
import { SeededRandom } from '../../../support/seeded-random.ts';

const reader = suite('frame reader');

const SAY = '38 0001 00 03736179 a26869';
const SAY_FIRST_CHUNK = '3a 0001 00 03736179 a268';

reader('reads a frame from the middle of a chunk', () => {
  const bytes = bytesOf(`ffff ${SAY} ffff`);
  const frame = new FrameReader().read(bytes, 2, bytes.length - 2) as MessageFrame;
  assert.is(frame.name, 'say');
  assert.is(hexOf(frame.payload), 'a26869');
});

reader('the payload is a view of the chunk', () => {
  const bytes = bytesOf(SAY);
  const frame = new FrameReader().read(bytes, 0, bytes.length) as MessageFrame;
  assert.is(frame.payload.buffer, bytes.buffer);
});

reader('two directions do not know each other’s names', () => {
  const [ours, theirs] = [new FrameReader(), new FrameReader()];
  read(ours, SAY);
  assert.throws(() => read(theirs, '38 0002 01'), isError('ERR_HW_MALFORMED_FRAME', /number 1 was never spelled out/));
});

reader('a message that ended leaves the next one with a name of its own', () => {
  const frames = new FrameReader();
  assert.equal(namesOf(frames, [SAY_FIRST_CHUNK, '3a 0001 69', '38 0001', '38 0002 01 c0']), [
    'say',
    null,
    null,
    'say',
  ]);
});

reader('frames without a sequence id may stand between chunks', () => {
  const frames = new FrameReader();
  for (const hex of [SAY_FIRST_CHUNK, '20 00', '28 0000', '30 0001 00 00', '60 00 00 01 78', 'c8 ff', '38 0001'])
    read(frames, hex);
});

reader('a name in a first chunk is known to what stands between the chunks', () => {
  const frames = new FrameReader();
  read(frames, SAY_FIRST_CHUNK);
  assert.equal(read(frames, '60 00 01'), { type: 12, ack: null, key: '', name: 'say', payload: new Uint8Array(0) });
});

for (const [name, hex] of [
  ['REQUEST', '40 0002 00 0171'],
  ['REPLY', '48 0002 01'],
  ['REFUSAL', '50 0002 01 0178'],
  ['VOID', '58 0002 01'],
  ['GOODBYE', '78 01 00 00'],
] as const) {
  reader(`${name} may not stand between the chunks of a MESSAGE`, () => {
    const frames = new FrameReader();
    read(frames, SAY_FIRST_CHUNK);
    const text = new RegExp(`${name} between the chunks of a MESSAGE`);
    assert.throws(() => read(frames, hex), isError('ERR_HW_UNEXPECTED_FRAME', text));
  });
}

reader('an ignorable frame is not looked into', () => {
  for (let type = 24; type <= 31; type += 1) {
    for (let flags = 0; flags < 8; flags += 1) {
      const frame = read(new FrameReader(), `${(type * 8 + flags).toString(16)} ff ff ff`);
      assert.equal(frame, { type: 'ignorable' });
    }
  }
});

reader('an error names the field in which the frame ends', () => {
  for (const [hex, text] of [
    ['20', /inside nonce/],
    ['28 00', /inside hold/],
    ['30 0001 00', /inside delay/],
    ['38 00', /inside sequence/],
    ['78 00 00 02 61', /inside reason/],
  ] as const) {
    assert.throws(() => read(new FrameReader(), hex), isError('ERR_HW_MALFORMED_FRAME', text), hex);
  }
});

reader('a count of ranges costs nothing before the ranges are there', () => {
  // 256 refusals of up to 1 KiB are announced; nothing of them follows.
  assert.throws(() => read(new FrameReader(), '32 0001 00 00 00 4100'), isError('ERR_HW_MALFORMED_FRAME', /inside id/));
});

for (let seed = 1; seed <= 20; seed += 1) {
  reader(`any bytes are a frame or a HeartwireError of the peer (seed ${seed})`, () => {
    const random = new SeededRandom(seed);
    const outcomes = new Set<string>();
    for (let turn = 0; turn < 2000; turn += 1) {
      const bytes = random.bytes(random.integer(1, 24));
      // The types that exist, with flags that they may have, so that the bodies are looked into.
      const type = random.integer(0, ALLOWED_FLAGS.length - 1);
      bytes[0] = type * 8 + (random.integer(0, 7) & ALLOWED_FLAGS[type]!);
      outcomes.add(outcomeOf(bytes));
    }
    assert.ok(outcomes.has('frame') && outcomes.has('ERR_HW_MALFORMED_FRAME'));
  });
}

reader.run();

function read(frames: FrameReader, hex: string): Frame {
  const bytes = bytesOf(hex);
  return frames.read(bytes, 0, bytes.length);
}

function namesOf(frames: FrameReader, hexes: readonly string[]): (string | null)[] {
  return hexes.map((hex) => (read(frames, hex) as MessageFrame).name);
}

function outcomeOf(bytes: Uint8Array): string {
  try {
    new FrameReader().read(bytes, 0, bytes.length);
    return 'frame';
  } catch (error) {
    if (!(error instanceof HeartwireError)) throw error;
    assert.is(error.by, 'remote');
    return error.code;
  }
}
