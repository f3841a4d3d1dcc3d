/**
 * One pair of memories that talk: what waits, what is in flight, what was received, and how it all ends.
 *
 * This file only routes. The sender owns what goes out, the receiver what comes in, the goodbye the two half-closes, the connection the
 * link. In this version a session lives as long as its one connection. Like everything below the runtime it has no clock: bytes, calls and the
 * time come in; bytes, events and the next deadline go out. PROTOCOL.md §7 to §14.
 */
import type { ConnectionEvent, SessionFrame } from '../connection/connection-event.ts';
import type { Connection } from '../connection/connection.ts';
import { DeadlineTable } from '../connection/deadline-table.ts';
import type { Announcement } from '../connection/handshake.ts';
import type { CloseCause } from '../errors/close-cause.ts';
import { HeartwireError } from '../errors/heartwire-error.ts';
import { FrameType } from '../wire/frame-type.ts';
import type { AckBlock, AckDetail, GoodbyeFrame } from '../wire/frame.ts';
import { Farewell, type FarewellWords } from './farewell.ts';
import type { IncomingMessage } from './incoming-message.ts';
import type { OutboxLimits } from './outbox.ts';
import { notDelivered } from './outcome.ts';
import type { OutgoingMessage } from './outgoing-message.ts';
import { Receiver } from './receiver.ts';
import { Sender } from './sender.ts';
import type { SessionMachineEvent } from './session-event.ts';
import { answerTo, isUnseen, type Verdict } from './verdict.ts';
import { VOLATILE_MAX_KEYS, VolatileChannel } from './volatile-channel.ts';
import type { OutgoingVolatile } from './volatile-outbox.ts';

export type SessionStatus = 'connecting' | 'open' | 'draining' | 'closed';

export interface SessionOptions {
  /** What this side accepts; the same that its connection announces. */
  readonly announcement: Announcement;
  readonly outbox: OutboxLimits;
  /** What to do with messages of a type that nobody consumes. */
  readonly unhandled: 'refuse' | 'hold';
  /** How many types and keys of volatile values may wait in each direction. Default 1024. */
  readonly volatileMaxKeys?: number;
  /** How to read the data of a refusal; it may throw. */
  readonly decodeData: (data: Uint8Array) => unknown;
}

export interface FarewellOptions {
  readonly code: number;
  readonly reason: string;
  /** How long it may take before the connection is dropped, in milliseconds. */
  readonly timeoutMs: number;
  /** Send what waits first; otherwise it is withdrawn. */
  readonly sendWaiting: boolean;
}

/** One write holds at most this much, so that a long queue does not become one huge buffer. */
const WRITE_MAX_BYTES = 65_536;
/** Volatile values go first, but while messages wait they take no more than this of one write: a flood of them never stops the messages. */
const VOLATILE_SHARE_BYTES = 32_768;
/** How long an end that the peer began may take. */
const PEER_FAREWELL_MS = 5000;
const EMPTY = new Uint8Array(0);

export class Session {
  readonly volatile: VolatileChannel;
  readonly #sender: Sender;
  readonly #receiver: Receiver;
  readonly #farewell = new Farewell();
  readonly #deadlines = new DeadlineTable<'ack' | 'close'>(['ack', 'close']);
  #connection: Connection | null = null;
  #status: SessionStatus = 'connecting';
  #events: SessionMachineEvent[] = [];

