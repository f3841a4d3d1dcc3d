/**
 * Runs one session: feeds its machine with bytes, time and calls, and carries out what comes of it.
 *
 *     link -> connection -> session -> consumers, deliveries, streams
 *     send -> session -> connection -> link
 *
 * Whatever happens in a turn is collected; at the end of the turn everything leaves in one write. There is one timer, for the earliest
 * deadline.
 */
import type { Connection } from '../connection/connection.ts';
import type { CloseCause } from '../errors/close-cause.ts';
import { HeartwireError } from '../errors/heartwire-error.ts';
import type { IncomingMessage } from '../session/incoming-message.ts';
import type { SessionMachineEvent } from '../session/session-event.ts';
import { Session } from '../session/session.ts';
import type { Verdict } from '../session/verdict.ts';
import type { IncomingVolatile } from '../session/volatile-inbox.ts';
import type { OutgoingVolatile } from '../session/volatile-outbox.ts';
import type { Link, LinkSink } from '../transport/transport.ts';
import type { Consumers } from './consumers.ts';
import { DeadlineTimer } from './deadline-timer.ts';
import type { Dial, DriverListener, FollowedMessage } from './driver-contract.ts';
import type { ResolvedOptions } from './options.ts';
import { OutgoingLink } from './outgoing-link.ts';
import { OutcomeTally } from './outcome-tally.ts';
import { decodePayload } from './payload.ts';
import { PendingPings } from './pending-pings.ts';
import { atEndOfTurn } from './platform.ts';
import { RoomWaiters } from './room-waiters.ts';
import { SessionEnding } from './session-ending.ts';
import { SessionStreams } from './session-streams.ts';

