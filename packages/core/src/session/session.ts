/**
 * One pair of memories that talk: what waits, what is in flight, what was received, and how it all ends.
 *
 * This file only routes. The sender owns what goes out, the receiver what comes in, the goodbye the two half-closes, the connection the
 * link. A session outlives its connections: when one is lost it is suspended, and goes on over the next one from the positions of both sides. Like
 * everything below the runtime it has no clock: bytes, calls and the time come in; bytes, events and the next deadline go out. PROTOCOL.md §7 to §14, §19 to §22.
 */
import type { ConnectionEvent, SessionFrame } from '../connection/connection-event.ts';
import type { Connection } from '../connection/connection.ts';
import { DeadlineTable } from '../connection/deadline-table.ts';
import type { Announcement, Position, Resumption, Tombstone, Welcome } from '../connection/handshake.ts';
import type { CloseCause } from '../errors/close-cause.ts';
import { HeartwireError } from '../errors/heartwire-error.ts';
import { isLineFailure } from '../errors/line-failure.ts';
import { FrameType } from '../wire/frame-type.ts';
import type { AckBlock, AckDetail, CancelFrame, GoawayFrame, GoodbyeFrame } from '../wire/frame.ts';
import { Departure, GOAWAY_LEAVING, GOAWAY_SUPERSEDED, type ReturnWindow } from './departure.ts';
import { Farewell, type FarewellWords } from './farewell.ts';
import { DeadlineHeap } from './deadline-heap.ts';
import { Inbox } from './inbox.ts';
import type { IncomingMessage } from './incoming-message.ts';
import { decodeLastWords, encodeLastWords, LAST_WORDS_MAX_BYTES } from './last-words.ts';
import type { OutboxLimits } from './outbox.ts';
import { notDelivered } from './outcome.ts';
import type { OutgoingMessage } from './outgoing-message.ts';
import { Receiver } from './receiver.ts';
import { Sender } from './sender.ts';
import type { LinkAction, SessionMachineEvent } from './session-event.ts';
import { answerTo, EXPIRED, isUnseen, type Verdict } from './verdict.ts';
import { VOLATILE_MAX_KEYS, VolatileChannel } from './volatile-channel.ts';
import type { OutgoingVolatile } from './volatile-outbox.ts';
import { WithdrawalLimits } from './withdrawal-limits.ts';

export type SessionStatus = 'connecting' | 'open' | 'suspended' | 'draining' | 'closed';

export interface SessionOptions {
  /** What this side accepts; the same that its connection announces. */
  readonly announcement: Announcement;
  readonly outbox: OutboxLimits;
  /** How many payload bytes may be written and not received. Default 256 KiB. */
  readonly inFlightMaxBytes?: number;
  /** What to do with messages of a type that nobody consumes. */
  readonly unhandled: 'refuse' | 'hold';
  /** How many types and keys of volatile values may wait in each direction. Default 1024. */
  readonly volatileMaxKeys?: number;
  /** How to read the data of a refusal; it may throw. */
  readonly decodeData: (data: Uint8Array) => unknown;
  /** How long the fate of a message may stay open before it is withdrawn, in milliseconds. Default: for ever. */
  readonly sendTimeoutMs?: number;
  /** Whether a lost connection is followed by another one, as with a client that reconnects; a new session may take its place there. */
  readonly redials: boolean;
}

/** What a session is called, the secret that resumes it, and how long it outlives its connection (0: not at all). */
export interface SessionTerms {
  readonly id: string;
  readonly token: Uint8Array | null;
  readonly windowMs: number;
}

/** What has come through, in messages, over all connections and all sessions that lived under one object. */
export interface Progress {
  readonly delivered: number;
  readonly received: number;
}

export interface FarewellOptions {
  readonly code: number;
  readonly reason: string;
  /** How long it may take before the connection is dropped, in milliseconds. */
  readonly timeoutMs: number;
  /** Send what waits first; otherwise it is withdrawn. */
  readonly sendWaiting: boolean;
  /** Server: when the client is welcome again. Default: it is the end. */
  readonly comeAgain?: ReturnWindow | null;
}

