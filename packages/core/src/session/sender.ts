/**
 * The sending half of a session: from the outbox onto the wire, and from acknowledgements to outcomes. PROTOCOL.md §7 to §10.
 *
 * Messages wait without an id, get one at their first write, and stay in flight until their fate is known. Whatever moves is put on
 * the list of progress, once per step, for the runtime to tell. Answers go first; a message that has been begun is finished before the next one.
 */
import type { Announcement } from '../connection/handshake.ts';
import type { RoundTripTime } from '../connection/round-trip-time.ts';
import { HeartwireError } from '../errors/heartwire-error.ts';
import type { DeliveryError } from '../errors/delivery-error.ts';
import { FrameType } from '../wire/frame-type.ts';
import type { FrameWriter } from '../wire/frame-writer.ts';
import type { AckBlock, AckDetail } from '../wire/frame.ts';
import { CHUNK_MAX_BYTES, TICKS_PER_MS } from '../wire/wire-limit.ts';
import { InFlight } from './in-flight.ts';
import { Outbox, type OutboxLimits } from './outbox.ts';
import { lost, notDelivered, overflowed, refused } from './outcome.ts';
import { OutgoingMessage } from './outgoing-message.ts';

/** Room in a frame for everything that stands around a chunk: ack block, ids and the longest type name. */
const HEADER_MAX_BYTES = 256;
const NO_DATA = new Uint8Array(0);

