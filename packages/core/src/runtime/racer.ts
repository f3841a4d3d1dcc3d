/**
 * Carries out what the race decides (session/race.ts, PROTOCOL.md §23): asks the silent peer, has a second connection made, and routes what that one says until one of the two is the session's.
 *
 * A link that is made and not used any more is nobody's, and the session waits until it is gone.
 */
import type { Connection } from '../connection/connection.ts';
import type { LivenessStatus } from '../connection/liveness.ts';
import type { CloseCause } from '../errors/close-cause.ts';
import { Race, probeTimeoutMs, type RaceAct, type RaceEvent } from '../session/race.ts';
import { Attachment, type AttachmentOwner } from './attachment.ts';
import type { Dial, DialGoal, MadeLink, SecondConnection, SecondConnectionHost } from './driver-contract.ts';
import type { OutgoingLink } from './outgoing-link.ts';
import type { ReconnectPolicy } from './reconnect-policy.ts';

export interface RacerOptions {
  /** Makes a connection beside the one that stands. */
  readonly dialBeside: (goal: DialGoal) => void;
  /** How long to rest after one that came to nothing. */
  readonly pauses: ReconnectPolicy;
}

/** What comes so soon after we were away may have lain unread for long, and proves nothing; the answer to our PING does, however soon. */
const UNREAD_MS = 250;
/** No rest is shorter, whatever the options say: the old connection gets its time, too. */
const REST_MIN_MS = 500;

export class Racer implements SecondConnection, AttachmentOwner {
  readonly #host: SecondConnectionHost;
  readonly #how: RacerOptions;
  readonly #race = new Race();
  #wokenAtMs = -Infinity;
  /** The dial that is wanted; whatever comes of an older one is nobody's. */
  #goal: DialGoal | null = null;
  #dial: Dial | null = null;
  /** The second connection while it shakes hands. */
  #second: { readonly connection: Connection; readonly attachment: Attachment; readonly made: MadeLink } | null = null;

  constructor(host: SecondConnectionHost, how: RacerOptions) {
    this.#host = host;
    this.#how = how;
  }

