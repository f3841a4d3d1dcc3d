/**
 * Runs one session: feeds its machine with bytes, time and calls, and carries out what comes of it.
 *
 *     link -> connection -> session -> consumers, deliveries, streams
 *     send -> session -> connection -> link
 *
 * Whatever happens in a turn is collected; at the end of the turn everything leaves in one write. One thing does not wait for that: the acknowledgement of a chunk
 * whose handlers have all finished, because somebody waits for it, and the end of the turn is some microseconds away. There is one timer, for the earliest
 * deadline.
 */
import type { Connection } from '../connection/connection.ts';
import type { LivenessStatus } from '../connection/liveness.ts';
import type { CloseCause } from '../errors/close-cause.ts';
import { withEvidence } from '../errors/with-evidence.ts';
import { HeartwireError } from '../errors/heartwire-error.ts';
import type { IncomingMessage } from '../session/incoming-message.ts';
import type { GapEvent, LinkAction, SessionMachineEvent } from '../session/session-event.ts';
import type { OutgoingMessage } from '../session/outgoing-message.ts';
import { GOAWAY_SUPERSEDED } from '../session/departure.ts';
import type { FarewellOptions, SessionTerms } from '../session/session-options.ts';
import { Session } from '../session/session.ts';
import type { Verdict } from '../session/verdict.ts';
import type { IncomingVolatile } from '../session/volatile-inbox.ts';
import type { OutgoingVolatile } from '../session/volatile-outbox.ts';
import type { Position } from '../connection/handshake.ts';
import { Attachment, type AttachmentOwner } from './attachment.ts';
import type { BudgetAccount } from './byte-budget.ts';
import type { Consumers } from './consumers.ts';
import { DeadlineTimer } from './deadline-timer.ts';
import type {
  Dial,
  DialGoal,
  DriverListener,
  FollowedMessage,
  MadeLink,
  SecondConnection,
  SecondConnectionHost,
} from './driver-contract.ts';
import type { ResolvedOptions } from './options.ts';
import type { OutgoingLink } from './outgoing-link.ts';
import { OutcomeTally } from './outcome-tally.ts';
import { decodePayload } from './payload.ts';
import { PendingPings } from './pending-pings.ts';
import { afterThis, atEndOfTurn, soon } from './platform.ts';
import { RoomWaiters } from './room-waiters.ts';
import { SessionEnding } from './session-ending.ts';
import { SessionStreams } from './session-streams.ts';

/** What the first connection may bring while a second one shakes hands: more than the peer has in flight by default. */
const HELD_MAX_BYTES = 524_288;

