/**
 * Bytes to frames, one direction of one connection. PROTOCOL.md §5.
 *
 * It knows two things from before: which type names have numbers, and whether a message is still missing chunks (then the
 * next sequenced frame carries no name). Everything else is in the frame.
 */
import { HeartwireError } from '../errors/heartwire-error.ts';
import { ByteReader, malformed } from './byte-reader.ts';
import type { AckBlock, AckDetail, Frame, IgnorableFrame, MessageFrame, RefusedId, ReplyFrame } from './frame.ts';
import { ALLOWED_FLAGS, FIRST_IGNORABLE_TYPE, Flag, FrameType, frameName } from './frame-type.ts';
import { IncomingTypeNames } from './type-names.ts';
import {
  DETAIL_MAX_ENTRIES,
  REFUSAL_CODE_MAX_BYTES,
  REFUSAL_DATA_MAX_BYTES,
  TYPE_NAME_MAX_BYTES,
} from './wire-limit.ts';
import { encodeText } from './text.ts';

const IGNORABLE: IgnorableFrame = { type: 'ignorable' };
const EMPTY = new Uint8Array(0);

export class FrameReader {
  readonly #names = new IncomingTypeNames();
  readonly #in = new ByteReader(EMPTY, 0, 0);
  /** The type of the message whose next chunk is due, or null. */
  #unfinished: number | null = null;

  /** Reads head and body of one frame. Throws a HeartwireError when they make no sense; the reader is useless afterwards. */
  read(bytes: Uint8Array, start: number, end: number): Frame {
    const head = bytes[start]!;
    const type = head >>> 3;
    const flags = head & 7;
    if (type >= FIRST_IGNORABLE_TYPE) return IGNORABLE;
    const allowed = ALLOWED_FLAGS[type];
    if (allowed === undefined) {
      throw new HeartwireError('ERR_HW_UNKNOWN_FRAME', { by: 'remote', detail: frameName(type) });
    }
    if ((flags & ~allowed) !== 0) throw malformed(`${frameName(type)} has a flag that it may not have`);
    this.#in.reset(bytes, start + 1, end);
    const frame = this.#body(type as FrameType, flags);
    this.#in.expectEnd();
    return frame;
  }

  #body(type: FrameType, flags: number): Frame {
    switch (type) {
      case FrameType.MESSAGE:
      case FrameType.REQUEST:
        return this.#message(type, flags);
      case FrameType.ACK:
        return {
          type,
          ack: this.#ackBlock(),
          partialBytes: flags & Flag.PARTIAL ? this.#positive('partial') : 0,
          detail: flags & Flag.DETAIL ? this.#detail() : null,
        };
      case FrameType.PING:
        return { type, ack: this.#ackIf(flags), nonce: this.#in.varint('nonce') };
      case FrameType.PONG:
        return {
          type,
          ack: this.#ackIf(flags),
          nonce: this.#in.varint('nonce'),
          holdTicks: this.#in.varint('hold'),
        };
      case FrameType.REPLY:
        return this.#reply(flags);
      case FrameType.HELLO:
      case FrameType.WELCOME:
      case FrameType.REJECT:
        return { type, body: this.#in.rest() };
      default:
        return this.#rareBody(type, flags);
    }
  }

  #rareBody(type: FrameType, flags: number): Frame {
    const read = this.#in;
    switch (type) {
      case FrameType.REFUSAL:
        this.#expectWhole(type);
        return {
          type,
          ack: this.#ackIf(flags),
          sequence: read.u16('sequence'),
          request: read.varint('request'),
          code: this.#refusalCode(),
          data: this.#refusalData(read.rest()),
        };
      case FrameType.VOID:
        this.#expectWhole(type);
        return { type, ack: this.#ackIf(flags), sequence: read.u16('sequence'), count: this.#positive('count') };
      case FrameType.VOLATILE:
        return {
          type,
          ack: this.#ackIf(flags),
          key: read.text8('key'),
          name: this.#typeName(),
          payload: read.rest(),
        };
      case FrameType.CANCEL:
        return { type, id: read.varint('id') };
      case FrameType.GOAWAY:
        return {
          type,
          code: read.varint('code'),
          deadlineMs: read.varint('deadline'),
          reconnectMinMs: read.varint('reconnectMin'),
          reconnectMaxMs: read.varint('reconnectMax'),
          reason: read.text8('reason'),
        };
      case FrameType.GOODBYE:
        this.#expectWhole(type);
        return {
          type,
          close: (flags & Flag.CLOSE) !== 0,
          final: read.varint('final'),
          code: read.varint('code'),
          reason: read.text8('reason'),
        };
      case FrameType.GOODBYE_ACK:
        return { type, final: read.varint('final') };
      case FrameType.REFUSAL_ACK:
        return { type, count: read.varint('count') };
      default:
        return { type: FrameType.ERROR, code: read.varint('code'), reason: read.text8('reason') };
    }
  }

  #message(type: typeof FrameType.MESSAGE | typeof FrameType.REQUEST, flags: number): MessageFrame {
    const ack = this.#ackIf(flags);
    const sequence = this.#in.u16('sequence');
    const more = (flags & Flag.MORE) !== 0;
    const isFirst = this.#beginChunk(type, more);
    const expires = (flags & Flag.EXPIRES) !== 0;
    if (expires && !isFirst) throw malformed('a later chunk says when the message expires');
    const expiresMs = expires ? this.#in.varint('expires') : null;
    const name = isFirst ? this.#typeName() : null;
    const payload = this.#in.rest();
    if (more && payload.length === 0) throw malformed('a chunk without payload');
    return { type, ack, sequence, more, expiresMs, name, payload };
  }

