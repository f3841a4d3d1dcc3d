/** A connection that says only the bytes that it is given, and reads the one word that it is answered with. */
import { decodeReject } from '../../packages/core/src/connection/handshake.ts';
import { errorCodeOf } from '../../packages/core/src/wire/error-number.ts';
import { FrameReader } from '../../packages/core/src/wire/frame-reader.ts';
import { FrameSplitter } from '../../packages/core/src/wire/frame-splitter.ts';
import { FrameType } from '../../packages/core/src/wire/frame-type.ts';
import type { Dialer, Link, LinkSink } from '../../packages/core/src/transport/transport.ts';

const PREFACE_BYTES = 5;

export class RawAttempt implements LinkSink {
  readonly #bytes: number[] = [];
  readonly #pieces: readonly Uint8Array[];
  readonly #endsAtOnce: boolean;
  #link: Link | null = null;
  isGone = false;

  /** Dials and says the pieces, one write for each. `endsAtOnce`: its direction ends then; otherwise when the server's does. */
  constructor(dialer: Dialer, pieces: readonly Uint8Array[], endsAtOnce = false) {
    this.#pieces = pieces;
    this.#endsAtOnce = endsAtOnce;
    dialer.dial(this, new AbortController().signal);
  }

  /** `WELCOME`, the code of REJECT or ERROR with its name before it, or `silence`. */
  get answer(): string {
    const bytes = Uint8Array.from(this.#bytes.slice(PREFACE_BYTES));
    const splitter = new FrameSplitter(65_536);
    splitter.push(bytes);
    if (!splitter.next()) return 'silence';
    const frame = new FrameReader().read(splitter.bytes, splitter.start, splitter.end);
    if (frame.type === FrameType.REJECT) return `REJECT ${decodeReject(frame.body).code}`;
    if (frame.type === FrameType.ERROR) return `ERROR ${errorCodeOf(frame.code)}`;
    return frame.type === FrameType.WELCOME ? 'WELCOME' : `frame ${frame.type}`;
  }

  abort(): void {
    this.#link!.abort();
  }

  open(link: Link): void {
    this.#link = link;
    for (const piece of this.#pieces) link.write(piece);
    if (this.#endsAtOnce) link.end();
  }

  bytes(chunk: Uint8Array): void {
    this.#bytes.push(...chunk);
  }

  drained(): void {}

  readEnded(): void {
    this.#link!.end();
  }

  closed(): void {
    this.isGone = true;
  }
}