export class SessionDriver implements LinkSink {
  readonly options: ResolvedOptions;
  readonly session: Session;
  readonly streams: SessionStreams;
  readonly tally: OutcomeTally = new OutcomeTally();
  readonly #listener: DriverListener;
  readonly #timer: DeadlineTimer;
  readonly #pings: PendingPings;
  #consumers: Consumers | null = null;
  #link: OutgoingLink | null = null;
  /** The dial that is under way, if one is. */
  #dial: Dial | null = null;
  readonly #roomWaiters = new RoomWaiters();
  #isFlushScheduled = false;
  readonly #flushAtEndOfTurn = atEndOfTurn(() => {
    this.#isFlushScheduled = false;
    this.#flush();
  });
  #isStarting = false;
  readonly #ending: SessionEnding;

  constructor(options: ResolvedOptions, listener: DriverListener) {
    const { announcement, limits, unhandled, codec, clock } = options;
    this.options = options;
    this.#listener = listener;
    this.session = new Session({
      announcement,
      outbox: { maxMessages: limits.outboxMaxMessages, maxBytes: limits.outboxMaxBytes },
      unhandled,
      volatileMaxKeys: limits.volatileMaxKeys,
      decodeData: (data) => decodePayload(codec, data),
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
    this.#timer = new DeadlineTimer(
      clock,
      () => this.session.nextDeadlineMs,
      () => this.#handleDeadline(),
    );
  }

  /** Who handles messages; set once, before anything arrives. */
  set consumers(consumers: Consumers) {
    this.#consumers = consumers;
  }

  /** Client: from now on the transport will call, as the sink of this dial. */
  dialing(dial: Dial, address: string): void {
    this.#dial = dial;
    this.streams.connection.set({ phase: 'dialing', address });
  }

  /** From now on `connection` over `link` carries the session. */
  attach(connection: Connection, link: OutgoingLink): void {
    this.#link = link;
    this.streams.connection.set({ phase: 'open', readable: true, writable: true });
    this.session.attach(connection);
    this.#pump();
  }

  // What the transport says.

  open(link: Link): void {
    const outgoing = new OutgoingLink(link, this.options.clock);
    const dial = this.#dial;
    this.#dial = null;
    if (!this.#ending.hasBegun && dial !== null) return dial.made(outgoing);
    // The session was given up while the transport was dialing.
    this.#link = outgoing;
    outgoing.abort();
  }

  bytes(chunk: Uint8Array): void {
    const nowMs = this.options.clock.now();
    this.streams.heardAtMs = nowMs;
    if (this.#ending.hasBegun) return;
    this.session.receiveBytes(chunk, nowMs);
    this.#pump(nowMs);
  }

  drained(): void {
    this.#link?.drained();
    this.#scheduleFlush();
  }

  readEnded(): void {
    if (this.#link?.isGone === false) {
      this.streams.connection.set({ phase: 'half-closed', readable: false, writable: !this.#link.isEnded });
    }
    if (this.#ending.hasBegun) return;
    this.session.receiveEnd(this.options.clock.now());
    this.#pump();
  }

  closed(transportCause: CloseCause): void {
    this.#dial = null;
    this.#link?.gone();
    this.session.connectionLost(transportCause);
    this.#pump();
    this.#ending.linkGone(transportCause);
    this.streams.connection.set({ phase: 'closed', cause: this.#ending.cause! });
    this.#ending.reportWhenDrained();
  }

  // What the application asks for.

  send(message: FollowedMessage): void {
    this.session.send(message);
    if (message.stage === 'failed') this.#tellProgress(this.options.clock.now());
    else this.#scheduleFlush();
  }

  sendVolatile(value: OutgoingVolatile): void {
    this.session.sendVolatile(value);
    // While nothing can be written there is no flush that would look after the timer, and what was dropped is to be told.
    if (this.#link === null) this.#timer.update();
    else this.#scheduleFlush();
  }

  finishVolatile(value: IncomingVolatile): void {
    this.session.volatile.inbox.finish(value);
    this.#startReady();
    this.#scheduleFlush();
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

  sayGoodbye(code: number, reason: string, timeoutMs: number, sendWaiting: boolean): void {
    this.session.sayGoodbye({ code, reason, timeoutMs, sendWaiting }, this.options.clock.now());
    this.#pump();
  }

  destroy(cause: CloseCause): void {
    this.session.destroy(cause);
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

  // What comes of it.

  #handleDeadline(): void {
    this.session.handleDeadline(this.options.clock.now());
    this.#pump();
    this.#flush();
  }

  #pump(nowMs: number = this.options.clock.now()): void {
    for (const event of this.session.takeEvents()) this.#apply(event);
    this.#startReady();
    this.#tellProgress(nowMs);
    this.#scheduleFlush();
  }

  #apply(event: SessionMachineEvent): void {
    const connection = this.session.connection;
    switch (event.type) {
      case 'opened':
        this.#listener.opened(connection!, event.id);
        this.streams.state.set({ status: 'open' });
        return this.streams.updateLiveness(connection!);
      case 'draining':
        return this.streams.state.set({ status: 'draining', unsettled: this.session.undecided });
      case 'pong':
        this.#pings.answer(event.nonce, event.rttMs);
        return this.streams.updateLiveness(connection!);
      case 'liveness':
        return this.streams.updateLiveness(connection!);
      case 'limit':
        return this.streams.events.next(event);
      case 'closed':
        return this.#end(event.cause, event.link);
    }
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

  #tellProgress(nowMs: number): void {
    const progress = this.session.takeProgress();
    if (progress.length === 0) return;
    for (const message of progress as FollowedMessage[]) {
      // A message that made several steps at once stands in the list several times; it is told and counted once.
      if (!message.tell(nowMs) || !message.isDecided) continue;
      this.tally.count(message);
      if (message.error !== null) {
        this.streams.events.next({ type: 'undelivered', message: message.name, error: message.error });
      }
    }
    if (this.session.status === 'draining') {
      this.streams.state.set({ status: 'draining', unsettled: this.session.undecided });
    }
    if (this.#isWritingWelcome) this.#roomWaiters.wakeAll();
  }

  #scheduleFlush(): void {
    if (this.#isFlushScheduled || this.#link === null || this.#link.isGone) return;
    this.#isFlushScheduled = true;
    this.#flushAtEndOfTurn();
  }

  #flush(): void {
    const link = this.#link;
    if (link === null) return;
    const nowMs = this.options.clock.now();
    do {
      if (!link.isWritable) break;
      const bytes = this.session.takeOutgoing(nowMs);
      if (bytes !== null) link.write(bytes);
      this.#tellProgress(nowMs);
    } while (this.session.hasMore);
    for (const event of this.session.takeEvents()) this.#apply(event);
    this.#timer.update();
  }

  /** Nobody waits for room in a session that has ended. */
  get #isWritingWelcome(): boolean {
    return this.session.hasRoom || this.#ending.hasBegun;
  }

  /** The session is over. What the machine still has to say goes out before the link ends. */
  #end(cause: CloseCause, action: 'end' | 'abort' | 'gone'): void {
    this.#ending.begin(cause);
    this.#timer.stop();
    this.#tellProgress(this.options.clock.now());
    this.#roomWaiters.wakeAll();
    this.#pings.rejectAll();
    if (this.#dial !== null) return this.#dial.abandon();
    const link = this.#link;
    if (action === 'gone') return;
    if (link === null || link.isGone) return this.#endWithoutLink();
    if (action === 'abort') return link.abort();
    const last = this.session.takeOutgoing(this.options.clock.now());
    if (last !== null) link.write(last);
    link.end();
    const { value } = this.streams.connection;
    this.streams.connection.set({
      phase: 'half-closed',
      readable: value.phase !== 'half-closed' || value.readable,
      writable: false,
    });
  }

  /** There never was a connection, so nobody else will say that it is gone. */
  #endWithoutLink(): void {
    this.#ending.linkGone(null);
    this.#ending.reportWhenDrained();
  }

  #report(cause: CloseCause): void {
    this.session.inbox.clear();
    this.session.volatile.inbox.clear();
    this.#consumers?.end();
    if (this.streams.connection.value.phase !== 'closed') this.streams.connection.set({ phase: 'closed', cause });
    this.streams.state.set({ status: 'closed', cause });
    this.#listener.closed(cause);
    this.streams.complete();
  }
}