  #reply(flags: number): ReplyFrame {
    const ack = this.#ackIf(flags);
    const sequence = this.#in.u16('sequence');
    const more = (flags & Flag.MORE) !== 0;
    const request = this.#beginChunk(FrameType.REPLY, more) ? this.#in.varint('request') : null;
    const payload = this.#in.rest();
    if (more && payload.length === 0) throw malformed('a chunk without payload');
    return { type: FrameType.REPLY, ack, sequence, more, request, payload };
  }

  /** Whether this is the first chunk of its message. */
  #beginChunk(type: FrameType, more: boolean): boolean {
    const first = this.#unfinished === null;
    if (!first && this.#unfinished !== type) throw this.#interrupted(type);
    this.#unfinished = more ? type : null;
    return first;
  }

  #expectWhole(type: FrameType): void {
    if (this.#unfinished !== null) throw this.#interrupted(type);
  }

  #interrupted(type: FrameType): HeartwireError {
    const detail = `${frameName(type)} between the chunks of a ${frameName(this.#unfinished ?? type)}`;
    return new HeartwireError('ERR_HW_UNEXPECTED_FRAME', { by: 'remote', detail });
  }

  #ackIf(flags: number): AckBlock | null {
    return flags & Flag.ACK ? this.#ackBlock() : null;
  }

  #ackBlock(): AckBlock {
    const received = this.#in.u16('received');
    const unsettled = this.#in.varint('unsettled');
    return { received, unsettled, delayTicks: this.#in.varint('delay') };
  }

  #detail(): AckDetail {
    const ranges: { gap: number; length: number }[] = [];
    for (let left = this.#entryCount('ranges'); left > 0; left -= 1) {
      ranges.push({ gap: this.#in.varint('gap'), length: this.#positive('length') });
    }
    const refusals: RefusedId[] = [];
    for (let left = this.#entryCount('refusals'); left > 0; left -= 1) {
      const id = this.#in.varint('id');
      const code = this.#refusalCode();
      refusals.push({ id, code, data: this.#refusalData(this.#in.bytes(this.#in.varint('size'), 'data')) });
    }
    return { ranges, refusals };
  }

  #entryCount(field: string): number {
    const count = this.#in.varint(field);
    if (count > DETAIL_MAX_ENTRIES) throw malformed(`${count} ${field} in one ACK, at most ${DETAIL_MAX_ENTRIES}`);
    return count;
  }

  #positive(field: string): number {
    const value = this.#in.varint(field);
    if (value === 0) throw malformed(`${field} is 0`);
    return value;
  }

  #refusalCode(): string {
    const code = this.#in.text8('code');
    const size = encodeText(code).length;
    if (size === 0 || size > REFUSAL_CODE_MAX_BYTES) throw malformed(`a refusal code of ${size} bytes`);
    return code;
  }

  #refusalData(data: Uint8Array): Uint8Array {
    if (data.length > REFUSAL_DATA_MAX_BYTES) throw malformed(`refusal data of ${data.length} bytes`);
    return data;
  }

  #typeName(): string {
    const number = this.#in.varint('type name');
    if (number > 0) return this.#names.nameOf(number);
    const name = this.#in.text8('type name');
    const size = encodeText(name).length;
    if (size === 0) throw malformed('an empty type name');
    if (size > TYPE_NAME_MAX_BYTES) {
      const detail = `a type name of ${size} bytes, at most ${TYPE_NAME_MAX_BYTES}`;
      throw new HeartwireError('ERR_HW_FRAME_TOO_LARGE', { by: 'remote', detail });
    }
    this.#names.add(name);
    return name;
  }
}