/** One write holds at most this much, so that a long queue does not become one huge buffer. */
const WRITE_MAX_BYTES = 65_536;
/** Volatile values go first, but while messages wait they take no more than this of one write: a flood of them never stops the messages. */
const VOLATILE_SHARE_BYTES = 32_768;
/** How long an end that the peer began may take. */
const PEER_FAREWELL_MS = 5000;
const EMPTY = new Uint8Array(0);
/** What a server says that cannot go on with a session. */
const NOT_RESUMABLE: ReadonlySet<string> = new Set(['ERR_HW_RESUME_UNKNOWN', 'ERR_HW_RESUME_MISMATCH']);

export class Session {
  readonly #options: SessionOptions;
  readonly volatile: VolatileChannel;
  readonly #sender: Sender;
  #receiver: Receiver;
  readonly #farewell = new Farewell();
  readonly #departure = new Departure();
  /** We have said that we will send nothing more. */
  #isEnding = false;
  readonly #deadlines = new DeadlineTable<'ack' | 'close' | 'expire'>(['ack', 'close', 'expire']);
  #connection: Connection | null = null;
  #status: Exclude<SessionStatus, 'draining'> = 'connecting';
  #terms: SessionTerms | null = null;
  /** The peer is known to have the terms: before that, nobody could come back for the session. */
  #isConfirmed = false;
  /** What came through in sessions before this one. */
  #earlierProgress: Progress = { delivered: 0, received: 0 };
  #events: SessionMachineEvent[] = [];
  /** Messages of the peer that expire. PROTOCOL.md §22. */
  readonly #expiries = new DeadlineHeap<IncomingMessage>();
  /** Ids that the peer has asked to cancel in this turn. */
  readonly #cancelAskedFor = new Set<number>();
  readonly #withdrawalLimits: WithdrawalLimits;
  /** Refusals of the peer that were read and not acknowledged. */
  #refusalsRead = 0;

