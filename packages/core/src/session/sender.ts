/**
 * The sending half of a session: from the outbox onto the wire, and from acknowledgements to outcomes. PROTOCOL.md §7 to §10, §19, §21.
 *
 * Messages wait without an id, get one at their first write, and stay in flight until their fate is known. Whatever moves is put on
 * the list of progress, once per step, for the runtime to tell. Answers go first; a message that has been begun is finished before the next one.
 */
import type { Announcement } from '../connection/handshake.ts';
import type { RoundTripMeter } from '../connection/round-trip-time.ts';
import { HeartwireError } from '../errors/heartwire-error.ts';
import type { DeliveryError } from '../errors/delivery-error.ts';
import { FrameType } from '../wire/frame-type.ts';
import type { FrameWriter } from '../wire/frame-writer.ts';
import type { AckBlock, AckDetail, AckFrame } from '../wire/frame.ts';
import { CHUNK_MAX_BYTES, TICKS_PER_MS } from '../wire/wire-limit.ts';
import { HeldBytes } from './held-bytes.ts';
import { InFlight, type InFlightListener } from './in-flight.ts';
import { Outbox, type OutboxLimits } from './outbox.ts';
import { IN_FLIGHT_MAX_BYTES, Transit } from './transit.ts';
import { inDoubt, lost, notDelivered, overflowed, refused, withdrawn } from './outcome.ts';
import { OutgoingMessage, type WithdrawalReason } from './outgoing-message.ts';
import { TimedMessage } from './timed-message.ts';
import { Withdrawals } from './withdrawals.ts';

/** Room in a frame for everything that stands around a chunk: ack block, ids and the longest type name. */
const HEADER_MAX_BYTES = 256;
const NO_DATA = new Uint8Array(0);

