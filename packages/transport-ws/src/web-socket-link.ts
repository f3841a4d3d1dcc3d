/**
 * One open WebSocket as a link, whoever made it: the platform tells this file what happens, through a few methods, and
 * gives it the few things it can do, as a {@link WebSocketPort}.
 *
 * - Message boundaries mean nothing (PROTOCOL.md). Long writes are cut into messages of 64 KiB, because the other side sees a
 *   message only when all of it has arrived: smaller ones are signs of life in time, and stay far below any limit.
 * - There is no half-close: `end` begins the closing handshake, and `readEnded` is never reported. A peer that does not
 *   answer the handshake must not hold us, so each time its bound passes with nothing sent meanwhile, the link ends hard.
 * - A text message is no heartwire: the link closes with 1003 (RFC 6455 §7.4.1) and takes nothing more.
 */
import { HeartwireError, type CloseCause, type Link, type LinkInfo, type LinkSink } from '@heartwire/core/transport';

/** What a link needs of a WebSocket. */
export interface WebSocketPort {
  /** Bytes that wait to be sent. */
  readonly bufferedAmount: number;
  /** Only above so many does an event tell that they have gone. Default: however few they are. */
  readonly highWaterBytes?: number;
  send(bytes: Uint8Array): void;
  /** Begin the closing handshake. */
  close(code: number): void;
  /** End the connection at once. `WebSocketLink.handleClose` must follow, though never within this call. */
  terminate(): void;
  ping?(): void;
  /** Call back when everything that has arrived by now has been read. Default: a later turn. */
  afterReading?(callback: () => void): void;
  /** Call `WebSocketLink.checkDrained` from time to time; only needed where no event tells of it. */
  watchDrain?(link: WebSocketLink): void;
}

/** {@link Link.write} returns false above this. */
const HIGH_WATER_BYTES = 64 * 1024;

/** The longest WebSocket message that we send. */
const MESSAGE_BYTES = 64 * 1024;

/** How long the closing handshake may stand still. The peer's machinery answers it, not its application. */
const CLOSE_BOUND_MS = 2_000;

/** A timer that is later than this tells of a stall of our own, in which no answer could be heard. */
const STALL_MS = 100;

const NORMAL_CLOSURE = 1000;
const UNSUPPORTED_DATA = 1003;

/** Call a sink. It must not throw; if it does, that defect is an uncaught error of its own and not one of the socket's work. */
export function callSink(sink: LinkSink, call: (sink: LinkSink) => void): void {
  try {
    call(sink);
  } catch (defect) {
    queueMicrotask(() => {
      throw defect;
    });
  }
}

/** A {@link Link} over a WebSocket that is open. */
export class WebSocketLink implements Link {
  readonly info: LinkInfo;
  /** Only where the platform can ping. */
  readonly ping?: () => void;
  readonly #port: WebSocketPort;
  readonly #sink: LinkSink;
  readonly #highWaterBytes: number;
  #isWritable = true;
  #isReading = true;
  #isClosed = false;
  #isPeerClosing = false;
  #awaitsDrain = false;
  #verdict: CloseCause | undefined;
  #closeTimer: ReturnType<typeof setTimeout> | undefined;
  #hasExcusedStall = false;
  #bytesRead = 0;
  #bytesWritten = 0;
  #heardAtMs: number | undefined;