  get nextDeadlineMs(): number {
    return Math.min(this.#race.nextDeadlineMs, this.#second?.connection.nextDeadlineMs ?? Infinity);
  }

  judged(status: LivenessStatus, nowMs: number): void {
    // The way to one that is stalled works: it would be no less stalled at the end of another.
    if (status === 'alive' || status === 'stalled') return this.#step('heard', nowMs);
    // What cannot be gone on with elsewhere has this one connection only.
    if (status !== 'suspect' || this.#host.session.resumption === null) return;
    this.#how.pauses.stood(0, true);
    this.#step('suspected', nowMs, this.#probeMs());
  }

  stalled(stalledMs: number, nowMs: number): void {
    this.#second?.connection.stalled(stalledMs, nowMs);
    if (this.#race.state === 'probing') this.#step('stalled', nowMs, this.#probeMs());
  }

  woken(nowMs: number): void {
    if (this.#race.state === 'calm') {
      this.#how.pauses.stood(0, true);
      this.#wokenAtMs = nowMs;
    }
    this.#step('woken', nowMs, this.#probeMs());
  }

  heard(nowMs: number, isAnswer: boolean): void {
    if (this.#race.state === 'calm') return;
    if (isAnswer || nowMs - this.#wokenAtMs >= UNREAD_MS) this.#step('heard', nowMs);
  }

  handleDeadline(nowMs: number): void {
    this.#second?.connection.handleDeadline(nowMs);
    this.#watchSecond(nowMs);
    if (this.#race.nextDeadlineMs <= nowMs) this.#step('due', nowMs);
  }

  lost(nowMs: number): boolean {
    const isUnderWay = this.#second !== null;
    if (isUnderWay) this.#switch();
    else this.#step('lost', nowMs);
    return isUnderWay;
  }

  stop(nowMs: number): void {
    this.#step('lost', nowMs);
    if (this.#second === null) return;
    const { attachment } = this.#second;
    this.#second = null;
    attachment.replace();
    attachment.link.abort();
  }

  // What the second link says while it shakes hands.

  received(chunk: Uint8Array): void {
    const nowMs = this.#host.options.clock.now();
    this.#second?.connection.receiveBytes(chunk, nowMs);
    this.#watchSecond(nowMs);
  }

  overheard(): void {}

  drained(): void {}

  endpointAnswered(): void {}

  readEnded(): void {
    const { attachment } = this.#second!;
    this.#switch();
    attachment.readEnded();
  }

  linkGone(cause: CloseCause): void {
    const { attachment } = this.#second!;
    this.#switch();
    attachment.closed(cause);
  }

  formerLinkGone(): void {
    this.#host.formerLinkGone();
  }

  #step(event: RaceEvent, nowMs: number, waitMs?: number): void {
    const act = this.#race.step(event, nowMs, waitMs);
    if (act === null) return;
    this.#act(act, nowMs);
    this.#host.wake();
  }

  /** The other acts are those of whoever tells of the event. */
  #act(act: RaceAct, nowMs: number): void {
    if (act === 'probe') this.#host.session.connection!.ping(nowMs);
    if (act === 'dial') this.#start();
    if (act === 'abandon') this.#abandon();
  }

  #probeMs(): number {
    const { heartbeat, random } = this.#host.options;
    const rto0Ms = this.#host.session.connection?.roundTrip.rto0Ms ?? Infinity;
    return probeTimeoutMs(rto0Ms, heartbeat.intervalMs, random());
  }

  #start(): void {
    const goal: DialGoal = {
      dialing: (dial, _address, attempt) => {
        this.#dial = dial;
        this.#host.streams.events.next({ type: 'racing', attempt });
      },
      made: (made) => (this.#goal === goal ? this.#commit(made) : this.#discard(made.link)),
      dialFailed: (cause) => {
        this.#host.formerLinkGone();
        if (this.#goal === goal) this.#failed('failed', cause);
      },
    };
    this.#goal = goal;
    this.#host.expectFormerLink();
    this.#how.dialBeside(goal);
  }

  #abandon(): void {
    const dial = this.#dial;
    this.#goal = null;
    this.#dial = null;
    dial?.abandon();
  }

  #discard(link: OutgoingLink): Attachment {
    const attachment = new Attachment(this, link);
    attachment.replace();
    link.abort();
    return attachment;
  }

  /** The first connection is held before HELLO says where we are. */
  #commit(made: MadeLink): Attachment {
    const { clock } = this.#host.options;
    const nowMs = clock.now();
    this.#step('made', nowMs);
    this.#goal = null;
    this.#dial = null;
    this.#host.hold();
    const connection = made.greet();
    const attachment = new Attachment(this, made.link);
    this.#second = { connection, attachment, made };
    const hello = connection.takeOutgoing(nowMs);
    if (hello !== null) made.link.write(hello);
    this.#host.wake();
    return attachment;
  }

  /** Whether the second connection has come to a decision. */
  #watchSecond(nowMs: number): void {
    if (this.#second === null || this.#second.connection.state === 'awaiting-welcome') return;
    const { connection, attachment } = this.#second;
    if (connection.refusal === null) return this.#switch();
    // The server says that it has changed nothing.
    this.#second = null;
    attachment.replace();
    attachment.link.end();
    this.#failed('refused', connection.refusal, nowMs);
    this.#host.release();
    // It may have spoken while it was held, and need not do so again for long.
    if (this.#host.session.connection?.livenessStatus !== 'suspect') this.#step('heard', nowMs);
  }

  /** WELCOME has come, or one of the two connections has failed while it is open whether the server has acted on HELLO: the first one is of no use in all of these cases. */
  #switch(): void {
    const { connection, attachment, made } = this.#second!;
    this.#second = null;
    this.#step('switched', this.#host.options.clock.now());
    made.introduce();
    this.#host.switchTo(connection, attachment);
  }

  #failed(event: 'failed' | 'refused', cause: CloseCause, nowMs: number = this.#host.options.clock.now()): void {
    this.#goal = null;
    this.#dial = null;
    this.#step(event, nowMs, this.#restMs(cause));
  }

  /** What a server cannot go on with beside a connection that may still live, it cannot a moment later. */
  #restMs(cause: CloseCause): number {
    if (cause.kind === 'refused' && cause.code.startsWith('ERR_HW_RESUME_')) return Infinity;
    return Math.max(REST_MIN_MS, this.#how.pauses.delayMs(cause, null) ?? Infinity);
  }
}
