/** What an end of a connection has sent, as frames: the preface, if it stands first, is left out. */
import { FrameReader } from '../../packages/core/src/wire/frame-reader.ts';
import { FrameSplitter } from '../../packages/core/src/wire/frame-splitter.ts';
import { frameName } from '../../packages/core/src/wire/frame-type.ts';
import type { Frame } from '../../packages/core/src/wire/frame.ts';
import { PREFACE } from '../../packages/core/src/wire/preface.ts';
import { joined } from './hex.ts';

/** Throws when it is not a whole number of good frames. */
export function sentFrames(pieces: readonly Uint8Array[]): Frame[] {
  const bytes = joined(pieces);
  const frames: Frame[] = [];
  const splitter = new FrameSplitter(2 ** 30);
  const reader = new FrameReader();
  splitter.push(hasPreface(bytes) ? bytes.subarray(PREFACE.length) : bytes);
  while (splitter.next()) frames.push(reader.read(splitter.bytes, splitter.start, splitter.end));
  if (splitter.isInsideFrame) throw new Error('the last frame is cut');
  return frames;
}

export function hasPreface(bytes: Uint8Array): boolean {
  return PREFACE.every((byte, index) => bytes[index] === byte);
}

/** The names of frames, for short comparisons. */
export function namesOf(frames: readonly Frame[]): string[] {
  return frames.map(({ type }) => (type === 'ignorable' ? type : frameName(type)));
}
