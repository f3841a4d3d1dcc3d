/**
 * Frames to bytes, one direction of one connection, into one buffer per turn. PROTOCOL.md §5.
 *
 * The order of the calls is the order on the wire. Limits are the caller's business: what is given here is legal.
 */
import { ByteWriter } from './byte-writer.ts';
import type { AckBlock, AckDetail } from './frame.ts';
import { Flag, FrameType } from './frame-type.ts';
import { PREFACE } from './preface.ts';
import { encodeText, encodeTextWithin } from './text.ts';
import { OutgoingTypeNames } from './type-names.ts';
import { varintSize } from './varint.ts';
import { REASON_MAX_BYTES } from './wire-limit.ts';

/** A piece of a payload, so that chunks are written without a view for each. */
export interface PayloadSlice {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

export class FrameWriter {
  readonly #out = new ByteWriter();
  readonly #names = new OutgoingTypeNames();

  /** Bytes written and not taken yet. */
  get length(): number {
    return this.#out.length;
  }

  /** Everything written since the last call, or null. */
  take(): Uint8Array | null {
    return this.#out.take();
  }

  preface(): void {
    this.#out.reserve(PREFACE.length);
    for (const byte of PREFACE) this.#out.u8(byte);
  }

  handshake(type: typeof FrameType.HELLO | typeof FrameType.WELCOME | typeof FrameType.REJECT, body: Uint8Array): void {
    this.#begin(type, 0, body.length);
    this.#out.bytes(body);
  }

  error(code: number, reason: string): void {
    const text = encodeTextWithin(reason, REASON_MAX_BYTES);
    this.#begin(FrameType.ERROR, 0, varintSize(code) + 1 + text.length);
    this.#out.varint(code);
    this.#text8(text);
  }

  ping(nonce: number, ack: AckBlock | null): void {
    this.#begin(FrameType.PING, ack === null ? 0 : Flag.ACK, ackSize(ack) + varintSize(nonce));
    this.#ack(ack);
    this.#out.varint(nonce);
  }

  pong(nonce: number, holdTicks: number, ack: AckBlock | null): void {
    const size = ackSize(ack) + varintSize(nonce) + varintSize(holdTicks);
    this.#begin(FrameType.PONG, ack === null ? 0 : Flag.ACK, size);
    this.#ack(ack);
    this.#out.varint(nonce);
    this.#out.varint(holdTicks);
  }

  /** `partialBytes`: how much of the message after `received` is here; 0 says nothing of it. */
  ack(ack: AckBlock, detail: AckDetail | null, partialBytes = 0): void {
    const flags = (detail === null ? 0 : Flag.DETAIL) | (partialBytes === 0 ? 0 : Flag.PARTIAL);
    const partialSize = partialBytes === 0 ? 0 : varintSize(partialBytes);
    this.#begin(FrameType.ACK, flags, ackSize(ack) + partialSize + detailSize(detail));
    this.#ack(ack);
    if (partialBytes > 0) this.#out.varint(partialBytes);
    if (detail !== null) this.#detail(detail);
  }

  /** One chunk of a MESSAGE or REQUEST; `name` is null in every chunk but the first, and so is `expiresMs`, which few messages have at all. */
  message(
    type: typeof FrameType.MESSAGE | typeof FrameType.REQUEST,
    sequence: number,
    name: string | null,
    payload: PayloadSlice,
    more: boolean,
    ack: AckBlock | null,
    expiresMs: number | null = null,
  ): void {
    const number = name === null ? 0 : this.#names.numberOf(name);
    const spelled = name !== null && number === 0 ? encodeText(name) : null;
    const nameBytes = name === null ? 0 : spelled === null ? varintSize(number) : 2 + spelled.length;
    const expiresBytes = expiresMs === null ? 0 : varintSize(expiresMs);
    const flags = (more ? Flag.MORE : 0) | (expiresMs === null ? 0 : Flag.EXPIRES);
    this.#beginChunk(type, ack, flags, 2 + expiresBytes + nameBytes, payload);
    this.#out.u16(sequence);
    if (expiresMs !== null) this.#out.varint(expiresMs);
    if (name !== null) this.#out.varint(number);
    if (spelled !== null) this.#text8(spelled);
    this.#slice(payload);
  }

  /** One chunk of a REPLY; `request` is null in every chunk but the first. */
  reply(sequence: number, request: number | null, payload: PayloadSlice, more: boolean, ack: AckBlock | null): void {
    const requestBytes = request === null ? 0 : varintSize(request);
    this.#beginChunk(FrameType.REPLY, ack, more ? Flag.MORE : 0, 2 + requestBytes, payload);
    this.#out.u16(sequence);
    if (request !== null) this.#out.varint(request);
    this.#slice(payload);
  }

  refusal(sequence: number, request: number, code: string, data: Uint8Array, ack: AckBlock | null): void {
    const text = encodeText(code);
    const size = ackSize(ack) + 2 + varintSize(request) + 1 + text.length + data.length;
    this.#begin(FrameType.REFUSAL, ack === null ? 0 : Flag.ACK, size);
    this.#ack(ack);
    this.#out.u16(sequence);
    this.#out.varint(request);
    this.#text8(text);
    this.#out.bytes(data);
  }

