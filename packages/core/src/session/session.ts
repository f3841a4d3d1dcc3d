/**
 * One pair of memories that talk: what waits, what is in flight, what was received, and how it all ends.
 *
 * This file only routes. The sender owns what goes out, the intake what comes in, the turn what is written and in which order, the farewell and the departure
 * how it ends, the connection the link. A session outlives its connections: when one is lost it is suspended, and goes on over the next one from the positions of both sides. Like
 * everything below the runtime it has no clock: bytes, calls and the time come in; bytes, events and the next deadline go out. PROTOCOL.md §7 to §14, §19 to §22.
 */
import type { ConnectionEvent, SessionFrame } from '../connection/connection-event.ts';
import type { Connection } from '../connection/connection.ts';
import { DeadlineTable } from '../connection/deadline-table.ts';
import type { Position, Resumption, Tombstone, Welcome } from '../connection/handshake.ts';
import type { CloseCause } from '../errors/close-cause.ts';
import { HeartwireError } from '../errors/heartwire-error.ts';
import { isLineFailure } from '../errors/line-failure.ts';
import { FrameType } from '../wire/frame-type.ts';
import type { AckBlock, AckDetail, GoawayFrame, GoodbyeFrame } from '../wire/frame.ts';
import { Backlog } from './backlog.ts';
import { Departure, GOAWAY_LEAVING, GOAWAY_SUPERSEDED } from './departure.ts';
import { Farewell, type FarewellWords } from './farewell.ts';
import type { Inbox } from './inbox.ts';
import type { IncomingMessage } from './incoming-message.ts';
import { Intake } from './intake.ts';
import { decodeLastWords, encodeLastWords, LAST_WORDS_MAX_BYTES } from './last-words.ts';
import { notDelivered } from './outcome.ts';
import type { OutgoingMessage } from './outgoing-message.ts';
import { OutgoingTurn } from './outgoing-turn.ts';
import type { Receiver } from './receiver.ts';
import { Sender } from './sender.ts';
import type { LinkAction, SessionMachineEvent } from './session-event.ts';
import type { FarewellOptions, Progress, SessionOptions, SessionStatus, SessionTerms } from './session-options.ts';
import type { Verdict } from './verdict.ts';
import { VOLATILE_MAX_KEYS, VolatileChannel } from './volatile-channel.ts';
import type { OutgoingVolatile } from './volatile-outbox.ts';

/** What a message takes in memory besides its payload, about. */
const MESSAGE_COST_BYTES = 256;
/** How long an end that the peer began may take. */
const PEER_FAREWELL_MS = 5000;
/** What a server says that cannot go on with a session. */
const NOT_RESUMABLE: ReadonlySet<string> = new Set(['ERR_HW_RESUME_UNKNOWN', 'ERR_HW_RESUME_MISMATCH']);

const CAUGHT_UP: SessionMachineEvent = { type: 'backlog', isThere: false };

