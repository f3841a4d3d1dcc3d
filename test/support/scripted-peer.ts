/**
 * A client that says exactly what a test wants it to, to a real session on the server's side: for everything that a well-behaved
 * peer would never say.
 */
import { Connection } from '../../packages/core/src/connection/connection.ts';
import { encodeHello, type Announcement } from '../../packages/core/src/connection/handshake.ts';
import { HEARTBEAT_PRESETS } from '../../packages/core/src/connection/heartbeat-preset.ts';
import type { IncomingMessage } from '../../packages/core/src/session/incoming-message.ts';
import type { SessionMachineEvent } from '../../packages/core/src/session/session-event.ts';
import { Session } from '../../packages/core/src/session/session.ts';
import { FrameReader } from '../../packages/core/src/wire/frame-reader.ts';
import { FrameSplitter } from '../../packages/core/src/wire/frame-splitter.ts';
import { FrameType } from '../../packages/core/src/wire/frame-type.ts';
import { FrameWriter } from '../../packages/core/src/wire/frame-writer.ts';
import type { AckBlock, Frame } from '../../packages/core/src/wire/frame.ts';
import { PREFACE } from '../../packages/core/src/wire/preface.ts';
import { ANNOUNCEMENT } from './session-pair.ts';
import { GREETING, answerOf } from './greetings.ts';

const NO_DATA = new Uint8Array(0);

/** The frame of a type; those of MESSAGE and REQUEST share one. */
type FrameOf<T> = Frame extends infer F ? (F extends { type: infer U } ? (T extends U ? F : never) : never) : never;

export interface ScriptedPeerOptions {
  /** What the session under test announces. */
  readonly announcement?: Partial<Announcement>;
  /** What the peer claims of itself. */
  readonly peer?: Partial<Announcement>;
  /** Everything arrives in pieces of this many bytes; default: each call of `say` in one piece. */
  readonly pieceBytes?: number;
}

export class ScriptedPeer {
  readonly session: Session;
  readonly events: SessionMachineEvent[] = [];
  /** What the session wrote, handshake included. */
  readonly frames: Frame[] = [];
  /** Messages that may be handled, in order. */
  readonly ready: IncomingMessage[] = [];
  nowMs = 0;
  readonly #pieceBytes: number;
  readonly #writer = new FrameWriter();
  readonly #reader = new FrameReader();
  readonly #splitter = new FrameSplitter(1 << 20);
  #isPrefaceRead = false;

  constructor({ announcement, peer, pieceBytes = Infinity }: ScriptedPeerOptions = {}) {
    this.#pieceBytes = pieceBytes;
    const ours = { ...ANNOUNCEMENT, ...announcement };
    const heartbeat = HEARTBEAT_PRESETS.default;
    const random = (): number => 0.5;
    const connection = new Connection(
      { role: 'server', announcement: ours, heartbeat, handshakeMs: 10_000, frameMs: 30_000, random },
      0,
    );
    const outbox = { maxMessages: 1000, maxBytes: 1e7 };
    const decodeData = (data: Uint8Array): unknown => [...data];
    this.session = new Session({ announcement: ours, outbox, unhandled: 'refuse', decodeData, redials: false });
    this.session.inbox.addConsumer(null, { concurrency: Infinity });
    this.#writer.preface();
    const hello = { versionMin: 1, versionMax: 1, announcement: { ...ANNOUNCEMENT, ...peer }, ...GREETING };
    this.#writer.handshake(FrameType.HELLO, encodeHello(hello, random));
    connection.receiveBytes(this.#writer.take()!, 0);
    connection.takeEvents();
    connection.welcome(answerOf('session'), 0);
    this.session.open(connection, { id: 'session', token: null, windowMs: 0 });
    this.pump();
  }

  /** Writes frames, which arrive at the session together; then the session takes its turn. */
  say(write: (writer: FrameWriter) => void): this {
    write(this.#writer);
    return this.bytes(this.#writer.take() ?? NO_DATA);
  }

  /** The same for bytes of any kind. */
  bytes(bytes: Uint8Array): this {
    for (let at = 0; at < bytes.length; at += this.#pieceBytes) {
      this.session.receiveBytes(bytes.subarray(at, at + this.#pieceBytes), this.nowMs);
    }
    this.pump();
    return this;
  }

  /** Takes what the session has to say and to write. */
  pump(): void {
    this.events.push(...this.session.takeEvents());
    this.ready.push(...this.session.takeReady());
    for (;;) {
      const bytes = this.session.takeOutgoing(this.nowMs);
      this.events.push(...this.session.takeEvents());
      if (bytes === null) return;
      this.#read(bytes);
    }
  }

  /** The frames of a type, those before the last call of `forget` left out. */
  framesOf<T extends Frame['type']>(type: T): FrameOf<T>[] {
    return this.frames.filter((frame) => frame.type === type) as FrameOf<T>[];
  }

  forget(): void {
    this.frames.length = 0;
  }

  #read(bytes: Uint8Array): void {
    this.#splitter.push(this.#isPrefaceRead ? bytes : bytes.subarray(PREFACE.length));
    this.#isPrefaceRead = true;
    while (this.#splitter.next()) {
      // A copy: the frames are looked at long after the bytes have been reused.
      const { start, end } = this.#splitter;
      this.frames.push(this.#reader.read(this.#splitter.bytes.slice(start, end), 0, end - start));
    }
  }
}

/** A whole message of the peer, for `say`. */
export function message(sequence: number, name = 'say', ack: AckBlock | null = null): (writer: FrameWriter) => void {
  const slice = { bytes: new Uint8Array([sequence & 0xff]), start: 0, end: 1 };
  return (writer) => writer.message(FrameType.MESSAGE, sequence, name, slice, false, ack);
}

/** A whole request of the peer, for `say`. */
export function request(sequence: number, name = 'ask'): (writer: FrameWriter) => void {
  const slice = { bytes: new Uint8Array([sequence & 0xff]), start: 0, end: 1 };
  return (writer) => writer.message(FrameType.REQUEST, sequence, name, slice, false, null);
}
