// The vectors of frames against the code: every valid one is read as it says and written byte for byte; every invalid one is refused with its code.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HeartwireError } from '../../packages/core/src/errors/heartwire-error.ts';
import { errorNumber } from '../../packages/core/src/wire/error-number.ts';
import { FrameReader } from '../../packages/core/src/wire/frame-reader.ts';
import { FrameSplitter } from '../../packages/core/src/wire/frame-splitter.ts';
import { ALLOWED_FLAGS, FrameType, LAST_FRAME_TYPE } from '../../packages/core/src/wire/frame-type.ts';
import { FrameWriter } from '../../packages/core/src/wire/frame-writer.ts';
import type { Frame } from '../../packages/core/src/wire/frame.ts';
import { bytesOf, hexOf } from '../support/hex.ts';
import { meaningOf, writeMeaning } from './frame-meaning.ts';
import { readVectors } from './vector-files.ts';

const FRAME_MAX_BYTES = 65_536;
const NEVER_SENT = ['VOID', 'CANCEL', 'GOAWAY', 'ignorable'];
const { valid, invalid } = readVectors('frames');
const frames = suite('frame vectors');

/** One direction of one connection, as far as it reads. */
class Reading {
  readonly #splitter: FrameSplitter;
  readonly #reader = new FrameReader();

  constructor(frameMaxBytes = FRAME_MAX_BYTES) {
    this.#splitter = new FrameSplitter(frameMaxBytes);
  }

  /** The frames in `hex`, which arrives in pieces of this size. */
  frames(hex: string, pieceBytes = Infinity): Frame[] {
    const all = bytesOf(hex);
    const read: Frame[] = [];
    for (let at = 0; at < all.length; at += pieceBytes) {
      this.#splitter.push(all.slice(at, at + pieceBytes));
      while (this.#splitter.next()) {
        const { bytes, start, end } = this.#splitter;
        read.push(this.#reader.read(bytes, start, end));
      }
    }
    return read;
  }

  get isInsideFrame(): boolean {
    return this.#splitter.isInsideFrame;
  }
}

for (const { name, hex, after = [], frameMaxBytes, meaning } of valid) {
  for (const pieceBytes of [Infinity, 1]) {
    frames(`reads ${name}, ${pieceBytes === 1 ? 'byte by byte' : 'whole'}`, () => {
      const reading = new Reading(frameMaxBytes);
      for (const earlier of after) assert.is(reading.frames(earlier).length, 1);
      assert.equal(reading.frames(hex, pieceBytes).map(meaningOf), [meaning]);
      assert.not(reading.isInsideFrame);
    });
  }

  if (NEVER_SENT.includes(meaning.type)) continue;
  frames(`writes ${name}`, () => {
    const reading = new Reading(frameMaxBytes);
    const writer = new FrameWriter();
    for (const earlier of after) {
      assert.ok(writeMeaning(writer, meaningOf(reading.frames(earlier)[0]!)));
      assert.is(hexOf(writer.take()!), hexOf(bytesOf(earlier)));
    }
    assert.ok(writeMeaning(writer, meaning));
    assert.is(hexOf(writer.take()!), hexOf(bytesOf(hex)));
  });
}

for (const { why, hex, after = [], frameMaxBytes, error: expected } of invalid) {
  for (const pieceBytes of [Infinity, 1]) {
    frames(`refuses ${why}, ${pieceBytes === 1 ? 'byte by byte' : 'whole'}`, () => {
      const reading = new Reading(frameMaxBytes);
      for (const earlier of after) assert.is(reading.frames(earlier).length, 1);
      try {
        const read = reading.frames(hex, pieceBytes);
        assert.unreachable(read.length === 0 ? 'it waits for more' : `it was read: ${JSON.stringify(read)}`);
      } catch (error) {
        if (!(error instanceof HeartwireError)) throw error;
        assert.is(errorNumber(error.code), expected, error.message);
        assert.is(error.by, 'remote');
      }
    });
  }
}

frames('there is a valid one of every type with every flag that it may have', () => {
  const seen = new Set(valid.map(({ hex }) => headOf(hex)));
  for (const [type, allowed] of ALLOWED_FLAGS.entries()) {
    for (let flags = 0; flags < 8; flags += 1) {
      if ((flags & ~allowed) === 0) assert.ok(seen.has(type * 8 + flags), `type ${type} with the flags ${flags}`);
    }
  }
});

frames('there is an invalid one of every type with every flag that it may not have', () => {
  const seen = new Set(invalid.map(({ hex }) => headOf(hex)));
  for (const type of Object.values(FrameType)) {
    for (const flag of [1, 2, 4]) {
      if ((ALLOWED_FLAGS[type]! & flag) === 0) assert.ok(seen.has(type * 8 + flag), `type ${type}, flag ${flag}`);
    }
  }
});

frames('every type from 0 to 31 occurs', () => {
  const seen = new Set([...valid, ...invalid].map(({ hex }) => headOf(hex) >>> 3));
  for (let type = 0; type <= LAST_FRAME_TYPE; type += 1) assert.ok(seen.has(type), `type ${type}`);
});

frames.run();

/** The head of a frame: the byte after its length. */
function headOf(hex: string): number {
  const bytes = bytesOf(hex);
  return bytes[1 << (bytes[0]! >>> 6)] ?? -1;
}
