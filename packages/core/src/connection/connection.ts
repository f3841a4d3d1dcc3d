/**
 * One transport link, without the transport: bytes and time in; bytes, events and the next deadline out.
 *
 * It recognises strangers, shakes hands, cuts and reads frames, answers PING, measures the round trip and judges the peer's silence.
 * What messages mean is the session's business: their frames go up as events, and the session writes its own through `writer`. Network input never throws: the first thing that is wrong
 * ends the connection with one `ended` event, and everything after it is ignored.
 */
import type { CloseCause } from '../errors/close-cause.ts';
import { HeartwireError } from '../errors/heartwire-error.ts';
import { errorCodeOf, errorNumber } from '../wire/error-number.ts';
import { FIRST_IGNORABLE_TYPE, FrameType, LAST_FRAME_TYPE, frameName } from '../wire/frame-type.ts';
import { FrameWriter } from '../wire/frame-writer.ts';
import type { ErrorFrame, Frame, HandshakeFrame, PingFrame, PongFrame } from '../wire/frame.ts';
import type { ConnectionEvent } from './connection-event.ts';
import { INITIAL_STATE, nextState, type ConnectionRole, type ConnectionState } from './connection-state.ts';
import { DeadlineTable } from './deadline-table.ts';
import { PROTOCOL_VERSION } from './handshake-key.ts';
import {
  decodeHello,
  decodeReject,
  decodeWelcome,
  encodeHello,
  encodeReject,
  encodeWelcome,
  type Announcement,
  type Hello,
  type Reject,
  type Tombstone,
  type Welcome,
} from './handshake.ts';
import type { Heartbeat } from './heartbeat-preset.ts';
import { IncomingFrames } from './incoming-frames.ts';
import type { LivenessStatus } from './liveness.ts';
import { agreedSilenceMs, assertCommonVersion, assertSameCodec } from './negotiation.ts';
import { Pulse } from './pulse.ts';
import type { RoundTripMeter, RoundTripTime } from './round-trip-time.ts';

export interface ConnectionOptions {
  readonly role: ConnectionRole;
  /** What this side accepts and promises. */
  readonly announcement: Announcement;
  readonly heartbeat: Heartbeat;
  /** How long the handshake may take, in milliseconds. */
  readonly handshakeMs: number;
  /** How long one frame may take from its first byte to its last, in milliseconds. */
  readonly frameMs: number;
  /** Numbers from 0 up to 1, for nonces, jitter and the parts that must be ignored. */
  readonly random: () => number;
}

/** What a client says in its HELLO besides its announcement. */
export type Greeting = Omit<Hello, 'versionMin' | 'versionMax' | 'announcement'>;
/** What a server says in its WELCOME besides its announcement. */
export type Answer = Omit<Welcome, 'announcement'>;
/** What a server says in its REJECT; what is left out is not said. */
export type Rejection = Pick<Reject, 'code' | 'message'> & Partial<Reject>;

/** How often a client reminds the server that unknown frames are to be skipped. */
const IGNORABLE_FRAME_CHANCE = 1 / 16;
const IGNORABLE_BODY_MAX_BYTES = 16;

export class Connection implements RoundTripMeter {
  /** Where the session writes its frames; what was written leaves with the next `takeOutgoing`. */
  readonly writer: FrameWriter = new FrameWriter();
  /** Its number among all that the client has tried for the session; 0 before HELLO. */
  epoch: number = 0;
  readonly #options: ConnectionOptions;
  readonly #incoming = new IncomingFrames();
  readonly #pulse = new Pulse();
  readonly #deadlines = new DeadlineTable<'handshake' | 'frame'>(['handshake', 'frame']);
  #events: ConnectionEvent[] = [];
  #state: ConnectionState;
  #peer: Announcement | null = null;
  #handshakeWrittenAtMs: number;
  #handshakeReadAtMs = 0;
  #prefaceWritten = false;
  #refusal: CloseCause | null = null;
  /** The end of the unfinished frame has a deadline. */
  #isFrameTimed = false;

