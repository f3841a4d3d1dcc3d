/** The stream of the peer's bytes as frames: first the preface, then one frame after the other. PROTOCOL.md §4, §5. */
import { FrameReader } from '../wire/frame-reader.ts';
import { FrameSplitter } from '../wire/frame-splitter.ts';
import type { Frame } from '../wire/frame.ts';
import { PrefaceReader } from '../wire/preface.ts';
import { HANDSHAKE_FRAME_MAX_BYTES } from '../wire/wire-limit.ts';

export class IncomingFrames {
  readonly #preface = new PrefaceReader();
  readonly #splitter = new FrameSplitter(HANDSHAKE_FRAME_MAX_BYTES);
  readonly #reader = new FrameReader();

  /** The largest frame that is accepted from now on; before the handshake is over it is small. */
  set frameMaxBytes(bytes: number) {
    this.#splitter.frameMaxBytes = bytes;
  }

  /** Whether the stream would be cut short if it ended here. */
  get isUnfinished(): boolean {
    return this.#splitter.isInsideFrame || (this.#preface.hasBegun && !this.#preface.isComplete);
  }

  /** Takes the next bytes; `next` must have returned null since the last call. Throws a HeartwireError for a stranger. */
  push(chunk: Uint8Array): void {
    this.#splitter.push(this.#preface.isComplete ? chunk : this.#preface.read(chunk));
  }

  /** The next whole frame, or null. Throws a HeartwireError when it makes no sense. */
  next(): Frame | null {
    if (!this.#splitter.next()) return null;
    const { bytes, start, end } = this.#splitter;
    return this.#reader.read(bytes, start, end);
  }
}