  goaway(code: number, deadlineMs: number, reconnectMinMs: number, reconnectMaxMs: number, reason: string): void {
    const text = encodeTextWithin(reason, REASON_MAX_BYTES);
    const numbers = [code, deadlineMs, reconnectMinMs, reconnectMaxMs];
    const size = numbers.reduce((sum, number) => sum + varintSize(number), 1 + text.length);
    this.#begin(FrameType.GOAWAY, 0, size);
    for (const number of numbers) this.#out.varint(number);
    this.#text8(text);
  }

  volatile(key: string, name: string, payload: Uint8Array, ack: AckBlock | null): void {
    const keyText = encodeText(key);
    const number = this.#names.numberOf(name);
    const spelled = number === 0 ? encodeText(name) : null;
    const nameBytes = spelled === null ? varintSize(number) : 2 + spelled.length;
    const size = ackSize(ack) + 1 + keyText.length + nameBytes + payload.length;
    this.#begin(FrameType.VOLATILE, ack === null ? 0 : Flag.ACK, size);
    this.#ack(ack);
    this.#text8(keyText);
    this.#out.varint(number);
    if (spelled !== null) this.#text8(spelled);
    this.#out.bytes(payload);
  }

  goodbye(final: number, close: boolean, code: number, reason: string): void {
    const text = encodeTextWithin(reason, REASON_MAX_BYTES);
    const size = varintSize(final) + varintSize(code) + 1 + text.length;
    this.#begin(FrameType.GOODBYE, close ? Flag.CLOSE : 0, size);
    this.#out.varint(final);
    this.#out.varint(code);
    this.#text8(text);
  }

  goodbyeAck(final: number): void {
    this.#begin(FrameType.GOODBYE_ACK, 0, varintSize(final));
    this.#out.varint(final);
  }

  /** A frame for each id that will never carry anything; `count` of them follow each other. */
  void(sequence: number, count: number, ack: AckBlock | null): void {
    this.#begin(FrameType.VOID, ack === null ? 0 : Flag.ACK, ackSize(ack) + 2 + varintSize(count));
    this.#ack(ack);
    this.#out.u16(sequence);
    this.#out.varint(count);
  }

  cancel(id: number): void {
    this.#begin(FrameType.CANCEL, 0, varintSize(id));
    this.#out.varint(id);
  }

  refusalAck(count: number): void {
    this.#begin(FrameType.REFUSAL_ACK, 0, varintSize(count));
    this.#out.varint(count);
  }

  /** A frame that everybody who does not know it skips: `type` is 24 to 31. */
  ignorable(type: number, flags: number, body: Uint8Array): void {
    this.#begin(type, flags, body.length);
    this.#out.bytes(body);
  }

  #begin(type: number, flags: number, bodyBytes: number): void {
    const length = 1 + bodyBytes;
    this.#out.reserve(varintSize(length) + length);
    this.#out.varint(length);
    this.#out.u8((type << 3) | flags);
  }

  #beginChunk(type: number, ack: AckBlock | null, flags: number, headerBytes: number, payload: PayloadSlice): void {
    this.#begin(
      type,
      ack === null ? flags : flags | Flag.ACK,
      ackSize(ack) + headerBytes + payload.end - payload.start,
    );
    this.#ack(ack);
  }

  #slice({ bytes, start, end }: PayloadSlice): void {
    this.#out.bytes(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end));
  }

  #text8(text: Uint8Array): void {
    this.#out.u8(text.length);
    this.#out.bytes(text);
  }

  #ack(ack: AckBlock | null): void {
    if (ack === null) return;
    this.#out.u16(ack.received);
    this.#out.varint(ack.unsettled);
    this.#out.varint(ack.delayTicks);
  }

  #detail({ ranges, refusals }: AckDetail): void {
    this.#out.varint(ranges.length);
    for (const range of ranges) {
      this.#out.varint(range.gap);
      this.#out.varint(range.length);
    }
    this.#out.varint(refusals.length);
    for (const refusal of refusals) {
      this.#out.varint(refusal.id);
      this.#text8(encodeText(refusal.code));
      this.#out.varint(refusal.data.length);
      this.#out.bytes(refusal.data);
    }
  }
}

function ackSize(ack: AckBlock | null): number {
  return ack === null ? 0 : 2 + varintSize(ack.unsettled) + varintSize(ack.delayTicks);
}

function detailSize(detail: AckDetail | null): number {
  if (detail === null) return 0;
  let size = varintSize(detail.ranges.length) + varintSize(detail.refusals.length);
  for (const { gap, length } of detail.ranges) size += varintSize(gap) + varintSize(length);
  for (const { id, code, data } of detail.refusals) {
    size += varintSize(id) + 1 + encodeText(code).length + varintSize(data.length) + data.length;
  }
  return size;
}
