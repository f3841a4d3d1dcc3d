/** Tells the trace of everything on the wire: how much, and for a reader also what. */
import { FrameReader, FrameSplitter, frameName, type Frame } from '@heartwire/core/engine';
import type { Trace } from '../history/trace.ts';
import type { LinkEnd, WireWatcher } from './sim-link.ts';

const PREFACE_BYTES = 5;

export function watchFrames(trace: Trace): WireWatcher {
  const writings = new Map<LinkEnd, Writing>();
  const nameOf = ({ link, role }: LinkEnd): string => `${link.name} ${role}`;
  return {
    wrote(end, bytes) {
      trace.fact('wrote', end.link.name, end.role, bytes.length);
      if (!trace.isRead) return;
      const writing = writings.get(end) ?? new Writing();
      writings.set(end, writing);
      for (const text of writing.read(bytes)) trace.line(nameOf(end), `-> ${text}`);
    },
    arrived(end, what) {
      const text = typeof what === 'string' ? what : `${what.length} bytes`;
      trace.fact('arrived', end.link.name, end.role, text);
      if (trace.isRead) trace.line(nameOf(end), `<- ${text}`);
    },
    closed(end, { kind }) {
      trace.fact('closed', end.link.name, end.role, kind);
      if (trace.isRead) trace.line(nameOf(end), `closed: ${kind}`);
    },
  };
}

/** What one end has written, frame by frame. */
class Writing {
  readonly #splitter = new FrameSplitter(2 ** 30);
  readonly #reader = new FrameReader();
  #prefaceLeft = PREFACE_BYTES;

  read(bytes: Uint8Array): string[] {
    const texts: string[] = [];
    const skipped = Math.min(this.#prefaceLeft, bytes.length);
    this.#prefaceLeft -= skipped;
    this.#splitter.push(bytes.subarray(skipped));
    while (this.#splitter.next()) {
      const frame = this.#reader.read(this.#splitter.bytes, this.#splitter.start, this.#splitter.end);
      texts.push(describe(frame));
    }
    return texts;
  }
}

function describe(frame: Frame): string {
  if (frame.type === 'ignorable') return 'an ignorable frame';
  const { type, ...rest } = frame;
  const details = JSON.stringify(rest, (_, value: unknown) =>
    value instanceof Uint8Array ? `${value.length} bytes` : value,
  );
  return `${frameName(type)} ${details}`;
}