export class Sender {
  readonly #outbox: Outbox;
  readonly #acknowledged: InFlightListener = {
    delivered: (message) => this.#move(message, 'delivered'),
    handled: (message) => this.#handled(message),
    refused: (message, refusal) => this.#refuse(message, refusal.code, refusal.data),
  };
  /** What is kept of payloads, waiting or written. */
  readonly held: HeldBytes = new HeldBytes();
  #inFlight = new InFlight(this.#acknowledged, this.held);
  readonly #transit: Transit;
  readonly #decodeData: (data: Uint8Array) => unknown;
  /** Requests that are written and not answered, by id. */
  readonly #requests = new Map<number, OutgoingMessage>();
  readonly #withdrawals = new Withdrawals();
  readonly #sendTimeoutMs: number;
  /** When to look for messages that nobody waits for any longer. */
  #checkAtMs = Infinity;
  #progress: OutgoingMessage[] = [];
  #resolved: OutgoingMessage[] = [];
  #peer: Announcement | null = null;
  /** Counts the connections that carried the session. */
  #epoch = 0;
  /** What times that travel are counted from: when our side of the handshake was written. PROTOCOL.md §22. */
  originMs: number = 0;
  readonly #timed = new TimedMessage();

  /** `sendTimeoutMs` is how long the fate of a message may stay open before it is withdrawn. */
  constructor(
    limits: OutboxLimits,
    decodeData: (data: Uint8Array) => unknown,
    sendTimeoutMs: number = Infinity,
    inFlightMaxBytes: number = IN_FLIGHT_MAX_BYTES,
  ) {
    this.#outbox = new Outbox(limits);
    this.#transit = new Transit(inFlightMaxBytes);
    this.#sendTimeoutMs = sendTimeoutMs;
    this.#decodeData = decodeData;
  }

  /** From now on messages can be written; these are the limits of the peer. */
  open(peer: Announcement): void {
    this.#peer = peer;
    this.#epoch += 1;
  }

  get lastId(): number {
    return this.#inFlight.lastId;
  }

  /** The last id that the peer is known to have received. */
  get delivered(): number {
    return this.#inFlight.received;
  }

  /** How many the peer has settled. */
  get settledCount(): number {
    return this.#inFlight.settledCount;
  }

  /** Whether the peer has something that it has not settled. */
  get isHeldByPeer(): boolean {
    return this.#inFlight.isHeldByPeer;
  }

  /** Messages whose fate is not known yet, waiting ones included. */
  get undecided(): number {
    return this.#outbox.messageCount + this.#inFlight.windowedMessages;
  }

  /** Answers that the peer has not acknowledged, waiting ones included. */
  get openAnswers(): number {
    return this.#outbox.answerCount + this.#inFlight.answers;
  }

  /** Messages that have not been begun wait for another session. */
  set isHeld(isHeld: boolean) {
    this.#outbox.isHeld = isHeld;
  }

  get hasRoom(): boolean {
    return this.#outbox.hasRoom;
  }

  /** Nothing waits to be written. */
  get isIdle(): boolean {
    return this.#outbox.isEmpty && this.#inFlight.current === undefined;
  }

  /** Whether something could be written now. */
  get isReady(): boolean {
    if (!this.#transit.hasRoom) return false;
    if (this.#inFlight.current !== undefined) return true;
    const next = this.#outbox.peek();
    return this.#peer !== null && next !== undefined && this.#isAllowed(next, this.#peer);
  }

  /** Takes a message in, or decides at once that it failed. */
  send(message: OutgoingMessage, nowMs = 0): void {
    message.acceptedAtMs = nowMs;
    if (this.#outbox.push(message)) {
      this.held.hold(message);
      this.#limit(message);
    } else this.reject(message, overflowed(message));
  }

  /** Its fate may not stay open for ever. Nobody waits for an answer's. */
  #limit(message: OutgoingMessage): void {
    if (!message.isWindowed) return;
    this.#withdrawals.limit(message);
    // Whoever is the oldest when this comes up says when it is to come up again.
    this.#checkAtMs = Math.min(this.#checkAtMs, message.acceptedAtMs + this.#sendTimeoutMs);
  }

  /** Its sender does not want it any more. */
  withdrawOne(message: OutgoingMessage, reason: WithdrawalReason, nowMs: number): void {
    if (message.isDecided || message.withdrawal !== null) return;
    message.withdrawal = reason;
    if (message.id > 0) return this.#doubt(message, nowMs);
    this.#fail(message, withdrawn(message));
    this.#outbox.withdraw(message);
    this.held.release(message);
  }

  /** The peer may have it, so the peer has to say what became of it. That its time is up, the peer knows from the message itself. */
  #doubt(message: OutgoingMessage, nowMs: number): void {
    if (message.withdrawal === 'expired') this.#withdrawals.await(message, nowMs);
    else this.#withdrawals.ask(message, nowMs);
  }

  /** When something has to be withdrawn, or given up. */
  get nextDeadlineMs(): number {
    return Math.min(this.#withdrawals.nextMs, this.#checkAtMs);
  }

  /** Withdraws what nobody waits for any longer, and gives up what the peer did not answer. */
  handleDeadline(nowMs: number): void {
    for (const message of this.#withdrawals.takeUnanswered(nowMs)) this.#fail(message, inDoubt(message));
    for (const message of this.#withdrawals.takeOverdue(nowMs)) {
      if (message.isAwaited) this.withdrawOne(message, message.limitReason, nowMs);
    }
    if (this.#checkAtMs > nowMs) return;
    this.#checkAtMs = Infinity;
    for (const messages of [this.#inFlight.unsettled(), this.#requests.values(), this.#outbox.messages()])
      this.#withdrawTimedOut(messages, nowMs);
  }

  /** Of messages in the order in which they were accepted, withdraws those whose time is up; the first of the others says when to look again. */
  #withdrawTimedOut(messages: Iterable<OutgoingMessage>, nowMs: number): void {
    for (const message of messages) {
      if (!message.isWindowed || !isOpen(message)) continue;
      const timedOutAtMs = message.acceptedAtMs + this.#sendTimeoutMs;
      if (timedOutAtMs > nowMs) {
        this.#checkAtMs = Math.min(this.#checkAtMs, timedOutAtMs);
        return;
      }
      this.withdrawOne(message, 'timeout', nowMs);
    }
  }

  /** Proofs that came after `unknown`. */
  takeResolved(): OutgoingMessage[] {
    const resolved = this.#resolved;
    if (resolved.length > 0) this.#resolved = [];
    return resolved;
  }

  /** Does not take it in: it failed. */
  reject(message: OutgoingMessage, error: DeliveryError): void {
    this.#fail(message, error);
  }

  /** Writes until `maxBytes` are collected or nothing more may go; the ack block rides on the first frame. */
  write(writer: FrameWriter, maxBytes: number, ack: (nowMs: number) => AckBlock | null, nowMs: number): void {
    const peer = this.#peer;
    if (peer === null) return;
    this.#withdrawals.write(writer);
    while (writer.length < maxBytes && this.#transit.hasRoom) {
      const message = this.#inFlight.current ?? this.#begin(peer, nowMs);
      if (message === null) return;
      this.#voidIfExpired(message, nowMs);
      this.#writeChunk(message, peer, writer, ack(nowMs), nowMs);
      if (message.isWhollyWritten) this.#timed.wrote(message.id, nowMs);
    }
  }

  /** The peer acknowledged. Throws a HeartwireError when it cannot be. */
  acknowledge(ack: AckBlock, detail: AckDetail | null, meter: RoundTripMeter, nowMs: number, partialBytes = 0): void {
    this.#inFlight.acknowledge(ack, detail, partialBytes);
    this.#transit.arrived(this.#inFlight.arrivedBytes, nowMs);
    const writtenAtMs = this.#timed.take(this.#inFlight.received);
    if (writtenAtMs !== null) meter.measureRoundTrip(writtenAtMs, ack.delayTicks / TICKS_PER_MS, nowMs);
  }

  /** The answer to a request of ours. */
  receiveReply(requestId: number, payload: Uint8Array): void {
    const message = this.#takeRequest(requestId);
    message.reply = payload;
    this.#finish(message);
  }

  receiveRefusal(requestId: number, code: string, data: Uint8Array): void {
    this.#refuse(this.#takeRequest(requestId), code, data);
  }

  /** Withdraws what has not been written, with proof. Answers stay. */
  withdraw(detail: string): void {
    for (const message of this.#outbox.withdrawMessages()) {
      this.held.release(message);
      this.#fail(message, notDelivered(message, 'ERR_HW_SESSION_CLOSED', detail));
    }
  }

  /** Whether the peer may have come as far as it says. */
  mayHaveReceived(received: number, digest: number): boolean {
    return this.#inFlight.mayHaveReceived(received, digest);
  }

  /** Goes on over a new connection, behind what the peer has received; what it has not is written again, before anything new. */
  resume(peer: Announcement, received: number): void {
    this.#peer = peer;
    this.#epoch += 1;
    this.#timed.forget();
    this.#inFlight.rewind(received);
    this.#transit.restart();
    const asked: OutgoingMessage[] = [];
    for (const message of this.#inFlight.unsettled()) {
      if (message.withdrawal === null) continue;
      if (message.id > received) this.#void(message);
      else if (message.withdrawal !== 'expired') asked.push(message);
    }
    this.#withdrawals.askAgain(asked);
  }

  /** The peer's session is over, and this is the last that it knew: what it had not received, it never will. */
  conclude(received: number, { ack, detail }: AckFrame): void {
    this.#inFlight.rewind(received);
    this.#inFlight.acknowledge(ack, detail);
    for (const message of this.#inFlight.unsettled()) {
      if (message.id > received)
        this.#neverArrived(message, notDelivered(message, 'ERR_HW_CONNECTION_LOST', 'the peer never had it'));
    }
  }

  /** What is sent again may have outlived its time meanwhile; what is under way goes on, and the peer decides. */
  #voidIfExpired(message: OutgoingMessage, nowMs: number): void {
    if (message.expiresAtMs > nowMs || message.writtenBytes > 0 || message.isVoid) return;
    message.withdrawal ??= 'expired';
    this.#void(message);
  }

  /** The peer does not have it, so it need not have it. */
  #void(message: OutgoingMessage): void {
    message.isVoid = true;
    message.payload = NO_DATA;
    this.#neverArrived(message, withdrawn(message));
  }

  /** Proven, even if it was in doubt before. */
  #neverArrived(message: OutgoingMessage, error: DeliveryError): void {
    this.held.release(message);
    this.#requests.delete(message.id);
    if (message.isDecided) this.#resolve(message, error);
    else this.#fail(message, error);
  }

  /** The session is over: every message ends now, in the order in which it was sent. */
  end(cause: string): void {
    this.#endWritten(cause);
    for (const message of this.#outbox.withdrawAll()) {
      this.held.release(message);
      this.#fail(message, lost(message, cause));
    }
  }

  /** A new session takes the place of this one: what was written ends now, what waits goes out there. Returns the ids that are in doubt, ascending. */
  renew(cause: string): number[] {
    const ended = this.#endWritten(cause);
    for (const answer of this.#outbox.dropAnswers()) this.held.release(answer);
    this.#inFlight = new InFlight(this.#acknowledged, this.held);
    this.#transit.restart();
    this.#timed.forget();
    this.#peer = null;
    for (const message of this.#outbox.messages()) if (isOpen(message)) this.#limit(message);
    const doubtful = ended.filter(({ isWindowed, error }) => isWindowed && error?.outcome === 'unknown');
    return doubtful.map(({ id }) => id).sort((a, b) => a - b);
  }

  #endWritten(cause: string): OutgoingMessage[] {
    const undecided = new Set([...this.#inFlight.clear(), ...this.#requests.values()]);
    this.#requests.clear();
    this.#withdrawals.clear();
    this.#checkAtMs = Infinity;
    for (const message of undecided) {
      this.held.release(message);
      if (!message.isDecided) this.#fail(message, lost(message, cause));
    }
    return [...undecided];
  }

  /** The messages that moved since the last call, oldest step first. Each tells its newest stage. */
  takeProgress(): OutgoingMessage[] {
    const progress = this.#progress;
    if (progress.length > 0) this.#progress = [];
    return progress;
  }

  /** The next message that may be written gets its id. */
  #begin(peer: Announcement, nowMs: number): OutgoingMessage | null {
    for (;;) {
      const message = this.#outbox.peek();
      if (message === undefined) return null;
      if (message.expiresAtMs <= nowMs) {
        this.#outbox.shift();
        this.held.release(message);
        this.#fail(message, withdrawn(message, 'expired'));
        continue;
      }
      if (message.size > peer.messageMaxBytes && message.kind !== 'refusal') {
        this.#outbox.shift();
        this.#dropTooLarge(message, peer);
        continue;
      }
      if (!this.#isAllowed(message, peer)) return null;
      this.#outbox.shift();
      this.#inFlight.add(message);
      if (message.kind === 'request') this.#requests.set(message.id, message);
      return message;
    }
  }

  #dropTooLarge(message: OutgoingMessage, peer: Announcement): void {
    this.held.release(message);
    const code = 'ERR_HW_MESSAGE_TOO_LARGE';
    const detail = `${message.size} bytes, the peer accepts ${peer.messageMaxBytes}`;
    this.#fail(message, notDelivered(message, code, detail));
    // Whoever asked waits for an answer all the same.
    if (message.kind === 'reply') this.#outbox.push(new OutgoingMessage('refusal', code, NO_DATA, message.request));
  }

  /** Whether the peer's window has room; it is never smaller than one message. */
  #isAllowed(message: OutgoingMessage, peer: Announcement): boolean {
    if (!message.isWindowed) return true;
    if (message.kind === 'request' && this.#requests.size >= peer.maxRequests) return false;
    const { windowedMessages, windowedBytes } = this.#inFlight;
    return windowedMessages < peer.windowMessages && windowedBytes + message.size <= peer.windowBytes;
  }

  #writeChunk(
    message: OutgoingMessage,
    peer: Announcement,
    writer: FrameWriter,
    ack: AckBlock | null,
    nowMs: number,
  ): void {
    const { payload, id } = message;
    const start = message.writtenBytes;
    const isFirst = start === 0;
    const end = Math.min(payload.length, start + Math.min(CHUNK_MAX_BYTES, peer.frameMaxBytes - HEADER_MAX_BYTES));
    const more = end < payload.length;
    const slice = { bytes: payload, start, end };
    const sequence = id & 0xffff;
    if (message.isVoid) {
      writer.void(sequence, 1, ack);
      return this.#complete(message, 0);
    }
    if (isFirst) this.#beginAttempt(message);
    if (message.kind === 'reply') writer.reply(sequence, isFirst ? message.request : null, slice, more, ack);
    else if (message.kind === 'refusal') return this.#writeRefusal(message, peer, writer, ack, nowMs);
    else {
      const type = message.kind === 'request' ? FrameType.REQUEST : FrameType.MESSAGE;
      const expiresMs = isFirst ? this.#expiresMs(message) : null;
      writer.message(type, sequence, isFirst ? message.name : null, slice, more, ack, expiresMs);
    }
    message.writtenBytes = end;
    this.#transit.wrote(end - start, nowMs);
    if (!more) this.#complete(message, message.size);
  }

  /** Rounded down: rather early than late. Who kept it past its time for other reasons says 0, and the peer refuses it. */
  #expiresMs({ expiresAtMs }: OutgoingMessage): number | null {
    return expiresAtMs === Infinity ? null : Math.max(0, Math.floor(expiresAtMs - this.originMs));
  }

  /** A refusal is not cut into chunks; the code is what counts. */
  #writeRefusal(
    message: OutgoingMessage,
    peer: Announcement,
    writer: FrameWriter,
    ack: AckBlock | null,
    nowMs: number,
  ): void {
    const data = message.size <= peer.frameMaxBytes - HEADER_MAX_BYTES ? message.payload : NO_DATA;
    this.#beginAttempt(message);
    writer.refusal(message.id & 0xffff, message.request, message.name, data, ack);
    message.writtenBytes = data.length;
    this.#transit.wrote(data.length, nowMs);
    this.#complete(message, data.length);
  }

  #beginAttempt(message: OutgoingMessage): void {
    message.attempts += 1;
    if (message.attempts === 1) message.firstEpoch = this.#epoch;
    this.#move(message, 'sent');
  }

  #complete(message: OutgoingMessage, size: number): void {
    this.#inFlight.completeCurrent(message, size);
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
    if (message.kind !== 'request') this.#finish(message);
  }

  #refuse(message: OutgoingMessage, code: string, data: Uint8Array): void {
    this.#requests.delete(message.id);
    const error = refused(message, code, this.#decode(data));
    if (message.isDecided) this.#resolve(message, error);
    else this.#fail(message, error);
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

  #finish(message: OutgoingMessage): void {
    if (message.isDecided) this.#resolve(message, null);
    else this.#move(message, 'handled');
  }

  /** A proof that comes after `unknown` is believed all the same. */
  #resolve(message: OutgoingMessage, error: DeliveryError | null): void {
    if (message.error?.outcome !== 'unknown') return;
    message.error = error;
    message.stage = error === null ? 'handled' : 'failed';
    this.#resolved.push(message);
  }

  #fail(message: OutgoingMessage, error: DeliveryError): void {
    message.error = error;
    this.#move(message, 'failed');
  }

  #move(message: OutgoingMessage, stage: OutgoingMessage['stage']): void {
    if (message.isDecided) return;
    message.stage = stage;
    message.isResumed = message.firstEpoch !== this.#epoch;
    if (message.isWindowed) this.#progress.push(message);
  }
}

function isOpen(message: OutgoingMessage): boolean {
  return !message.isDecided && message.withdrawal === null;
}