export class SessionDriver implements AttachmentOwner, DialGoal, SecondConnectionHost {
  readonly options: ResolvedOptions;
  readonly session: Session;
  readonly streams: SessionStreams;
  /** One for each call that ends the session. */
  readonly #tallies: OutcomeTally[] = [];
  readonly #listener: DriverListener;
  readonly #timer: DeadlineTimer;
  readonly #pings: PendingPings;
  #consumers: Consumers | null = null;
  #attachment: Attachment | null = null;
  /** Links that are not the session's, any more or yet, and that are not gone. */
  #formerLinks = 0;
  /** Client: what makes a second connection when the peer falls silent; null: nothing does. */
  #second: SecondConnection | null = null;
  /** The dial that is under way, if one is. */
  #dial: Dial | null = null;
  readonly #roomWaiters = new RoomWaiters();
  #isFlushScheduled = false;
  /** A chunk or a deadline is being worked off; what is to be written is decided afterwards. */
  #willFlush = false;
  /** An answer was written at once in this turn. */
  #hasAnswered = false;
  readonly #allowAnswer = (): void => {
    this.#hasAnswered = false;
  };
  readonly #flushAtEndOfTurn = atEndOfTurn(() => {
    this.#isFlushScheduled = false;
    this.#flush();
  });
  /** The number of the connection, or of the dial, that was the last. */
  #epoch = 0;
  #isStarting = false;
  readonly #ending: SessionEnding;
  readonly #account: BudgetAccount | undefined;
  readonly #redials: boolean;

  constructor(options: ResolvedOptions, redials: boolean, listener: DriverListener) {
    const { announcement, limits, unhandled, codec, clock } = options;
    this.options = options;
    this.#redials = redials;
    this.#listener = listener;
    this.#account = options.budget?.open();
    this.session = new Session({
      announcement,
      outbox: { maxMessages: limits.outboxMaxMessages, maxBytes: limits.outboxMaxBytes },
      inFlightMaxBytes: limits.inFlightMaxBytes,
      unhandled,
      volatileMaxKeys: limits.volatileMaxKeys,
      decodeData: (data) => decodePayload(codec, data),
      sendTimeoutMs: options.sendTimeoutMs,
      redials,
    });
    this.streams = new SessionStreams(clock);
    this.#pings = new PendingPings(clock);
    const { inbox, volatile } = this.session;
    const waiting = {
      get isEmpty() {
        return inbox.isEmpty && volatile.inbox.isEmpty;
      },
    };
    this.#ending = new SessionEnding(clock, waiting, (cause) => this.#report(cause));
    this.#timer = new DeadlineTimer(clock, {
      nextMs: () =>
        Math.min(
          this.session.nextDeadlineMs,
          this.streams.liveness.nextDeadlineMs,
          this.#second?.nextDeadlineMs ?? Infinity,
        ),
      onDue: (isDoubtful) => this.#handleDeadline(isDoubtful),
      onStall: (stalledMs) => this.#handleStall(stalledMs),
    });
  }

  /** Who handles messages; set once, before anything arrives. */
  set consumers(consumers: Consumers) {
    this.#consumers = consumers;
  }

  /** Client: who races; set once, before there is a connection. */
  set second(second: SecondConnection) {
    this.#second = second;
  }

  get hasEnded(): boolean {
    return this.#ending.hasBegun;
  }

  /** The verdict on the peer of the connection that stands; null: none does. */
  get livenessStatus(): LivenessStatus | null {
    if (this.#attachment === null || this.#attachment.link.isGone) return null;
    return this.session.connection?.livenessStatus ?? null;
  }

  /** Client: a connection is being made, the session's attempt number `epoch`. */
  dialing(dial: Dial, address: string, epoch: number): void {
    this.#dial = dial;
    this.#epoch = epoch;
    this.streams.connection.set({ phase: 'dialing', address });
  }

  /** Client: no connection came of the dial. */
  dialFailed(cause: CloseCause): void {
    this.#dial = null;
    this.#gone(cause);
  }

  /** Client: the link stands, and its connection shakes hands for the session. A link that nobody wants any more has to go all the same. */
  made({ link, greet, introduce }: MadeLink): Attachment {
    this.#dial = null;
    if (this.hasEnded) {
      const attachment = this.#use(link);
      link.abort();
      return attachment;
    }
    introduce();
    const connection = greet();
    const attachment = this.#use(link);
    this.session.attach(connection);
    this.#pump();
    return attachment;
  }

  /** Server: `connection` over `link` carries the session, which is new. */
  open(connection: Connection, link: OutgoingLink, terms: SessionTerms): Attachment {
    this.#epoch = connection.epoch;
    const attachment = this.#use(link);
    this.#writeWelcome(connection, link);
    this.session.open(connection, terms);
    this.#pump();
    return attachment;
  }

  /** Server: `connection` over `link` carries the session from now on, and no other one does. */
  resume(connection: Connection, link: OutgoingLink, position: Position): Attachment {
    this.#replaceAttachment();
    this.#epoch = connection.epoch;
    const attachment = this.#use(link);
    this.#writeWelcome(connection, link);
    this.session.resume(connection, position);
    this.#pump();
    return attachment;
  }

  /**
   * It leaves alone. A transport that hands over whole messages would keep it back until all the data behind it have arrived, and the client takes the time
   * until it comes for the round trip.
   */
  #writeWelcome(connection: Connection, link: OutgoingLink): void {
    const welcome = connection.takeOutgoing(this.options.clock.now());
    if (welcome !== null) link.write(welcome);
  }

  // What a second connection does to the first one.

  expectFormerLink(): void {
    this.#formerLinks += 1;
  }

  wake(): void {
    this.#scheduleFlush();
  }

  hold(): void {
    this.#attachment!.hold(HELD_MAX_BYTES);
    this.session.holdConnection();
  }

  /** Times of what was not read say nothing of the way, so they count as a stall of ours. */
  release(): void {
    const held = this.#attachment!.takeHeld()!;
    this.session.releaseConnection();
    if (held.isTooMuch) {
      this.#lost({ kind: 'lost' }, 'abort');
      if (held.goneCause !== null) this.linkGone(held.goneCause);
      return;
    }
    if (held.chunks.length > 0) this.session.connection!.stalled(0, this.options.clock.now());
    for (const chunk of held.chunks) this.received(chunk);
    if (held.hasReadEnd) this.readEnded();
    if (held.goneCause !== null) this.linkGone(held.goneCause);
    this.#scheduleFlush();
  }

  switchTo(connection: Connection, attachment: Attachment): void {
    const former = this.#attachment!;
    // Their numbers begin anew on the other connection.
    this.#pings.rejectAll();
    former.replace();
    // The one that takes its place is among the former links until now.
    if (former.link.isGone) this.#formerLinks -= 1;
    else former.link.abort();
    const nowMs = this.options.clock.now();
    this.#epoch = connection.epoch;
    this.streams.heardAtMs = nowMs;
    attachment.handOver(this);
    this.#show(attachment);
    this.session.switchTo(connection, nowMs);
    this.#pump(nowMs);
  }

  // What the link says.

  received(chunk: Uint8Array): void {
    const nowMs = this.options.clock.now();
    this.streams.heardAtMs = nowMs;
    if (this.#ending.hasBegun) return;
    this.#second?.heard(nowMs, false);
    let isTold = false;
    let isAnswerable = true;
    this.#willFlush = true;
    try {
      this.session.receiveBytes(chunk, nowMs);
      isAnswerable = this.session.takeAnswerable();
      // The answer to a PING starts no handler and moves no message.
      if (isAnswerable) isTold = this.#pump(nowMs);
      else this.#applyAll();
      this.streams.liveness.heard(nowMs);
    } finally {
      this.#willFlush = false;
    }
    if (this.#timer.look(nowMs)) this.session.tellAtOnce();
    else if (!isAnswerable) return this.#armTimer();
    // Whoever was told may have more to say in this turn; where nobody was, and no handler is at work, the acknowledgement need not wait for its end.
    if (!isTold && !this.#isFlushScheduled && !this.#hasAnswered && this.session.isWhollyAnswered)
      this.#answerAtOnce(nowMs);
    else this.#scheduleFlush();
  }

  #answerAtOnce(nowMs: number): void {
    this.#hasAnswered = true;
    afterThis(this.#allowAnswer);
    this.#flush(nowMs);
  }

  overheard(): void {
    const nowMs = this.options.clock.now();
    this.streams.heardAtMs = nowMs;
    this.session.hear(nowMs);
    this.#pump(nowMs);
  }

  drained(): void {
    this.#scheduleFlush();
  }

  endpointAnswered(): void {
    this.session.endpointAnswered(this.options.clock.now());
    this.#pump();
  }

  readEnded(): void {
    const link = this.#attachment?.link;
    if (link?.isGone === false) {
      this.streams.connection.set({
        phase: 'half-closed',
        readable: false,
        writable: !link.isEnded,
        epoch: this.#epoch,
      });
    }
    if (this.#ending.hasBegun) return;
    this.session.receiveEnd(this.options.clock.now());
    this.#pump();
  }

  linkGone(transportCause: CloseCause): void {
    const { cause } = this.#attachment!;
    this.#attachment = null;
    this.streams.freezeLiveness();
    this.#gone(cause === null ? transportCause : withEvidence(cause, transportCause.evidence));
  }

  formerLinkGone(): void {
    this.#formerLinks -= 1;
    if (this.#ending.hasBegun) this.#endWithoutLink(null);
  }

  // What the application asks for.

  send(message: FollowedMessage, nowMs: number): void {
    this.session.send(message, nowMs);
    if (message.stage === 'failed') this.#tellProgress(nowMs);
    else this.#scheduleFlush();
  }

  /** Its sender does not want it any more. */
  cancel(message: OutgoingMessage): void {
    this.session.withdraw(message, this.options.clock.now());
    this.#pump();
  }

  sendVolatile(value: OutgoingVolatile): void {
    this.session.sendVolatile(value);
    this.#scheduleFlush();
  }

  /** The same for a value that others get, too: that one peer does not take it is no mistake of the caller. */
  shareVolatile(value: OutgoingVolatile): void {
    try {
      this.session.sendVolatile(value);
    } catch (error) {
      if (!(error instanceof HeartwireError)) throw error;
      this.session.volatile.drops.add('too-large');
    }
    this.#scheduleFlush();
  }

  finishVolatile(value: IncomingVolatile): void {
    this.session.volatile.inbox.finish(value);
    this.#startReady();
    this.#scheduleFlush();
  }

  /** Whether a consumer may begin this message now; if not, that is settled. */
  begin(message: IncomingMessage): boolean {
    // Only those that expire cost a look at the clock.
    const nowMs = message.expiresAtMs === Infinity ? 0 : this.options.clock.now();
    if (this.session.begin(message, nowMs)) return true;
    this.#startReady();
    this.#scheduleFlush();
    return false;
  }

  settle(message: IncomingMessage, verdict: Verdict): void {
    this.session.settle(message, verdict);
    this.#startReady();
    this.#scheduleFlush();
  }

  /** A consumer came: what was held for it may start. */
  consumerAdded(): void {
    this.#startReady();
  }

  /** Returns what counts the messages whose fate is decided from now on. */
  sayGoodbye(options: FarewellOptions): OutcomeTally {
    const tally = new OutcomeTally();
    // What is sent to a session that is over is no part of how it ended.
    if (this.streams.state.stream.value.status !== 'closed') this.#tallies.push(tally);
    this.session.sayGoodbye(options, this.options.clock.now());
    this.#pump();
    return tally;
  }

  endSending(): void {
    this.session.endSending();
    this.#pump();
  }

  destroy(cause: CloseCause): void {
    this.session.destroy(cause);
    this.#pump();
  }

  /** The server keeps too much, and this is to go, with all that is kept for it. */
  evict(cause: CloseCause): void {
    this.#account?.close();
    this.destroy(cause);
  }

  /** There will be no other connection. */
  giveUp(cause: CloseCause): void {
    this.session.end(cause);
    this.#pump();
  }

  ping(timeoutMs: number): Promise<{ rtt: number }> {
    const { connection } = this.session;
    if (connection === null || connection.state !== 'open') {
      return Promise.reject(new HeartwireError('ERR_HW_SESSION_CLOSED', { by: 'local', detail: 'it is not open' }));
    }
    const nonce = connection.ping(this.options.clock.now());
    this.#scheduleFlush();
    return this.#pings.add(nonce, timeoutMs);
  }

  writable(): Promise<void> {
    return this.#isWritingWelcome ? Promise.resolve() : this.#roomWaiters.wait();
  }

  /** Client: we may have been away, or the network is another one. The peer is asked whether the way is still there. */
  woken(): void {
    const { connection } = this.session;
    if (connection?.state !== 'open') return;
    const nowMs = this.options.clock.now();
    // Where there is no other connection to go on with, to ask is all that can be done.
    if (this.#second === null || this.session.resumption === null) connection.ping(nowMs);
    else this.#second.woken(nowMs);
    this.#scheduleFlush();
  }

  // What comes of it.

  /** We stood still; what the peer said meanwhile has not been read yet. */
  #handleStall(stalledMs: number): void {
    const { connection } = this.session;
    if (connection === null) return;
    const nowMs = this.options.clock.now();
    this.session.stalled(stalledMs, nowMs);
    this.#second?.stalled(stalledMs, nowMs);
    // Before it is open nobody knows anything of the peer.
    if (connection.state === 'open') this.streams.updateLiveness(connection);
  }

  #handleDeadline(isDoubtful: boolean): void {
    const nowMs = this.options.clock.now();
    if (isDoubtful) this.session.connection?.doubt();
    this.session.handleDeadline(nowMs);
    this.streams.liveness.handleDeadline(nowMs);
    this.#willFlush = true;
    try {
      this.#pump(nowMs);
      this.#second?.handleDeadline(nowMs);
    } finally {
      this.#willFlush = false;
    }
    this.#flush(nowMs);
  }

  /** Returns whether a message of ours moved. */
  #pump(nowMs: number = this.options.clock.now()): boolean {
    this.#applyAll();
    this.#startReady();
    const isTold = this.#tellProgress(nowMs);
    this.#scheduleFlush();
    return isTold;
  }

  #applyAll(): void {
    for (const event of this.session.takeEvents()) this.#apply(event);
  }

  #apply(event: SessionMachineEvent): void {
    const connection = this.session.connection;
    switch (event.type) {
      case 'opened':
        return this.#opened(connection!, event.id, event.resumed);
      case 'suspended':
      case 'failed':
        if (this.#second?.lost(this.options.clock.now()) === true) return this.#listener.underWay(event.cause);
        return this.#lost(event.cause, event.link);
      case 'gap':
        return this.#tellGap(event);
      case 'half-closed':
        if (event.by === 'peer') this.#endInput();
        return this.streams.events.next(event);
      case 'going-away': {
        const { deadlineMs, reconnectMinMs, reason } = event.frame;
        return this.streams.events.next({
          type: 'going-away',
          reason,
          within: deadlineMs,
          reconnectAfter: reconnectMinMs,
        });
      }
      case 'draining':
        return this.streams.state.set({ status: 'draining', unsettled: this.session.undecided });
      case 'pong':
        this.#second?.heard(this.options.clock.now(), true);
        return this.#pings.answer(event.nonce, event.rttMs);
      case 'ask-endpoint':
        return this.#attachment?.link.ping();
      case 'liveness':
        this.streams.updateLiveness(connection!);
        if (event.status === 'stalled') this.streams.events.next({ type: 'stalled' });
        return this.#second?.judged(event.status, this.options.clock.now());
      case 'backlog':
        this.streams.tellBacklog(event.isThere);
        if (event.isThere) this.streams.events.next({ type: 'backlogged', undecided: this.session.undecided });
        return;
      case 'limit':
        return this.streams.events.next(event);
      case 'closed':
        return this.#end(event.cause, event.link);
    }
  }

  /** What has become known at the same time is no part of it, and is told before. */
  #tellGap({ doubtful, received }: GapEvent): void {
    this.#tellResolved();
    const sent = doubtful.length === 0 ? null : { from: doubtful[0]!, to: doubtful.at(-1)! };
    this.streams.events.next({ type: 'gap', sent, received });
  }

  /** What came before the end of the peer's direction comes before the end of those who iterate. */
  #endInput(): void {
    // A new session under the same object would bring more.
    if (this.#redials) return;
    this.#startReady();
    this.#consumers!.endInput();
  }

  #opened(connection: Connection, id: string | null, resumed: boolean): void {
    this.#listener.opened(connection, id);
    const { status } = this.session;
    if (status === 'open') this.streams.state.set({ status, epoch: connection.epoch, resumed });
    if (resumed) this.streams.events.next({ type: 'resumed' });
    const degraded = this.#attachment?.link.info.degraded;
    // Later, because a server introduces its session in this turn, and nobody listens before that.
    if (degraded !== undefined) soon(() => this.streams.tellDegradations(degraded));
    this.streams.updateLiveness(connection);
  }

  /** The protocol has given the connection up. That its link is gone is told by the link. */
  #lost(cause: CloseCause, action: LinkAction): void {
    const attachment = this.#attachment;
    this.#pings.rejectAll();
    if (attachment === null) return;
    attachment.cause ??= cause;
    if (action === 'abort') attachment.link.abort();
    if (action === 'end') this.#endLink(attachment.link);
  }

  /** Neither a link nor a dial is left. */
  #gone(cause: CloseCause): void {
    if (!this.#ending.hasBegun) this.session.connectionLost(cause, this.options.clock.now());
    this.#pump();
    if (this.#ending.hasBegun) return this.#endWithoutLink(cause);
    this.streams.connection.set({ phase: 'closed', cause, epoch: this.#epoch });
    // Whoever was told may have ended the session.
    if (!this.hasEnded) this.#listener.waiting(cause);
  }

  #use(link: OutgoingLink): Attachment {
    return this.#show(new Attachment(this, link));
  }

  #show(attachment: Attachment): Attachment {
    this.#attachment = attachment;
    this.streams.connection.set({ phase: 'open', readable: true, writable: true, epoch: this.#epoch });
    return attachment;
  }

  /** The older connection learns that it is not the one any more, and whatever it says from now on is not heard. */
  #replaceAttachment(): void {
    const attachment = this.#attachment;
    if (attachment === null) return;
    this.#pings.rejectAll();
    attachment.replace();
    this.#formerLinks += 1;
    const writer = this.session.connection?.writer;
    if (writer !== undefined) {
      writer.goaway(GOAWAY_SUPERSEDED, 0, 0, 0, 'another connection has the session now');
      const last = writer.take();
      if (last !== null) attachment.link.write(last);
    }
    this.session.connection?.close();
    attachment.link.end();
  }

  #startReady(): void {
    const consumers = this.#consumers;
    // A handler that finishes at once leads back here: its successor is started by the loop, not on top of its stack.
    if (consumers === null || this.#isStarting) return;
    this.#isStarting = true;
    for (;;) {
      const ready = this.session.takeReady();
      const values = this.session.volatile.inbox.takeReady();
      if (ready.length === 0 && values.length === 0) break;
      for (const message of ready) consumers.start(message);
      for (const value of values) consumers.startVolatile(value);
    }
    this.#isStarting = false;
    this.#ending.reportWhenDrained();
  }

  #tellProgress(nowMs: number): boolean {
    this.#tellResolved();
    const progress = this.session.takeProgress();
    if (progress.length === 0) return false;
    for (const message of progress as FollowedMessage[]) {
      // A message that made several steps at once stands in the list several times; it is told and counted once.
      if (!message.tell(nowMs) || !message.isDecided) continue;
      for (const tally of this.#tallies) tally.count(message);
      if (message.error !== null) {
        this.streams.events.next({ type: 'undelivered', message: message.name, error: message.error });
      }
    }
    if (this.session.status === 'draining') {
      this.streams.state.set({ status: 'draining', unsettled: this.session.undecided });
    }
    if (this.#isWritingWelcome) this.#roomWaiters.wakeAll();
    return true;
  }

  /** Proofs that came late. */
  #tellResolved(): void {
    const resolved = this.session.takeResolved();
    if (resolved.length === 0) return;
    for (const message of resolved) {
      for (const tally of this.#tallies) tally.correct(message);
      const outcome = message.error?.outcome ?? 'handled';
      this.streams.events.next({ type: 'resolved', message: message.name, id: message.id, outcome });
    }
  }

  #scheduleFlush(): void {
    if (this.#isFlushScheduled || this.#willFlush) return;
    // Where nothing can be written there is no flush that would look after the timer.
    if (this.#attachment === null || this.#attachment.link.isGone) {
      this.#listener.changed();
      return this.#armTimer();
    }
    this.#isFlushScheduled = true;
    this.#flushAtEndOfTurn();
  }

  #armTimer(): void {
    this.#account?.update(this.session.ownBytes);
    if (!this.#ending.hasBegun) this.#timer.update();
  }

  #flush(nowMs: number = this.options.clock.now()): void {
    this.#write(nowMs);
    this.#applyAll();
    this.#armTimer();
  }

  /** Everything that may be sent now, as far as the link takes it. */
  #write(nowMs: number): void {
    const link = this.#attachment?.link;
    if (link === undefined) return;
    do {
      if (!link.isWritable) break;
      const bytes = this.session.takeOutgoing(nowMs);
      if (bytes !== null) link.write(bytes);
      this.#tellProgress(nowMs);
    } while (this.session.hasMore);
  }

  /** Nobody waits for room in a session that has ended. */
  get #isWritingWelcome(): boolean {
    return this.session.hasRoom || this.#ending.hasBegun;
  }

  /** The session is over. What the machine still has to say goes out before the link ends. */
  #end(cause: CloseCause, action: LinkAction): void {
    this.#ending.begin(cause);
    this.#timer.stop();
    this.#tellProgress(this.options.clock.now());
    this.#roomWaiters.wakeAll();
    this.#pings.rejectAll();
    this.#second?.stop(this.options.clock.now());
    this.#attachment?.takeHeld();
    if (this.#dial !== null) return this.#dial.abandon();
    const link = this.#attachment?.link;
    if (link === undefined || link.isGone) return this.#endWithoutLink(null);
    if (action === 'abort') return link.abort();
    if (action === 'end') this.#endLink(link);
  }

  /** What the machine still has to say goes out first. */
  #endLink(link: OutgoingLink): void {
    const last = this.session.takeOutgoing(this.options.clock.now());
    if (last !== null) link.write(last);
    link.end();
    const { value } = this.streams.connection;
    this.streams.connection.set({
      phase: 'half-closed',
      readable: value.phase !== 'half-closed' || value.readable,
      writable: false,
      epoch: this.#epoch,
    });
  }

  #endWithoutLink(transportCause: CloseCause | null): void {
    if (this.#attachment?.link.isGone === false || this.#formerLinks > 0) return;
    this.#ending.linkGone(transportCause);
    if (transportCause !== null)
      this.streams.connection.set({ phase: 'closed', cause: this.#ending.cause!, epoch: this.#epoch });
    this.#ending.reportWhenDrained();
  }

  #report(cause: CloseCause): void {
    this.session.abandon();
    this.#account?.close();
    if (this.streams.connection.value.phase !== 'closed')
      this.streams.connection.set({ phase: 'closed', cause, epoch: this.#epoch });
    this.#tallies.length = 0;
    this.streams.state.set({ status: 'closed', cause });
    // After that, so that whoever hears that nothing more comes can see why.
    this.#consumers?.end();
    this.#listener.closed(cause);
    this.streams.complete();
  }
}