export class Session {
  readonly #options: SessionOptions;
  readonly volatile: VolatileChannel;
  readonly #farewell = new Farewell();
  readonly #departure = new Departure();
  readonly #sender: Sender;
  readonly #intake: Intake;
  readonly #turn: OutgoingTurn;
  /** We have said that we will send nothing more. */
  #isEnding = false;
  readonly #deadlines = new DeadlineTable<'close' | 'expire'>(['close', 'expire']);
  #connection: Connection | null = null;
  /** Another connection is to take the place of this one: nothing is written on it, and what it brings is a sign of life and nothing more. */
  #isConnectionHeld = false;
  #status: Exclude<SessionStatus, 'draining'> = 'connecting';
  #terms: SessionTerms | null = null;
  /** The peer is known to have the terms: before that, nobody could come back for the session. */
  #isConfirmed = false;
  /** What came through in sessions before this one. */
  #earlierProgress: Progress = { delivered: 0, received: 0 };
  readonly #backlog = new Backlog();
  #isAnswerable = false;
  #events: SessionMachineEvent[] = [];

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#sender = new Sender(options.outbox, options.decodeData, options.sendTimeoutMs, options.inFlightMaxBytes);
    this.volatile = new VolatileChannel(options.announcement, options.volatileMaxKeys ?? VOLATILE_MAX_KEYS);
    const parts = { sender: this.#sender, volatile: this.volatile, farewell: this.#farewell };
    this.#intake = new Intake(options.announcement, options.unhandled, parts);
    this.#turn = new OutgoingTurn({ ...parts, intake: this.#intake, departure: this.#departure });
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

  /** Messages of the peer that wait for a handler of ours, or whose handler runs. */
  get unsettled(): number {
    return this.#receiver.unsettled;
  }

  get progress(): Progress {
    const { delivered, received } = this.#earlierProgress;
    return { delivered: delivered + this.#sender.delivered, received: received + this.#receiver.acks.received };
  }

  /** Whether everything that the peer sent has its fate, and the peer has not been told. */
  get isWhollyAnswered(): boolean {
    const { acks } = this.#receiver;
    return acks.settled === acks.received && acks.isBehind && this.#status === 'open';
  }

  /** Whether `send` is welcome: the outbox is less than half full. */
  get hasRoom(): boolean {
    return this.#sender.hasRoom;
  }

  /** What it keeps in both directions, payloads that other sessions keep, too, not counted: the bytes of payloads, and something for each message. */
  get ownBytes(): number {
    const messages = this.#sender.undecided + this.#receiver.heldMessages;
    const payloadBytes = this.#sender.held.ownBytes + this.#receiver.heldBytes + this.volatile.heldBytes;
    return payloadBytes + messages * MESSAGE_COST_BYTES;
  }

  /** What it keeps in both directions. */
  get heldBytes(): number {
    return this.ownBytes + this.#sender.held.sharedBytes;
  }

  get nextDeadlineMs(): number {
    const { nextDeadlineMs } = this.volatile.drops;
    return Math.min(
      this.#deadlines.nextMs,
      this.#ackDeadlineMs,
      nextDeadlineMs,
      this.#intake.nextDeadlineMs,
      this.#sender.nextDeadlineMs,
      this.#backlog.deadlineMs,
      this.#connection?.nextDeadlineMs ?? Infinity,
    );
  }

  /** Client: this connection, which is still shaking hands, is to carry the session. */
  attach(connection: Connection): void {
    this.#connection = connection;
  }

  /** Client: another connection is to take the place of the one that stands. PROTOCOL.md §23. */
  holdConnection(): void {
    this.#isConnectionHeld = true;
  }

  /** Bytes came on a connection that is held. */
  hear(nowMs: number): void {
    this.#connection?.hear(nowMs);
    this.processEvents(nowMs);
  }

  /** We ourselves stood still for so long; what the peer said meanwhile has not been read yet. */
  stalled(stalledMs: number, nowMs: number): void {
    this.#connection?.stalled(stalledMs, nowMs);
    this.#backlog.discount(stalledMs);
  }

  /** Whatever is unacknowledged goes with the next write: there may be no timer in time. */
  tellAtOnce(): void {
    this.#receiver.acks.ask();
  }

  /** The peer takes in more and more, and gets nothing done. */
  get isBacklogged(): boolean {
    return this.#backlog.isThere;
  }

  /** The machinery of the transport at the other end answered. */
  endpointAnswered(nowMs: number): void {
    this.#connection?.receiveEndpointAnswer(nowMs);
    this.processEvents(nowMs);
  }

  /** Client: the one that stands goes on. */
  releaseConnection(): void {
    this.#isConnectionHeld = false;
  }

  /** Client: this connection, which has said HELLO, takes the place of the one that stands, whatever has become of it. */
  switchTo(connection: Connection, nowMs: number): void {
    this.#connection?.close();
    this.#isConnectionHeld = false;
    this.#connection = connection;
    this.processEvents(nowMs);
  }

  /** From now on this connection carries the session, which is new. */
  open(connection: Connection, terms: SessionTerms): void {
    this.#connection = connection;
    this.#terms = terms;
    this.#status = 'open';
    this.#receiver.sessionId = terms.id;
    this.#use(connection);
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
    this.#deadlines.stop('expire');
    this.#receiver.restart();
    this.#farewell.restart(position.isGoodbyeDone);
    this.#departure.restart();
    this.#use(connection);
    this.#sender.resume(connection.peer!, position.received);
    this.#events.push({ type: 'opened', id: this.#terms!.id, resumed: true });
  }

  /** The clocks of the two sides have nothing in common but the handshake. */
  #use(connection: Connection): void {
    this.#sender.originMs = connection.writtenAtMs;
    this.#intake.attach(connection);
    this.#turn.restart();
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

  /** Whether a handler may begin this message, which was ready. */
  begin(message: IncomingMessage, nowMs: number): boolean {
    return this.#intake.begin(message, nowMs);
  }

  /** A message that was ready has come to its end. */
  settle(message: IncomingMessage, verdict: Verdict): void {
    this.#intake.settle(message, verdict);
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
    // Where our direction has ended, what waits does so for the session that was to come after this one.
    if (!options.sendWaiting || !this.#farewell.mayWrite) {
      this.#sender.withdraw('the session was ended before it was written');
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
    this.#intake.abandon();
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
    this.#intake.handleDeadline(nowMs);
    if (this.#backlog.handleDeadline(nowMs)) this.#events.push({ type: 'backlog', isThere: true });
    for (const name of this.#deadlines.takeExpired(nowMs)) {
      if (name === 'close') this.#endInTime();
      if (name === 'expire') this.#close({ kind: 'expired' }, 'gone');
    }
    // An acknowledgement that is due is owed from now on; the runtime writes after every deadline.
    if (this.#ackDeadlineMs <= nowMs) this.#receiver.acks.ask();
  }

  /** Works off what the connection has to say. */
  processEvents(nowMs: number): void {
    const connection = this.#connection;
    if (connection === null) return;
    try {
      for (const event of connection.takeEvents()) this.#process(event, connection, nowMs);
      this.#intake.finishTurn();
    } catch (error) {
      if (!(error instanceof HeartwireError)) throw error;
      // The connection may have found a fault of its own further on in the same bytes; this one came first.
      connection.fail(error);
      connection.takeEvents();
      this.#close({ kind: 'protocol', error }, 'end');
    }
  }

  /** Everything that may be sent now, in one piece, or null. */
  takeOutgoing(nowMs: number): Uint8Array | null {
    const connection = this.#connection;
    if (connection === null || this.#isConnectionHeld) return null;
    if (connection.state === 'open') {
      this.#turn.write(connection, nowMs);
      this.#finishFarewell();
    }
    return connection.takeOutgoing(nowMs);
  }

  /** Whether another `takeOutgoing` would have more to give, apart from what time brings. */
  get hasMore(): boolean {
    return this.#connection?.state === 'open' && !this.#isConnectionHeld && this.#turn.hasMore;
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

  /** Whether anything was processed since the last call that may have to be answered: all but the answers to PINGs. */
  takeAnswerable(): boolean {
    const isAnswerable = this.#isAnswerable;
    this.#isAnswerable = false;
    return isAnswerable;
  }

  #process(event: ConnectionEvent, connection: Connection, nowMs: number): void {
    if (event.type !== 'pong') this.#isAnswerable = true;
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
      case 'ask-endpoint':
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
    if (frame.type === FrameType.GOAWAY) return this.#receiveGoaway(frame, nowMs);
    if (frame.type === FrameType.ACK)
      return this.#acknowledge(frame.ack, frame.detail, connection, nowMs, frame.partialBytes);
    if (frame.type === FrameType.CANCEL) return this.#intake.receiveCancel(frame, nowMs);
    if (frame.type === FrameType.REFUSAL_ACK) return this.#receiver.acks.forgetRefusals(frame.count);
    if (!this.#farewell.mayReceive) {
      const detail = 'a message or a volatile value after the goodbye';
      throw new HeartwireError('ERR_HW_UNEXPECTED_FRAME', { by: 'remote', detail });
    }
    if (frame.ack !== null) this.#acknowledge(frame.ack, null, connection, nowMs);
    this.#intake.receive(frame, nowMs);
  }

  #receiveWelcome({ session, token, windowMs, resumed }: Welcome, connection: Connection): void {
    if (resumed === null) {
      if (this.#terms !== null) this.#renew('the server began a new session');
      this.#isConfirmed = true;
      return this.open(connection, { id: session, token, windowMs });
    }
    if (session !== this.#terms?.id || !this.mayResume(resumed)) {
      throw new HeartwireError('ERR_HW_RESUME_MISMATCH', { by: 'remote', detail: `received ${resumed.received}` });
    }
    this.resume(connection, resumed);
  }

  #acknowledge(ack: AckBlock, detail: AckDetail | null, connection: Connection, nowMs: number, partialBytes = 0): void {
    this.#sender.acknowledge(ack, detail, connection, nowMs, partialBytes);
    if (detail !== null) this.#turn.readRefusals(detail.refusals.length);
    const { delivered, settledCount, isHeldByPeer } = this.#sender;
    if (this.#backlog.note(delivered, settledCount, isHeldByPeer, nowMs)) this.#events.push(CAUGHT_UP);
  }

  #receiveGoodbye(frame: GoodbyeFrame, nowMs: number): void {
    const isNews = this.#farewell.receiveGoodbye(frame, this.#receiver.acks.received);
    if (this.#farewell.hasBegun || this.#departure.isInvited) return;
    if (!frame.close) return isNews ? void this.#events.push({ type: 'half-closed', by: 'peer' }) : undefined;
    this.#sender.withdraw('the peer closed the session before it was written');
    this.volatile.withdraw();
    this.#deadlines.set('close', nowMs + PEER_FAREWELL_MS);
    this.#beginFarewell({ by: 'peer', code: frame.code, reason: frame.reason });
  }

  #receiveGoaway(frame: GoawayFrame, nowMs: number): void {
    // Another connection has the session now, and we did not make it.
    if (frame.code === GOAWAY_SUPERSEDED) return this.#close({ kind: 'superseded' }, 'end');
    if (frame.code !== GOAWAY_LEAVING || !this.#options.redials || this.#farewell.hasBegun) return;
    this.#deadlines.set('close', Math.min(this.#deadlines.get('close'), nowMs + frame.deadlineMs + PEER_FAREWELL_MS));
    if (this.#departure.isInvited) return;
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

  /** The goodbye has had its time. When the peer wanted it, has had all answers and owes none, only its last word is missing: it has gone. */
  #endInTime(): void {
    // Nobody has begun to end it here: the peer wanted to, and has not kept its word.
    if (!this.#farewell.hasBegun) return this.#status === 'open' ? this.#moveOn('abort') : undefined;
    const isOver = this.#farewell.isAnswered && this.#sender.undecided === 0;
    this.#close(isOver ? this.#farewell.cause : { kind: 'timeout', of: 'close', silentFor: 0 }, 'abort');
  }

  #finishFarewell(): void {
    if (!this.#farewell.isComplete) return;
    if (this.#farewell.hasBegun || !this.#departure.isInvited) this.#close(this.#farewell.cause, 'end');
    else this.#moveOn('end');
  }

  /** The peer has left and asked us to come again: a new session takes the place of this one, when its time has come. */
  #moveOn(link: LinkAction): void {
    const { cause } = this.#departure;
    this.#connection!.close();
    this.#status = 'suspended';
    this.volatile.withdraw();
    this.#renew(cause.kind);
    this.#events.push({ type: 'suspended', cause, link });
  }

  /** The connection is over, or was not made. */
  #lose(cause: CloseCause, link: LinkAction, nowMs: number): void {
    if (this.#status === 'closed') return;
    this.#connection?.close();
    if (this.#backlog.stop()) this.#events.push(CAUGHT_UP);
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
    this.#events.push({ type: 'suspended', cause, link });
  }

  /** What cannot be resumed gives way to a new session; what was never written goes out there. */
  #renew(cause: string): void {
    this.#earlierProgress = this.progress;
    const doubtful = this.#sender.renew(cause);
    this.#events.push({ type: 'gap', doubtful, received: this.#receiver.acks.received });
    this.#terms = null;
    this.#isConfirmed = false;
    if (!this.#farewell.hasBegun) this.#deadlines.stop('close');
    this.#farewell.renew();
    this.#departure.renew();
    this.#sender.isHeld = false;
    this.#farewell.endsSending = this.#isEnding;
    this.#intake.renew();
  }

  #close(cause: CloseCause, link: LinkAction): void {
    if (this.#status === 'closed') return;
    this.#status = 'closed';
    this.#deadlines.stopAll();
    if (this.#backlog.stop()) this.#events.push(CAUGHT_UP);
    this.#intake.close();
    this.#connection?.close();
    this.#sender.end(`the connection ended: ${cause.kind}`);
    this.#events.push(...this.volatile.end(), { type: 'closed', cause, link });
  }

  get #receiver(): Receiver {
    return this.#intake.receiver;
  }

  /** Not in the table: it changes with every chunk and every write, and is looked at once for all of them. */
  get #ackDeadlineMs(): number {
    return this.#status === 'open' && !this.#isConnectionHeld ? this.#receiver.acks.deadlineMs : Infinity;
  }
}