  constructor(info: LinkInfo, port: WebSocketPort, sink: LinkSink) {
    this.info = info;
    this.#port = port;
    this.#sink = sink;
    this.#highWaterBytes = Math.max(HIGH_WATER_BYTES, port.highWaterBytes ?? 0);
    if (port.ping !== undefined) {
      this.ping = () => {
        if (this.#isWritable) port.ping?.();
      };
    }
  }

  /** Report the link to its sink. */
  open(): void {
    callSink(this.#sink, (sink) => sink.open(this));
  }

  write(bytes: Uint8Array): boolean {
    if (!this.#isWritable) return true;
    this.#bytesWritten += bytes.byteLength;
    if (bytes.byteLength <= MESSAGE_BYTES) this.#port.send(bytes);
    else this.#sendInPieces(bytes);
    if (this.#port.bufferedAmount <= this.#highWaterBytes) return true;
    if (!this.#awaitsDrain) {
      this.#awaitsDrain = true;
      this.#port.watchDrain?.(this);
    }
    return false;
  }

  end(): void {
    if (this.#isWritable) this.#beginClose(NORMAL_CLOSURE);
  }

  abort(): void {
    if (this.#isClosed) return;
    this.#isWritable = false;
    this.#isReading = false;
    this.#verdict ??= { kind: 'destroyed' };
    this.#port.terminate();
  }

  /** A binary message arrived. */
  handleBinary(bytes: Uint8Array): void {
    if (!this.#isReading) return;
    this.#heardAtMs = performance.now();
    this.#bytesRead += bytes.byteLength;
    callSink(this.#sink, (sink) => sink.bytes(bytes));
    // Timers may be throttled to one a minute in a hidden page; messages are not.
    this.checkDrained();
  }

  /** A text message arrived. */
  handleText(): void {
    const detail = 'a WebSocket text message; heartwire travels in binary messages';
    this.handleViolation(new HeartwireError('ERR_HW_MALFORMED_FRAME', { by: 'remote', detail }), UNSUPPORTED_DATA);
  }

  /** The peer broke the rules of WebSocket: nothing more is taken from it, and the closing handshake begins. */
  handleViolation(error: HeartwireError, closeCode: number): void {
    if (!this.#isReading) return;
    this.#isReading = false;
    this.#verdict ??= { kind: 'protocol', error };
    if (this.#isWritable) this.#beginClose(closeCode);
  }

  /** The peer began the closing handshake and was answered. To end the connection is up to it now, or both, and must not take for ever. */
  handlePeerClose(): void {
    if (!this.#isWritable) return;
    this.#isWritable = false;
    this.#isPeerClosing = true;
    this.#boundClose(this.#port.bufferedAmount);
  }

  /** The other end answered {@link Link.ping}. */
  handlePong(): void {
    if (!this.#isReading) return;
    this.#heardAtMs = performance.now();
    callSink(this.#sink, (sink) => sink.pong?.());
  }

  /** Report `drained` when it is due. True while it is awaited. */
  checkDrained(): boolean {
    if (!this.#isWritable) this.#awaitsDrain = false;
    if (!this.#awaitsDrain || this.#port.bufferedAmount > 0) return this.#awaitsDrain;
    this.#awaitsDrain = false;
    callSink(this.#sink, (sink) => sink.drained());
    return false;
  }

  /** The WebSocket is gone; what we decided ourselves weighs more than what the platform says of it. */
  handleClose(platformCause: CloseCause): void {
    clearTimeout(this.#closeTimer);
    this.#isClosed = true;
    this.#isWritable = false;
    this.#isReading = false;
    const cause = this.#verdict ?? platformCause;
    const evidence = {
      ...platformCause.evidence,
      bytesRead: this.#bytesRead,
      bytesWritten: this.#bytesWritten,
      ...(this.#heardAtMs === undefined ? {} : { lastHeardAt: Math.round(Date.now() - this.silentMs) }),
    };
    callSink(this.#sink, (sink) => sink.closed({ ...cause, evidence }));
  }

  /** Milliseconds since the peer was last heard; 0 when it never was. */
  get silentMs(): number {
    return this.#heardAtMs === undefined ? 0 : performance.now() - this.#heardAtMs;
  }

  #sendInPieces(bytes: Uint8Array): void {
    for (let start = 0; start < bytes.byteLength; start += MESSAGE_BYTES) {
      this.#port.send(bytes.subarray(start, start + MESSAGE_BYTES));
    }
  }

  #beginClose(code: number): void {
    this.#isWritable = false;
    this.#port.close(code);
    this.#boundClose(this.#port.bufferedAmount);
  }

  /** What was written must still be sent, so time passes only while nothing moves. */
  #boundClose(waitingBytes: number): void {
    const dueAtMs = performance.now() + CLOSE_BOUND_MS;
    this.#closeTimer = setTimeout(() => {
      const stillWaiting = this.#port.bufferedAmount;
      if (stillWaiting < waitingBytes || this.#mayExcuse(performance.now() - dueAtMs)) {
        this.#boundClose(stillWaiting);
        return;
      }
      // A timer may run before what has arrived is read.
      if (this.#port.afterReading === undefined) setTimeout(() => this.#giveUp(), 0);
      else this.#port.afterReading(() => this.#giveUp());
    }, CLOSE_BOUND_MS);
  }

  /** The peer is not blamed for our stall; once, because in a hidden page every timer is late. */
  #mayExcuse(lateMs: number): boolean {
    if (lateMs < STALL_MS || this.#hasExcusedStall) return false;
    this.#hasExcusedStall = true;
    return true;
  }

  #giveUp(): void {
    if (this.#isClosed) return;
    this.#isReading = false;
    // Its close frame says more than that it left the connection standing.
    if (!this.#isPeerClosing) this.#verdict ??= { kind: 'timeout', of: 'close', silentFor: this.silentMs };
    this.#port.terminate();
  }
}