export class Sender {
  readonly #outbox: Outbox;
  readonly #inFlight = new InFlight({
    delivered: (message) => this.#move(message, 'delivered'),
    handled: (message) => this.#handled(message),
    refused: (message, refusal) => this.#refuse(message, refusal.code, refusal.data),
  });
  readonly #decodeData: (data: Uint8Array) => unknown;
  /** Requests that are written and not answered, by id. */
  readonly #requests = new Map<number, OutgoingMessage>();
  #progress: OutgoingMessage[] = [];
  #peer: Announcement | null = null;
  /** The message whose chunks are being written. */
  #unfinished: OutgoingMessage | null = null;
  /** The newest message, and when it was written: its acknowledgement measures the round trip. */
  #timedId = 0;
  #timedAtMs = 0;

  constructor(limits: OutboxLimits, decodeData: (data: Uint8Array) => unknown) {
    this.#outbox = new Outbox(limits);
    this.#decodeData = decodeData;
  }

  /** From now on messages can be written; these are the limits of the peer. */
  open(peer: Announcement): void {
    this.#peer = peer;
  }

  get lastId(): number {
    return this.#inFlight.lastId;
  }

  /** Messages whose fate is not known yet, waiting ones included. */
  get undecided(): number {
    return this.#outbox.messageCount + this.#inFlight.windowedMessages;
  }

  get hasRoom(): boolean {
    return this.#outbox.hasRoom;
  }

  /** Nothing waits to be written. */
  get isIdle(): boolean {
    return this.#outbox.isEmpty && this.#unfinished === null;
  }

  /** Whether something could be written now. */
  get isReady(): boolean {
    if (this.#unfinished !== null) return true;
    const next = this.#outbox.peek();
    return this.#peer !== null && next !== undefined && this.#isAllowed(next, this.#peer);
  }

  /** Takes a message in, or decides at once that it failed. */
  send(message: OutgoingMessage): void {
    if (!this.#outbox.push(message)) this.reject(message, overflowed(message));
  }

  /** Does not take it in: it failed. */
  reject(message: OutgoingMessage, error: DeliveryError): void {
    this.#fail(message, error);
  }

  /** Writes until `maxBytes` are collected or nothing more may go; the ack block rides on the first frame. */
  write(writer: FrameWriter, maxBytes: number, ack: (nowMs: number) => AckBlock | null, nowMs: number): void {
    const peer = this.#peer;
    if (peer === null) return;
    while (writer.length < maxBytes) {
      const message = this.#unfinished ?? this.#begin(peer);
      if (message === null) return;
      this.#writeChunk(message, peer, writer, ack(nowMs));
      if (message.isWhollyWritten) this.#timedAtMs = nowMs;
    }
  }

  /** The peer acknowledged. Throws a HeartwireError when it cannot be. */
  acknowledge(ack: AckBlock, detail: AckDetail | null, roundTrip: RoundTripTime, nowMs: number): void {
    const before = this.#inFlight.received;
    this.#inFlight.acknowledge(ack, detail);
    const received = this.#inFlight.received;
    // The delay belongs to the newest id; an acknowledgement of anything else would measure the peer's patience.
    if (received === before || received !== this.#timedId) return;
    roundTrip.sample(nowMs - this.#timedAtMs - ack.delayTicks / TICKS_PER_MS, nowMs);
  }

  /** The answer to a request of ours. */
  receiveReply(requestId: number, payload: Uint8Array): void {
    const message = this.#takeRequest(requestId);
    message.reply = payload;
    this.#move(message, 'handled');
  }

  receiveRefusal(requestId: number, code: string, data: Uint8Array): void {
    this.#refuse(this.#takeRequest(requestId), code, data);
  }

  /** Withdraws what has not been written, with proof. Answers stay. */
  withdraw(detail: string): void {
    for (const message of this.#outbox.withdrawMessages()) {
      this.#fail(message, notDelivered(message, 'ERR_HW_SESSION_CLOSED', detail));
    }
  }

  /** The connection is gone for good: every message ends now, in the order in which it was sent. */
  end(cause: string): void {
    const undecided = new Set([...this.#inFlight.clear(), ...this.#requests.values()]);
    this.#requests.clear();
    this.#unfinished = null;
    for (const message of undecided) if (!message.isDecided) this.#fail(message, lost(message, cause));
    for (const message of this.#outbox.withdrawAll()) this.#fail(message, lost(message, cause));
  }

  /** The messages that moved since the last call, oldest step first. Each tells its newest stage. */
  takeProgress(): OutgoingMessage[] {
    const progress = this.#progress;
    if (progress.length > 0) this.#progress = [];
    return progress;
  }

  /** The next message that may be written gets its id. */
  #begin(peer: Announcement): OutgoingMessage | null {
    for (;;) {
      const message = this.#outbox.peek();
      if (message === undefined) return null;
      if (message.payload.length > peer.messageMaxBytes && message.kind !== 'refusal') {
        this.#outbox.shift();
        this.#dropTooLarge(message, peer);
        continue;
      }
      if (!this.#isAllowed(message, peer)) return null;
      this.#outbox.shift();
      this.#inFlight.add(message);
      if (message.kind === 'request') this.#requests.set(message.id, message);
      this.#move(message, 'sent');
      return message;
    }
  }

  #dropTooLarge(message: OutgoingMessage, peer: Announcement): void {
    const code = 'ERR_HW_MESSAGE_TOO_LARGE';
    const detail = `${message.payload.length} bytes, the peer accepts ${peer.messageMaxBytes}`;
    this.#fail(message, notDelivered(message, code, detail));
    // Whoever asked waits for an answer all the same.
    if (message.kind === 'reply') this.#outbox.push(new OutgoingMessage('refusal', code, NO_DATA, message.request));
  }

  /** Whether the peer's window has room; it is never smaller than one message. */
  #isAllowed(message: OutgoingMessage, peer: Announcement): boolean {
    if (!message.isWindowed) return true;
    if (message.kind === 'request' && this.#requests.size >= peer.maxRequests) return false;
    const { windowedMessages, windowedBytes } = this.#inFlight;
    return windowedMessages < peer.windowMessages && windowedBytes + message.payload.length <= peer.windowBytes;
  }

  #writeChunk(message: OutgoingMessage, peer: Announcement, writer: FrameWriter, ack: AckBlock | null): void {
    const { payload, id } = message;
    const start = message.writtenBytes;
    const isFirst = start === 0;
    const end = Math.min(payload.length, start + Math.min(CHUNK_MAX_BYTES, peer.frameMaxBytes - HEADER_MAX_BYTES));
    const more = end < payload.length;
    const slice = { bytes: payload, start, end };
    const sequence = id & 0xffff;
    if (message.kind === 'reply') writer.reply(sequence, isFirst ? message.request : null, slice, more, ack);
    else if (message.kind === 'refusal') {
      // A refusal is not cut into chunks; the code is what counts.
      const data = payload.length <= peer.frameMaxBytes - HEADER_MAX_BYTES ? payload : NO_DATA;
      writer.refusal(sequence, message.request, message.name, data, ack);
    } else {
      const type = message.kind === 'request' ? FrameType.REQUEST : FrameType.MESSAGE;
      writer.message(type, sequence, isFirst ? message.name : null, slice, more, ack);
    }
    message.writtenBytes = end;
    this.#unfinished = more && message.kind !== 'refusal' ? message : null;
    if (this.#unfinished !== null) return;
    message.isWhollyWritten = true;
    this.#inFlight.completeLast();
    this.#timedId = id;
  }

  #takeRequest(id: number): OutgoingMessage {
    const message = this.#requests.get(id);
    if (message === undefined || !message.isWhollyWritten) {
      const detail = `an answer to request ${id}, which is not outstanding`;
      throw new HeartwireError('ERR_HW_UNEXPECTED_FRAME', { by: 'remote', detail });
    }
    this.#requests.delete(id);
    return message;
  }

  /** The peer settled it. A request is decided by its answer, which follows. */
  #handled(message: OutgoingMessage): void {
    if (message.kind !== 'request') this.#move(message, 'handled');
  }

  #refuse(message: OutgoingMessage, code: string, data: Uint8Array): void {
    this.#requests.delete(message.id);
    if (!message.isDecided) this.#fail(message, refused(message, code, this.#decode(data)));
  }

  #decode(data: Uint8Array): unknown {
    if (data.length === 0) return undefined;
    try {
      return this.#decodeData(data);
    } catch {
      // The code of the refusal is what counts; data that cannot be read are no reason to lose it.
      return undefined;
    }
  }

  #fail(message: OutgoingMessage, error: DeliveryError): void {
    message.error = error;
    this.#move(message, 'failed');
  }

  #move(message: OutgoingMessage, stage: OutgoingMessage['stage']): void {
    if (message.isDecided) return;
    message.stage = stage;
    if (message.isWindowed) this.#progress.push(message);
  }
}