  constructor(options: ConnectionOptions, nowMs: number) {
    this.#options = options;
    this.#state = INITIAL_STATE[options.role];
    this.#handshakeWrittenAtMs = nowMs;
    this.#deadlines.set('handshake', nowMs + options.handshakeMs);
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** What the peer announced; null until its HELLO or WELCOME has been read. */
  get peer(): Announcement | null {
    return this.#peer;
  }

  /** When our HELLO or WELCOME was written: what times of ours that travel are counted from. PROTOCOL.md §22. */
  get writtenAtMs(): number {
    return this.#handshakeWrittenAtMs;
  }

  /** When the peer's HELLO or WELCOME was read: what its times are counted from. */
  get readAtMs(): number {
    return this.#handshakeReadAtMs;
  }

  /** Client: what the server's REJECT says; null: there was none. It changed nothing there. */
  get refusal(): CloseCause | null {
    return this.#refusal;
  }

  get livenessStatus(): LivenessStatus {
    return this.#pulse.status;
  }

  get roundTrip(): RoundTripTime {
    return this.#pulse.roundTrip;
  }

  /** The session saw an acknowledgement of what it wrote then. */
  measureRoundTrip(sentAtMs: number, heldMs: number, nowMs: number): void {
    this.#pulse.measureRoundTrip(sentAtMs, heldMs, nowMs);
  }

  /** How many lost transmissions the peer's silence amounts to. */
  suspicion(nowMs: number): number {
    return this.#pulse.suspicion(nowMs);
  }

  get nextDeadlineMs(): number {
    return Math.min(this.#deadlines.nextMs, this.#pulse.nextDeadlineMs);
  }

  /** Client: the link stands, say HELLO. */
  hello(greeting: Greeting, nowMs: number): void {
    const { announcement, random } = this.#options;
    const hello: Hello = { versionMin: PROTOCOL_VERSION, versionMax: PROTOCOL_VERSION, announcement, ...greeting };
    this.#writePreface();
    this.writer.handshake(FrameType.HELLO, encodeHello(hello, random));
    this.#handshakeWrittenAtMs = nowMs;
    this.epoch = greeting.attempt;
  }

  /** Server: accept the client that said HELLO. */
  welcome(answer: Answer, nowMs: number): void {
    if (this.#state !== 'deciding') return;
    const { announcement, random } = this.#options;
    this.#writePreface();
    this.writer.handshake(FrameType.WELCOME, encodeWelcome({ ...answer, announcement }, random));
    this.#handshakeWrittenAtMs = nowMs;
    this.#open(nowMs);
  }

  /** Server: refuse the client, whether it has said HELLO or not. */
  reject(rejection: Rejection): void {
    if (this.#state !== 'deciding' && this.#state !== 'awaiting-hello') return;
    const { code, message } = rejection;
    this.#writePreface();
    const reject: Reject = { retryAfterMs: null, tombstone: null, ...rejection };
    this.writer.handshake(FrameType.REJECT, encodeReject(reject));
    this.#end({ kind: 'refused', by: 'application', code, message }, false);
  }

  /** Something is wrong that cannot be mended: tell the peer and end the connection. */
  fail(error: HeartwireError, cause: CloseCause = { kind: 'protocol', error }): void {
    if (this.#state === 'closed') return;
    this.#writePreface();
    this.writer.error(errorNumber(error.code), error.message);
    this.#end(cause, false);
  }

  /** Bytes arrived, which may be read later or never. */
  hear(nowMs: number): void {
    if (this.#pulse.hear(nowMs)) this.#events.push({ type: 'liveness', status: 'alive' });
  }

  receiveBytes(chunk: Uint8Array, nowMs: number): void {
    if (this.#state === 'closed') return;
    try {
      this.hear(nowMs);
      this.#incoming.push(chunk);
      let isAnyComplete = false;
      for (let frame = this.#nextFrame(); frame !== null; frame = this.#nextFrame()) {
        this.#route(frame, nowMs);
        isAnyComplete = true;
      }
      this.#watchUnfinishedFrame(isAnyComplete, nowMs);
    } catch (error) {
      this.fail(asHeartwireError(error));
    }
  }

  /** The peer's direction of the link ended. */
  receiveEnd(): void {
    if (this.#state === 'closed') return;
    if (this.#incoming.isUnfinished) this.fail(new HeartwireError('ERR_HW_TRUNCATED', { by: 'remote' }));
  }

  /** We ourselves stood still for so long: what we did not hear, or had no time to read, is not held against the peer. */
  stalled(stalledMs: number, nowMs: number): void {
    this.#deadlines.delayAll(stalledMs);
    this.#pulse.stalled(stalledMs, nowMs);
  }

  /** The deadline that is handled next comes late by no fault of anybody: the verdict waits for an answer. See `Pulse.doubt`. */
  doubt(): void {
    this.#pulse.doubt();
  }

  /** What of the present silence was our own stall. */
  get stalledMs(): number {
    return this.#pulse.stalledMs;
  }

  handleDeadline(nowMs: number): void {
    for (const name of this.#deadlines.takeExpired(nowMs)) {
      if (this.#state === 'closed') return;
      if (name === 'handshake') this.#failTimeout('handshake', nowMs, 'the handshake was not completed');
      else this.#failTimeout('frame', nowMs, 'a frame was begun and not completed');
    }
    if (this.#state !== 'open') return;
    const hasChanged = this.#pulse.handleDeadline(this.writer, nowMs);
    if (this.#pulse.takeEndpointAsk()) this.#events.push({ type: 'ask-endpoint' });
    if (hasChanged) this.#tellVerdict(nowMs);
  }

  /** The machinery of the transport at the other end, below the application, answered what `ask-endpoint` asked. */
  receiveEndpointAnswer(nowMs: number): void {
    if (this.#state === 'open' && this.#pulse.receiveEndpointAnswer(nowMs)) this.#tellVerdict(nowMs);
  }

  #tellVerdict(nowMs: number): void {
    const { status } = this.#pulse;
    this.#events.push({ type: 'liveness', status });
    if (status !== 'dead') return;
    const silentFor = Math.round(this.#pulse.silenceMs(nowMs));
    const evidence = { loopLag: Math.round(this.#pulse.stalledMs) };
    this.#end({ kind: 'timeout', of: 'heartbeat', silentFor, evidence }, true);
  }

  /** Sends a PING of its own and returns its nonce; a `pong` event with the same nonce answers. */
  ping(nowMs: number): number {
    return this.#pulse.ping(this.writer, nowMs);
  }

  /** Writes what goes before everything else. */
  writeControl(nowMs: number): void {
    if (this.#state === 'open') this.#pulse.writePong(this.writer, nowMs);
  }

  /** Everything that is to be sent, as one piece, or null. */
  takeOutgoing(nowMs: number): Uint8Array | null {
    const bytes = this.writer.take();
    if (bytes !== null) this.#pulse.sent(nowMs);
    return bytes;
  }

  takeEvents(): ConnectionEvent[] {
    const events = this.#events;
    if (events.length > 0) this.#events = [];
    return events;
  }

  /** The link is gone; nothing follows. */
  close(): void {
    this.#state = 'closed';
    this.#deadlines.stopAll();
    this.#pulse.stop();
  }

  /** The next frame, unless one before it has ended the connection. */
  #nextFrame(): Frame | null {
    return this.#state === 'closed' ? null : this.#incoming.next();
  }

  #route(frame: Frame, nowMs: number): void {
    if (frame.type === FrameType.ERROR) return this.#receiveError(frame);
    if (frame.type === 'ignorable') return this.#expectOpen();
    const next = nextState(this.#state, frame.type);
    if (next === undefined) throw this.#unexpected(frame.type);
    switch (frame.type) {
      case FrameType.PING:
        return this.#receivePing(frame, nowMs);
      case FrameType.PONG:
        return this.#receivePong(frame, nowMs);
      case FrameType.HELLO:
      case FrameType.WELCOME:
      case FrameType.REJECT:
        return this.#receiveHandshake(frame, nowMs);
      default:
        this.#events.push(frame);
    }
  }

  #receiveHandshake(frame: HandshakeFrame, nowMs: number): void {
    this.#handshakeReadAtMs = nowMs;
    if (frame.type === FrameType.HELLO) return this.#receiveHello(frame.body);
    if (frame.type === FrameType.REJECT) {
      const { code, message, retryAfterMs, tombstone } = decodeReject(frame.body);
      const retry = retryAfterMs === null ? {} : { retryAfter: retryAfterMs };
      this.#refusal = { kind: 'refused', by: 'application', code, message, ...retry };
      return this.#end(this.#refusal, false, tombstone);
    }
    const welcome = decodeWelcome(frame.body);
    this.#peer = welcome.announcement;
    assertSameCodec(welcome.announcement, this.#options.announcement);
    this.#pulse.measureRoundTrip(this.#handshakeWrittenAtMs, 0, nowMs);
    this.#open(nowMs);
    this.#events.push({ type: 'welcome', welcome });
    this.ping(nowMs);
    if (this.#options.random() < IGNORABLE_FRAME_CHANCE) this.#writeIgnorableFrame();
  }

  #receiveHello(body: Uint8Array): void {
    this.#state = 'deciding';
    try {
      const hello = decodeHello(body);
      this.#peer = hello.announcement;
      this.epoch = hello.attempt;
      assertCommonVersion(hello);
      assertSameCodec(hello.announcement, this.#options.announcement);
      this.#events.push({ type: 'hello', hello });
    } catch (error) {
      if (!(error instanceof HeartwireError) || error.code !== 'ERR_HW_VERSION') throw error;
      this.reject({ code: error.code, message: error.message });
    }
  }

  #open(nowMs: number): void {
    const { role, announcement, heartbeat, random } = this.#options;
    const peer = this.#peer!;
    this.#state = 'open';
    this.#deadlines.stop('handshake');
    this.#incoming.frameMaxBytes = announcement.frameMaxBytes;
    // Whoever promises next to nothing is not asked again and again for it: we hold nobody to less than we are ready for ourselves.
    const theirIntervalMs = Math.max(announcement.floorMs, agreedSilenceMs(peer, announcement));
    const ourIntervalMs = agreedSilenceMs(announcement, peer);
    this.#pulse.begin({ role, heartbeat, theirIntervalMs, ourIntervalMs, random }, nowMs);
  }

  #receivePing({ nonce, ack }: PingFrame, nowMs: number): void {
    // The client's first PING is also the first thing that the server hears after its WELCOME.
    if (this.roundTrip.latestMs === null) {
      this.#pulse.measureRoundTrip(this.#handshakeWrittenAtMs, 0, nowMs);
      this.#events.push({ type: 'liveness', status: this.#pulse.status });
    }
    if (ack !== null) this.#events.push({ type: 'ack-block', ack });
    this.#pulse.receivePing(nonce, nowMs);
    this.#events.push({ type: 'pinged' });
  }

  #receivePong(frame: PongFrame, nowMs: number): void {
    if (frame.ack !== null) this.#events.push({ type: 'ack-block', ack: frame.ack });
    const rttMs = this.#pulse.receivePong(frame, nowMs);
    if (rttMs !== null) this.#events.push({ type: 'pong', nonce: frame.nonce, rttMs });
  }

  #receiveError({ code, reason }: ErrorFrame): void {
    // The peer says that we broke the rules.
    const error = new HeartwireError(errorCodeOf(code), { by: 'local', detail: `the peer says "${reason}"` });
    this.#end({ kind: 'protocol', error }, false);
  }

  #expectOpen(): void {
    if (this.#state !== 'open') throw this.#unexpected(FIRST_IGNORABLE_TYPE);
  }

  #unexpected(type: number): HeartwireError {
    const detail = `${frameName(type)} in the state ${this.#state}`;
    return new HeartwireError('ERR_HW_UNEXPECTED_FRAME', { by: 'remote', detail });
  }

  /** Any byte is life, but a frame that trickles in for ever is no conversation. */
  #watchUnfinishedFrame(isAnotherFrame: boolean, nowMs: number): void {
    if (!this.#incoming.isUnfinished || this.#state === 'closed') {
      // Most chunks end with a frame, and so did the one before: then there is nothing to stop.
      if (this.#isFrameTimed) this.#deadlines.stop('frame');
      this.#isFrameTimed = false;
      return;
    }
    if (isAnotherFrame || !this.#isFrameTimed) this.#deadlines.set('frame', nowMs + this.#options.frameMs);
    this.#isFrameTimed = true;
  }

  #writePreface(): void {
    if (this.#prefaceWritten) return;
    this.#prefaceWritten = true;
    this.writer.preface();
  }

  #writeIgnorableFrame(): void {
    const { random } = this.#options;
    const type = FIRST_IGNORABLE_TYPE + Math.floor(random() * (LAST_FRAME_TYPE - FIRST_IGNORABLE_TYPE + 1));
    const body = new Uint8Array(Math.floor(random() * (IGNORABLE_BODY_MAX_BYTES + 1)));
    this.writer.ignorable(
      type,
      Math.floor(random() * 8),
      body.map(() => Math.floor(random() * 256)),
    );
  }

  #failTimeout(of: 'handshake' | 'frame', nowMs: number, detail: string): void {
    const error = new HeartwireError('ERR_HW_TIMEOUT', { by: 'remote', detail });
    const silentFor = Math.round(nowMs - this.#handshakeWrittenAtMs);
    this.fail(error, of === 'handshake' ? { kind: 'timeout', of, silentFor } : { kind: 'protocol', error });
  }

  #end(cause: CloseCause, hard: boolean, tombstone: Tombstone | null = null): void {
    this.close();
    this.#events.push({ type: 'ended', cause, hard, tombstone });
  }
}

function asHeartwireError(error: unknown): HeartwireError {
  // Anything else is a fault of ours; the peer learns nothing about it, and the cause keeps it.
  return error instanceof HeartwireError ? error : new HeartwireError('ERR_HW_ABORTED', { by: 'local', cause: error });
}
