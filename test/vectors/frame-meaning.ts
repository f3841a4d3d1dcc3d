/** Between the frames of the code and the meanings of the vectors, whose fields are named as in PROTOCOL.md. */
import { FrameType, type FrameName } from '../../packages/core/src/wire/frame-type.ts';
import type { FrameWriter } from '../../packages/core/src/wire/frame-writer.ts';
import type { AckBlock, AckDetail, Frame } from '../../packages/core/src/wire/frame.ts';
import { bytesOf, hexOf } from '../support/hex.ts';
import type { Meaning } from './vector-files.ts';

const NAMES = new Map(Object.entries(FrameType).map(([name, type]) => [type as number, name]));
/** Fields whose name in the code tells the unit; in the document the text does. */
const RENAMED: Readonly<Record<string, string>> = {
  delayTicks: 'delay',
  expiresMs: 'expires',
  holdTicks: 'hold',
  partialBytes: 'partial',
  deadlineMs: 'deadline',
  reconnectMinMs: 'reconnectMin',
  reconnectMaxMs: 'reconnectMax',
};

/** Fields that few frames have; the meaning of the others does not mention them. */
const ABSENT: ReadonlySet<string> = new Set(['expiresMs']);

export function meaningOf(frame: Frame): Meaning {
  if (frame.type === 'ignorable') return { type: 'ignorable' };
  const { partial, ...meaning } = plain(frame) as Meaning;
  // What an ACK does not say of an unfinished message is not in its meaning either.
  return { ...meaning, ...(partial ? { partial } : {}), type: NAMES.get(frame.type) ?? String(frame.type) };
}

function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return hexOf(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([key, entry]) => !(ABSENT.has(key) && entry === null));
  return Object.fromEntries(entries.map(([key, entry]) => [RENAMED[key] ?? key, plain(entry)]));
}

/** Writes what `meaning` says; returns false for the frames that this version never sends, and for ignorable ones, whose meaning is nothing. */
export function writeMeaning(writer: FrameWriter, meaning: Meaning): boolean {
  const write = WRITERS[meaning.type as FrameName];
  write?.(writer, new Fields(meaning));
  return write !== undefined;
}

type Write = (writer: FrameWriter, fields: Fields) => void;

const WRITERS: Partial<Record<FrameName, Write>> = {
  HELLO: (writer, fields) => writer.handshake(FrameType.HELLO, fields.binary('body')),
  WELCOME: (writer, fields) => writer.handshake(FrameType.WELCOME, fields.binary('body')),
  REJECT: (writer, fields) => writer.handshake(FrameType.REJECT, fields.binary('body')),
  ERROR: (writer, fields) => writer.error(fields.number('code'), fields.text('reason')),
  PING: (writer, fields) => writer.ping(fields.number('nonce'), fields.ack()),
  PONG: (writer, fields) => writer.pong(fields.number('nonce'), fields.number('hold'), fields.ack()),
  ACK: (writer, fields) => writer.ack(fields.ack()!, fields.detail(), fields.count('partial')),
  MESSAGE: (writer, fields) => writeMessage(writer, FrameType.MESSAGE, fields),
  REQUEST: (writer, fields) => writeMessage(writer, FrameType.REQUEST, fields),
  REPLY: (writer, fields) => {
    const request = fields.orNull<number>('request');
    writer.reply(fields.number('sequence'), request, fields.slice('payload'), fields.flag('more'), fields.ack());
  },
  REFUSAL: (writer, fields) => {
    const [sequence, request] = [fields.number('sequence'), fields.number('request')];
    writer.refusal(sequence, request, fields.text('code'), fields.binary('data'), fields.ack());
  },
  VOLATILE: (writer, fields) =>
    writer.volatile(fields.text('key'), fields.text('name'), fields.binary('payload'), fields.ack()),
  GOODBYE: (writer, fields) =>
    writer.goodbye(fields.number('final'), fields.flag('close'), fields.number('code'), fields.text('reason')),
  GOODBYE_ACK: (writer, fields) => writer.goodbyeAck(fields.number('final')),
  VOID: (writer, fields) => writer.void(fields.number('sequence'), fields.number('count'), fields.ack()),
  CANCEL: (writer, fields) => writer.cancel(fields.number('id')),
  REFUSAL_ACK: (writer, fields) => writer.refusalAck(fields.number('count')),
  GOAWAY: (writer, fields) =>
    writer.goaway(
      fields.number('code'),
      fields.number('deadline'),
      fields.number('reconnectMin'),
      fields.number('reconnectMax'),
      fields.text('reason'),
    ),
};

function writeMessage(
  writer: FrameWriter,
  type: typeof FrameType.MESSAGE | typeof FrameType.REQUEST,
  fields: Fields,
): void {
  const [sequence, name] = [fields.number('sequence'), fields.orNull<string>('name')];
  const expires = fields.orNull<number>('expires') ?? null;
  writer.message(type, sequence, name, fields.slice('payload'), fields.flag('more'), fields.ack(), expires);
}

interface DetailOnPaper {
  readonly ranges: AckDetail['ranges'];
  readonly refusals: readonly { readonly id: number; readonly code: string; readonly data: string }[];
}

class Fields {
  readonly #meaning: Meaning;

  constructor(meaning: Meaning) {
    this.#meaning = meaning;
  }

  number(name: string): number {
    return this.#meaning[name] as number;
  }

  /** A count that is only named when it is not 0. */
  count(name: string): number {
    return (this.#meaning[name] as number | undefined) ?? 0;
  }

  text(name: string): string {
    return this.#meaning[name] as string;
  }

  flag(name: string): boolean {
    return this.#meaning[name] as boolean;
  }

  orNull<T>(name: string): T | null {
    return this.#meaning[name] as T | null;
  }

  binary(name: string): Uint8Array {
    return bytesOf(this.text(name));
  }

  slice(name: string): { bytes: Uint8Array; start: number; end: number } {
    const bytes = this.binary(name);
    return { bytes, start: 0, end: bytes.length };
  }

  ack(): AckBlock | null {
    const ack = this.orNull<{ received: number; unsettled: number; delay: number }>('ack');
    return ack && { received: ack.received, unsettled: ack.unsettled, delayTicks: ack.delay };
  }

  detail(): AckDetail | null {
    const detail = this.orNull<DetailOnPaper>('detail');
    if (detail === null) return null;
    return {
      ranges: detail.ranges,
      refusals: detail.refusals.map((refusal) => ({ ...refusal, data: bytesOf(refusal.data) })),
    };
  }
}