  /** The ack block that rides on the next frame of the sender; one function for all writes, because they are many. */
  readonly #takeAck = (nowMs: number): AckBlock | null => {
    const { acks } = this.#receiver;
    return acks.isBehind ? acks.takeBlock(nowMs) : null;
  };

  constructor(options: SessionOptions) {
    this.#sender = new Sender(options.outbox, options.decodeData);
    this.#receiver = new Receiver(options.announcement, options.unhandled);
    this.volatile = new VolatileChannel(options.announcement, options.volatileMaxKeys ?? VOLATILE_MAX_KEYS);
  }

  get status(): SessionStatus {
    return this.#status;
  }

  /** The connection that carries it; null before there is one. */
  get connection(): Connection | null {
    return this.#connection;
  }

  get inbox(): Receiver['inbox'] {
    return this.#receiver.inbox;
  }

  /** Messages of ours whose fate is not known yet. */
  get undecided(): number {
    return this.#sender.undecided;
  }

  /** Whether `send` is welcome: the outbox is less than half full. */
  get hasRoom(): boolean {
    return this.#sender.hasRoom;
  }

  get nextDeadlineMs(): number {
    const { nextDeadlineMs } = this.volatile.drops;
    return Math.min(this.#deadlines.nextMs, nextDeadlineMs, this.#connection?.nextDeadlineMs ?? Infinity);
  }

  /** From now on this connection carries the session; it may still be shaking hands. */
  attach(connection: Connection): void {
    this.#connection = connection;
    if (connection.state === 'open') this.#open(null);
  }

  /** Takes a message in. Its fate, which may be decided at once, comes through `takeProgress`. */
  send(message: OutgoingMessage): void {
    if (!this.#farewell.hasBegun && this.#status !== 'closed') this.#sender.send(message);
    else this.#sender.reject(message, notDelivered(message, 'ERR_HW_SESSION_CLOSED', 'nothing can be sent any more'));
  }

  /** Takes a volatile value in, for the open connection or not at all. Throws a HeartwireError when it is too large. */
  sendVolatile(value: OutgoingVolatile): void {
    this.volatile.send(value, this.#status === 'open' ? this.#connection!.peer : null);
  }

  /** A message that was ready has come to its end. */
  settle(message: IncomingMessage, verdict: Verdict): void {
    if (message.isSettled) return;
    const mayAnswer = this.#status !== 'closed' && this.#farewell.mayWrite;
    const answers = message.isRequest && mayAnswer && !isUnseen(verdict);
    if (answers) this.#sender.send(answerTo(message, verdict));
    const isRefused = verdict.kind === 'refused' && !answers;
    this.#receiver.settle(message, isRefused ? { id: message.id, code: verdict.code, data: verdict.data } : null);
  }

  /** Begins the end of the session, or hastens the one that has begun. Without a connection it is over at once. */
  sayGoodbye(options: FarewellOptions, nowMs: number): void {
    if (this.#status === 'closed') return;
    if (!options.sendWaiting) {
      this.#sender.withdraw('close() was called before it was written');
      this.volatile.withdraw();
    }
    const deadlineMs = Math.min(this.#deadlines.get('close'), nowMs + options.timeoutMs);
    this.#deadlines.set('close', deadlineMs);
    this.#beginFarewell({ by: 'local', code: options.code, reason: options.reason });
    if (this.#connection?.state !== 'open') this.#close(this.#farewell.cause, 'abort');
  }

  /** Ends the session at once; the peer is told nothing, and what waits for a handler is dropped. */
  destroy(cause: CloseCause): void {
    this.#receiver.inbox.clear();
    this.volatile.inbox.clear();
    this.#close(cause, 'abort');
  }

  receiveBytes(chunk: Uint8Array, nowMs: number): void {
    this.#connection?.receiveBytes(chunk, nowMs);
    this.processEvents(nowMs);
  }

  /** The peer's direction of the link ended. */
  receiveEnd(nowMs: number): void {
    this.#connection?.receiveEnd();
    this.processEvents(nowMs);
    // Nothing can be confirmed any more, except where the goodbye has been completed.
    if (this.#status !== 'closed') this.#close({ kind: 'finished' }, 'end');
  }

  /** The link is gone. */
  connectionLost(cause: CloseCause): void {
    this.#connection?.close();
    this.#close(cause, 'gone');
  }

  handleDeadline(nowMs: number): void {
    this.#connection?.handleDeadline(nowMs);
    this.#events.push(...this.volatile.drops.takeReport(nowMs));
    this.processEvents(nowMs);
    for (const name of this.#deadlines.takeExpired(nowMs)) {
      if (name === 'close') this.#close({ kind: 'timeout', of: 'close', silentFor: 0 }, 'abort');
      // An acknowledgement that is due needs no act of its own: the runtime writes after every deadline.
    }
  }

  /** Works off what the connection has to say. */
  processEvents(nowMs: number): void {
    const connection = this.#connection;
    if (connection === null) return;
    try {
      for (const event of connection.takeEvents()) this.#process(event, connection, nowMs);
    } catch (error) {
      if (!(error instanceof HeartwireError)) throw error;
      // The connection may have found a fault of its own further on in the same bytes; this one came first.
      connection.fail(error);
      connection.takeEvents();
      this.#close({ kind: 'protocol', error }, 'end');
    }
    this.#armAck();
  }

  /** Everything that may be sent now, in one piece, or null. */
  takeOutgoing(nowMs: number): Uint8Array | null {
    const connection = this.#connection;
    if (connection === null) return null;
    if (connection.state === 'open') this.#write(connection, nowMs);
    return connection.takeOutgoing(nowMs);
  }

  /** Whether another `takeOutgoing` would have more to give, apart from what time brings. */
  get hasMore(): boolean {
    return this.#connection?.state === 'open' && (this.#sender.isReady || !this.volatile.isIdle);
  }

  /** Messages of ours that moved. */
  takeProgress(): OutgoingMessage[] {
    return this.#sender.takeProgress();
  }

  /** Messages of the peer that may be handled now. */
  takeReady(): IncomingMessage[] {
    return this.#receiver.inbox.takeReady();
  }

  takeEvents(): SessionMachineEvent[] {
    const events = this.#events;
    if (events.length > 0) this.#events = [];
    return events;
  }

  #process(event: ConnectionEvent, connection: Connection, nowMs: number): void {
    if (this.#status === 'closed') return;
    switch (event.type) {
      case 'welcome':
        return this.#open(event.welcome.session);
      case 'ack-block':
        return this.#acknowledge(event.ack, null, connection, nowMs);
      case 'pinged':
        return this.#receiver.acks.ask();
      case 'pong':
      case 'liveness':
        this.#events.push(event);
        return;
      case 'ended':
        return this.#close(event.cause, event.hard ? 'abort' : 'end');
      case 'hello':
        return;
      default:
        return this.#processFrame(event, connection, nowMs);
    }
  }

  #processFrame(frame: SessionFrame, connection: Connection, nowMs: number): void {
    if (frame.type === FrameType.GOODBYE) return this.#receiveGoodbye(frame, nowMs);
    if (frame.type === FrameType.GOODBYE_ACK) {
      this.#farewell.receiveGoodbyeAck(frame, this.#sender.lastId);
      return this.#finishFarewell();
    }
    if (frame.type === FrameType.ACK) return this.#acknowledge(frame.ack, frame.detail, connection, nowMs);
    if (!this.#farewell.mayReceive) throw unexpected('a message or a volatile value after the goodbye');
    if (frame.ack !== null) this.#acknowledge(frame.ack, null, connection, nowMs);
    if (frame.type === FrameType.REPLY) {
      const reply = this.#receiver.receiveReply(frame, nowMs);
      if (reply !== null) this.#sender.receiveReply(reply.request, reply.payload);
    } else if (frame.type === FrameType.REFUSAL) {
      this.#receiver.receiveRefusal(frame, nowMs);
      this.#sender.receiveRefusal(frame.request, frame.code, frame.data);
    } else if (frame.type === FrameType.VOLATILE) {
      this.volatile.receive(frame);
    } else {
      const message = this.#receiver.receiveMessage(frame, nowMs);
      if (message !== null) this.#admit(message);
    }
  }

  /** A request that crosses our goodbye cannot be answered any more. */
  #admit(message: IncomingMessage): void {
    if (!message.isRequest || this.#farewell.mayWrite) this.#receiver.inbox.add(message);
    else this.#receiver.refuse(message, { id: message.id, code: 'ERR_HW_SESSION_CLOSED', data: EMPTY });
  }

  #open(id: string | null): void {
    if (this.#status !== 'connecting') return;
    this.#status = 'open';
    this.#sender.open(this.#connection!.peer!);
    this.#events.push({ type: 'opened', id });
  }

  #acknowledge(ack: AckBlock, detail: AckDetail | null, connection: Connection, nowMs: number): void {
    this.#sender.acknowledge(ack, detail, connection.roundTrip, nowMs);
  }

  #receiveGoodbye(frame: GoodbyeFrame, nowMs: number): void {
    this.#farewell.receiveGoodbye(frame, this.#receiver.acks.received);
    if (!frame.close || this.#farewell.hasBegun) return;
    this.#sender.withdraw('the peer closed the session before it was written');
    this.volatile.withdraw();
    this.#deadlines.set('close', nowMs + PEER_FAREWELL_MS);
    this.#beginFarewell({ by: 'peer', code: frame.code, reason: frame.reason });
  }

  #beginFarewell(words: FarewellWords): void {
    if (this.#farewell.hasBegun) return;
    this.#farewell.begin(words);
    this.#status = 'draining';
    this.#events.push({ type: 'draining' });
  }

  #write(connection: Connection, nowMs: number): void {
    const { writer } = connection;
    const { acks } = this.#receiver;
    const isEnding = this.#farewell.isUnderWay;
    // A goodbye in either direction is no place for an acknowledgement that is held back.
    if (isEnding && (this.#isGoodbyeDue || this.#farewell.isGoodbyeAckDue(acks.settled))) acks.ask();
    connection.writeControl(nowMs);
    while (acks.hasDetail) {
      const { ack, detail } = acks.takeDetailed(nowMs, connection.peer!.frameMaxBytes);
      writer.ack(ack, detail);
    }
    this.volatile.write(writer, this.#sender.isReady ? VOLATILE_SHARE_BYTES : WRITE_MAX_BYTES, this.#takeAck, nowMs);
    this.#sender.write(writer, WRITE_MAX_BYTES, this.#takeAck, nowMs);
    if (acks.isDue(nowMs)) writer.ack(acks.takeBlock(nowMs), null);
    if (isEnding) this.#writeFarewell(connection);
    this.#armAck();
  }

  #writeFarewell({ writer }: Connection): void {
    if (this.#farewell.isGoodbyeAckDue(this.#receiver.acks.settled)) this.#farewell.writeGoodbyeAck(writer);
    if (this.#isGoodbyeDue) this.#farewell.writeGoodbye(writer, this.#sender.lastId);
    this.#finishFarewell();
  }

  get #isGoodbyeDue(): boolean {
    return this.#farewell.isGoodbyeDue(this.#isIdle && this.#receiver.inbox.unanswered === 0);
  }

  get #isIdle(): boolean {
    return this.#sender.isIdle && this.volatile.isIdle;
  }

  #finishFarewell(): void {
    if (this.#farewell.isComplete) this.#close(this.#farewell.cause, 'end');
  }

  #close(cause: CloseCause, link: 'end' | 'abort' | 'gone'): void {
    if (this.#status === 'closed') return;
    this.#status = 'closed';
    this.#deadlines.stopAll();
    this.#connection?.close();
    this.#sender.end(`the connection ended: ${cause.kind}`);
    this.#events.push(...this.volatile.end(), { type: 'closed', cause, link });
  }

  #armAck(): void {
    const { acks } = this.#receiver;
    this.#deadlines.set('ack', acks.isBehind && this.#status !== 'closed' ? acks.deadlineMs : Infinity);
  }
}

function unexpected(detail: string): HeartwireError {
  return new HeartwireError('ERR_HW_UNEXPECTED_FRAME', { by: 'remote', detail });
}