  /** The ack block that rides on the next frame of the sender; one function for all writes, because they are many. */
  readonly #takeAck = (nowMs: number): AckBlock | null => {
    const { acks } = this.#receiver;
    return acks.isBehind ? acks.takeBlock(nowMs) : null;
  };

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#sender = new Sender(options.outbox, options.decodeData, options.sendTimeoutMs, options.inFlightMaxBytes);
    this.#receiver = new Receiver(options.announcement, new Inbox(options.unhandled));
    this.#withdrawalLimits = new WithdrawalLimits(options.announcement);
    this.volatile = new VolatileChannel(options.announcement, options.volatileMaxKeys ?? VOLATILE_MAX_KEYS);
  }

  get status(): SessionStatus {
    return this.#farewell.hasBegun && this.#status !== 'closed' ? 'draining' : this.#status;
  }

  /** The last connection that carried it, or is to carry it; null before there is one. */
  get connection(): Connection | null {
    return this.#connection;
  }

  get inbox(): Inbox {
    return this.#receiver.inbox;
  }

  get terms(): SessionTerms | null {
    return this.#terms;
  }

  /** Messages of ours whose fate is not known yet. */
  get undecided(): number {
    return this.#sender.undecided;
  }

  get progress(): Progress {
    const { delivered, received } = this.#earlierProgress;
    return { delivered: delivered + this.#sender.delivered, received: received + this.#receiver.acks.received };
  }

  /** Whether `send` is welcome: the outbox is less than half full. */
  get hasRoom(): boolean {
    return this.#sender.hasRoom;
  }

  /** Payload bytes that it keeps in both directions, those that other sessions keep, too, not counted. */
  get ownBytes(): number {
    return this.#sender.held.ownBytes + this.#receiver.heldBytes + this.volatile.heldBytes;
  }

  /** Payload bytes that it keeps in both directions. */
  get heldBytes(): number {
    return this.ownBytes + this.#sender.held.sharedBytes;
  }

  get nextDeadlineMs(): number {
    const { nextDeadlineMs } = this.volatile.drops;
    return Math.min(
      this.#deadlines.nextMs,
      nextDeadlineMs,
      this.#expiries.nextMs,
      this.#sender.nextDeadlineMs,
      this.#connection?.nextDeadlineMs ?? Infinity,
    );
  }

  /** Client: this connection, which is still shaking hands, is to carry the session. */
  attach(connection: Connection): void {
    this.#connection = connection;
  }

  /** From now on this connection carries the session, which is new. */
  open(connection: Connection, terms: SessionTerms): void {
    this.#connection = connection;
    this.#terms = terms;
    this.#status = 'open';
    this.#refusalsRead = 0;
    this.#withdrawalLimits.restart();
    this.#receiver.sessionId = terms.id;
    this.#countTimesFrom(connection);
    this.#sender.open(connection.peer!);
    this.#events.push({ type: 'opened', id: terms.id, resumed: false });
  }

  /** How far we have come, for a new connection to go on from. */
  get position(): Position {
    const { received, digest } = this.#receiver.acks;
    return { received, digest, isGoodbyeDone: this.#farewell.isSendingDone };
  }

  /** What to say in the next HELLO to go on where we are; null when there is no going on. */
  get resumption(): Resumption | null {
    const token = this.#terms?.token ?? null;
    return token === null ? null : { session: this.#terms!.id, token, ...this.position };
  }

  /** Whether the peer is known to have the terms: otherwise nobody can come back for it. */
  get isConfirmed(): boolean {
    return this.#isConfirmed;
  }

  /** Whether messages of the peer wait for their fate. */
  get isWorking(): boolean {
    return this.#receiver.inbox.isWorking;
  }

  /** The session is over: what a client has to know that comes back for it. */
  takeTombstone(): Tombstone {
    const { ack, detail } = this.#receiver.acks.takeLastWords(LAST_WORDS_MAX_BYTES);
    return { ...this.position, lastWords: encodeLastWords(ack, detail) };
  }

  /** Whether the peer may have come as far as it says. Changes nothing. */
  mayResume({ received, digest, isGoodbyeDone }: Position): boolean {
    return this.#sender.mayHaveReceived(received, digest) && this.#farewell.mayBeDone(isGoodbyeDone);
  }

  /** From now on this connection carries the session, which goes on from the peer's position; `mayResume` must have said yes. */
  resume(connection: Connection, position: Position): void {
    this.#connection = connection;
    this.#status = 'open';
    this.#refusalsRead = 0;
    this.#withdrawalLimits.restart();
    this.#deadlines.stop('expire');
    this.#receiver.restart();
    this.#farewell.restart(position.isGoodbyeDone);
    this.#departure.restart();
    this.#countTimesFrom(connection);
    this.#sender.resume(connection.peer!, position.received);
    this.#events.push({ type: 'opened', id: this.#terms!.id, resumed: true });
  }

  /** The two clocks have nothing in common but the handshake. */
  #countTimesFrom({ writtenAtMs, readAtMs }: Connection): void {
    this.#sender.originMs = writtenAtMs;
    this.#receiver.originMs = readAtMs;
  }

  /** Takes a message in. Its fate, which may be decided at once, comes through `takeProgress`. */
  send(message: OutgoingMessage, nowMs = 0): void {
    if (this.#maySend) this.#sender.send(message, nowMs);
    else this.#sender.reject(message, notDelivered(message, 'ERR_HW_SESSION_CLOSED', 'nothing can be sent any more'));
  }

  /** Takes a volatile value in, for the open connection or not at all. Throws a HeartwireError when it is too large. */
  sendVolatile(value: OutgoingVolatile): void {
    const maySend = this.status === 'open' && this.#maySend && this.#farewell.mayWrite;
    this.volatile.send(value, maySend ? this.#connection!.peer : null);
  }

  get #maySend(): boolean {
    return !this.#farewell.hasBegun && !this.#isEnding && this.#status !== 'closed';
  }

  /** Its sender does not want it any more: it is withdrawn with proof, or the peer is asked. */
  withdraw(message: OutgoingMessage, nowMs: number): void {
    if (this.#status !== 'closed') this.#sender.withdrawOne(message, 'cancelled', nowMs);
  }

  /** Whether a handler may begin this message, which was ready. One whose time is up is refused, and one that was settled meanwhile is not looked at. */
  begin(message: IncomingMessage, nowMs: number): boolean {
    if (message.isSettled) return false;
    if (message.expiresAtMs <= nowMs) {
      this.settle(message, EXPIRED);
      return false;
    }
    message.isBegun = true;
    return true;
  }

  /** A message that was ready has come to its end. */
  settle(message: IncomingMessage, verdict: Verdict): void {
    if (message.isSettled) return;
    // Who asked in a session that another one has replaced does not wait any more.
    if (message.sessionId !== this.#receiver.sessionId) return this.#receiver.settle(message, null);
    const mayAnswer = this.#status !== 'closed' && this.#farewell.mayWrite;
    const answers = message.isRequest && mayAnswer && !isUnseen(verdict);
    if (answers) this.#sender.send(answerTo(message, verdict));
    const isRefused = verdict.kind === 'refused' && !answers;
    this.#receiver.settle(message, isRefused ? { id: message.id, code: verdict.code, data: verdict.data } : null);
  }

  /** Ends our direction: what waits is sent, and nothing more. The peer's goes on. */
  endSending(): void {
    this.#isEnding = true;
    this.#farewell.endsSending = true;
  }

  /** Begins the end of the session, or hastens the one that has begun. Where there is no session yet and nothing to send, it is over at once. */
  sayGoodbye(options: FarewellOptions, nowMs: number): void {
    if (this.#status === 'closed') return;
    const { comeAgain = null } = options;
    if (comeAgain !== null) this.#departure.announce(comeAgain, options.timeoutMs, options.reason);
    if (!options.sendWaiting) {
      this.#sender.withdraw('close() was called before it was written');
      this.volatile.withdraw();
    }
    const deadlineMs = Math.min(this.#deadlines.get('close'), nowMs + options.timeoutMs);
    this.#deadlines.set('close', deadlineMs);
    this.#beginFarewell({ by: 'local', code: options.code, reason: options.reason });
    // What was kept back for another session goes out here, unless we have said that nothing comes any more.
    if (this.#farewell.mayWrite) this.#sender.isHeld = false;
    // One that is suspended may still come back in time and end in order; where no session stands, there must be something to say.
    if (this.#terms === null && this.#sender.undecided === 0) this.#close(this.#farewell.cause, 'abort');
  }

  /** Ends the session at once; the peer is told nothing, and what waits for a handler is dropped. */
  destroy(cause: CloseCause): void {
    this.abandon();
    this.#close(cause, 'abort');
  }

  /** What waits for a handler is dropped. */
  abandon(): void {
    this.#receiver.abandon();
    this.volatile.inbox.clear();
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
    this.#lose({ kind: 'finished' }, 'end', nowMs);
  }

  /** The link is gone. */
  connectionLost(cause: CloseCause, nowMs: number): void {
    this.#lose(cause, 'gone', nowMs);
  }

  /** There will be no other connection. */
  end(cause: CloseCause): void {
    this.#close(cause, 'gone');
  }

  handleDeadline(nowMs: number): void {
    this.#connection?.handleDeadline(nowMs);
    this.#events.push(...this.volatile.drops.takeReport(nowMs));
    this.processEvents(nowMs);
    this.#sender.handleDeadline(nowMs);
    for (const message of this.#expiries.takeDue(nowMs)) this.#expire(message);
    for (const name of this.#deadlines.takeExpired(nowMs)) {
      if (name === 'close') this.#endInTime();
      if (name === 'expire') this.#close({ kind: 'expired' }, 'gone');
      // An acknowledgement that is due needs no act of its own: the runtime writes after every deadline.
    }
  }

  /** Works off what the connection has to say. */
  processEvents(nowMs: number): void {
    const connection = this.#connection;
    if (connection === null) return;
    try {
      for (const event of connection.takeEvents()) this.#process(event, connection, nowMs);
      this.#cancelAsked();
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

  /** Messages of ours whose fate was unknown, and is known now. */
  takeResolved(): OutgoingMessage[] {
    return this.#sender.takeResolved();
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
    if (event.type !== 'ended') this.#isConfirmed = true;
    switch (event.type) {
      case 'welcome':
        return this.#receiveWelcome(event.welcome, connection);
      case 'ack-block':
        return this.#acknowledge(event.ack, null, connection, nowMs);
      case 'pinged':
        return this.#receiver.acks.ask();
      case 'pong':
      case 'liveness':
        this.#events.push(event);
        return;
      case 'ended':
        if (event.tombstone !== null && this.#isConcludedBy(event.tombstone))
          return this.#close(this.#farewell.cause, 'end');
        return this.#lose(event.cause, event.hard ? 'abort' : 'end', nowMs);
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
      // Where the peer leaves, what is kept back for the next session is still to be sent.
      if (this.#isEnding && this.#sender.undecided === 0) this.#events.push({ type: 'half-closed', by: 'local' });
      return this.#finishFarewell();
    }
    if (frame.type === FrameType.GOAWAY) return this.#receiveGoaway(frame);
    if (frame.type === FrameType.ACK)
      return this.#acknowledge(frame.ack, frame.detail, connection, nowMs, frame.partialBytes);
    if (frame.type === FrameType.CANCEL) return this.#receiveCancel(frame, nowMs);
    if (frame.type === FrameType.REFUSAL_ACK) return this.#receiver.acks.forgetRefusals(frame.count);
    if (!this.#farewell.mayReceive) throw unexpected('a message or a volatile value after the goodbye');
    if (frame.ack !== null) this.#acknowledge(frame.ack, null, connection, nowMs);
    if (frame.type === FrameType.VOID) {
      this.#withdrawalLimits.void(frame.count, nowMs);
      this.#receiver.receiveVoid(frame, nowMs);
    } else if (frame.type === FrameType.REPLY) {
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

  /** No handler may begin it any more; one that has is told. */
  #expire(message: IncomingMessage): void {
    if (message.isBegun) message.withdraw('ERR_HW_EXPIRED');
    else this.settle(message, EXPIRED);
  }

  #receiveCancel({ id }: CancelFrame, nowMs: number): void {
    this.#withdrawalLimits.cancel(this.#receiver.acks.received, nowMs);
    if (!this.#receiver.mayCancel(id)) throw unexpected(`CANCEL of ${id}, which is not here`);
    this.#cancelAskedFor.add(id);
  }

  /** All that came together is looked for at once: so many of them cost no more than one. */
  #cancelAsked(): void {
    if (this.#cancelAskedFor.size === 0) return;
    this.#receiver.cancel(this.#cancelAskedFor);
    this.#cancelAskedFor.clear();
  }

  /** A request that crosses our goodbye cannot be answered any more. */
  #admit(message: IncomingMessage): void {
    if (message.expiresAtMs !== Infinity) this.#expiries.add(message, message.expiresAtMs);
    if (!message.isRequest || this.#farewell.mayWrite) this.#receiver.inbox.add(message);
    else this.#receiver.refuse(message, { id: message.id, code: 'ERR_HW_SESSION_CLOSED', data: EMPTY });
  }

  #receiveWelcome({ session, token, windowMs, resumed }: Welcome, connection: Connection): void {
    if (resumed === null) {
      if (this.#terms !== null) this.#renew('the server began a new session');
      this.#isConfirmed = true;
      return this.open(connection, { id: session, token, windowMs });
    }
    if (this.#terms === null || !this.mayResume(resumed)) {
      throw new HeartwireError('ERR_HW_RESUME_MISMATCH', { by: 'remote', detail: `received ${resumed.received}` });
    }
    this.resume(connection, resumed);
  }

  #acknowledge(ack: AckBlock, detail: AckDetail | null, connection: Connection, nowMs: number, partialBytes = 0): void {
    this.#sender.acknowledge(ack, detail, connection.roundTrip, nowMs, partialBytes);
    this.#refusalsRead += detail?.refusals.length ?? 0;
  }

  #receiveGoodbye(frame: GoodbyeFrame, nowMs: number): void {
    this.#farewell.receiveGoodbye(frame, this.#receiver.acks.received);
    if (this.#farewell.hasBegun || this.#departure.isInvited) return;
    if (!frame.close) return void this.#events.push({ type: 'half-closed', by: 'peer' });
    this.#sender.withdraw('the peer closed the session before it was written');
    this.volatile.withdraw();
    this.#deadlines.set('close', nowMs + PEER_FAREWELL_MS);
    this.#beginFarewell({ by: 'peer', code: frame.code, reason: frame.reason });
  }

  #receiveGoaway(frame: GoawayFrame): void {
    // Another connection has the session now, and we did not make it.
    if (frame.code === GOAWAY_SUPERSEDED) return this.#close({ kind: 'superseded' }, 'end');
    if (frame.code !== GOAWAY_LEAVING || !this.#options.redials || this.#farewell.hasBegun) return;
    this.#departure.receive(frame);
    this.#sender.isHeld = true;
    this.#farewell.endsSending = true;
    this.#events.push({ type: 'going-away', frame });
  }

  #beginFarewell(words: FarewellWords): void {
    if (this.#farewell.hasBegun) return;
    this.#farewell.begin(words);
    this.#events.push({ type: 'draining' });
  }

  #write(connection: Connection, nowMs: number): void {
    const { writer } = connection;
    const { acks } = this.#receiver;
    const isEnding = this.#farewell.isUnderWay;
    // A goodbye in either direction is no place for an acknowledgement that is held back.
    if (isEnding && (this.#isGoodbyeDue || this.#farewell.isGoodbyeAckDue(acks.settled))) acks.ask();
    connection.writeControl(nowMs);
    this.#departure.write(writer);
    while (acks.hasDetail) {
      const { ack, detail } = acks.takeDetailed(nowMs, connection.peer!.frameMaxBytes);
      writer.ack(ack, detail);
    }
    if (this.#refusalsRead > 0) writer.refusalAck(this.#refusalsRead);
    this.#refusalsRead = 0;
    this.volatile.write(writer, this.#sender.isReady ? VOLATILE_SHARE_BYTES : WRITE_MAX_BYTES, this.#takeAck, nowMs);
    this.#sender.write(writer, WRITE_MAX_BYTES, this.#takeAck, nowMs);
    if (acks.isDue(nowMs)) writer.ack(acks.takeBlock(nowMs), null, acks.takePartial());
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

  /** The goodbye has had its time. When the peer wanted it, has had all answers and owes none, only its last word is missing: it has gone. */
  #endInTime(): void {
    const isOver = this.#farewell.isAnswered && this.#sender.undecided === 0;
    this.#close(isOver ? this.#farewell.cause : { kind: 'timeout', of: 'close', silentFor: 0 }, 'abort');
  }

  #finishFarewell(): void {
    if (!this.#farewell.isComplete) return;
    if (this.#farewell.hasBegun || !this.#departure.isInvited) this.#close(this.#farewell.cause, 'end');
    else this.#moveOn();
  }

  /** The peer has left in order and asked us to come again: a new session takes the place of this one, when its time has come. */
  #moveOn(): void {
    const { cause } = this.#departure;
    this.#connection!.close();
    this.#status = 'suspended';
    this.volatile.withdraw();
    this.#renew(cause.kind);
    this.#armAck();
    this.#events.push({ type: 'suspended', cause, link: 'end' });
  }

  /** The connection is over, or was not made. */
  #lose(cause: CloseCause, link: LinkAction, nowMs: number): void {
    if (this.#status === 'closed') return;
    this.#connection?.close();
    if (!isLineFailure(cause)) return this.#close(cause, link);
    if (this.#status === 'open') return this.#suspend(cause, link, nowMs);
    if (!this.#options.redials) {
      // A session that waits for its client knows that its connection is over.
      return this.#status === 'suspended' ? undefined : this.#close(cause, link);
    }
    if (cause.kind === 'refused' && cause.code === 'ERR_HW_RESUME_STALE')
      return this.#close({ kind: 'superseded' }, link);
    if (cause.kind === 'refused' && NOT_RESUMABLE.has(cause.code) && this.#terms !== null) {
      if (this.#farewell.hasBegun) return this.#close(cause, link);
      this.#renew(cause.code);
    }
    this.#events.push({ type: 'failed', cause, link });
  }

  /** What the peer still knows of this session decides what it can. Returns whether the peer has come to the same end that was begun here. */
  #isConcludedBy(tombstone: Tombstone): boolean {
    if (this.#terms === null || !this.mayResume(tombstone)) return false;
    try {
      this.#sender.conclude(tombstone.received, decodeLastWords(tombstone.lastWords));
    } catch (error) {
      // Words that make no sense prove nothing.
      if (!(error instanceof HeartwireError)) throw error;
    }
    return this.#farewell.hasBegun && tombstone.isGoodbyeDone && this.#sender.undecided === 0;
  }

  #suspend(cause: CloseCause, link: LinkAction, nowMs: number): void {
    const { redials } = this.#options;
    const windowMs = this.#isConfirmed ? (this.#terms?.windowMs ?? 0) : 0;
    const mayResume = windowMs > 0;
    if (!mayResume && (!redials || this.#farewell.hasBegun)) return this.#close(cause, link);
    this.#status = 'suspended';
    this.volatile.withdraw();
    if (!mayResume) this.#renew(`the connection ended: ${cause.kind}`);
    if (!redials) this.#deadlines.set('expire', nowMs + windowMs);
    this.#armAck();
    this.#events.push({ type: 'suspended', cause, link });
  }

  /** What cannot be resumed gives way to a new session; what was never written goes out there. */
  #renew(cause: string): void {
    this.#earlierProgress = this.progress;
    const doubtful = this.#sender.renew(cause);
    this.#events.push({ type: 'gap', doubtful, received: this.#receiver.acks.received });
    this.#terms = null;
    this.#isConfirmed = false;
    this.#farewell.renew();
    this.#departure.renew();
    this.#sender.isHeld = false;
    this.#farewell.endsSending = this.#isEnding;
    this.#receiver = new Receiver(this.#options.announcement, this.#receiver.inbox);
  }

  #close(cause: CloseCause, link: LinkAction): void {
    if (this.#status === 'closed') return;
    this.#status = 'closed';
    this.#deadlines.stopAll();
    this.#expiries.clear();
    this.#connection?.close();
    this.#sender.end(`the connection ended: ${cause.kind}`);
    this.#events.push(...this.volatile.end(), { type: 'closed', cause, link });
  }

  #armAck(): void {
    const { acks } = this.#receiver;
    this.#deadlines.set('ack', acks.isBehind && this.#status === 'open' ? acks.deadlineMs : Infinity);
  }
}

function unexpected(detail: string): HeartwireError {
  return new HeartwireError('ERR_HW_UNEXPECTED_FRAME', { by: 'remote', detail });
}
