/**
 * The heartbeat of one connection: our own beats, the answers to the peer's, the round trip, and the verdict on the peer's silence.
 * PROTOCOL.md §11.
 *
 * It joins three things that know nothing of each other: when a PING of ours is due, how long the way is, and what the silence means. Deadlines are
 * lazy: bytes in either direction move them away, and only when one comes up is it looked at again.
 */
import type { FrameWriter } from '../wire/frame-writer.ts';
import type { PongFrame } from '../wire/frame.ts';
import { TICKS_PER_MS } from '../wire/wire-limit.ts';
import { BeatSchedule } from './beat-schedule.ts';
import type { ConnectionRole } from './connection-state.ts';
import { DeadlineTable } from './deadline-table.ts';
import type { Heartbeat } from './heartbeat-preset.ts';
import { Liveness, type LivenessStatus } from './liveness.ts';
import { RoundTripTime, answerTimeoutMs } from './round-trip-time.ts';
import { TokenBucket, type Rate } from './token-bucket.ts';

export interface PulseOptions {
  readonly role: ConnectionRole;
  readonly heartbeat: Heartbeat;
  /** The longest silence in force, of the peer and of ours. */
  readonly theirIntervalMs: number;
  readonly ourIntervalMs: number;
  readonly random: () => number;
}

/** PINGs whose answer is outstanding; an answer to an older one is not measured. */
const PINGS_MAX = 16;
/** Of the interval: how often the endpoint below a silent application is asked. */
const ENDPOINT_SHARE = 0.8;
/** Nonces count from 0 up to this and begin again: one byte on the wire, and far more than can be outstanding. */
export const NONCES = 64;

/** How many PONGs are written. Beyond that a PING is answered later: whoever pings much is slowed down, and never wronged. PROTOCOL.md §15. */
export const PONG_RATE: Rate = { burst: 100, perSecond: 100 };

export class Pulse {
  readonly roundTrip: RoundTripTime = new RoundTripTime();
  readonly #deadlines = new DeadlineTable<'silence' | 'beat' | 'pong' | 'endpoint'>([
    'silence',
    'beat',
    'pong',
    'endpoint',
  ]);
  readonly #pingedAtMs = new Map<number, number>();
  #liveness: Liveness | null = null;
  #beat: BeatSchedule | null = null;
  #status: LivenessStatus = 'alive';
  /** The last PING that is not answered yet, and when it came. */
  #pongDue: { readonly nonce: number; readonly atMs: number } | null = null;
  #pongs: TokenBucket | null = null;
  #nextNonce = 0;
  #endpointIntervalMs = Infinity;
  /** The endpoint below the application is to be asked. */
  #isEndpointDue = false;
  /** It was asked, and has not answered. */
  #isEndpointAsked = false;
  /** The end of our last stall. A round trip that began before it says nothing of the way. */
  #stalledAtMs = -Infinity;
  /** Our timers come late, so what the peer said may lie unread. */
  #isDoubtful = false;
  /** Until when the answer to what was asked in such a doubt is waited for; -Infinity: nothing was asked since the last byte. */
  #answerDueAtMs = -Infinity;

  get status(): LivenessStatus {
    return this.#status;
  }

  get nextDeadlineMs(): number {
    return this.#deadlines.nextMs;
  }

  /** The handshake is over; from now on both sides keep their promises. */
  begin({ role, heartbeat, theirIntervalMs, ourIntervalMs, random }: PulseOptions, nowMs: number): void {
    this.#liveness = new Liveness(heartbeat, theirIntervalMs, this.roundTrip, nowMs);
    this.#beat = new BeatSchedule(role, ourIntervalMs, theirIntervalMs, random, nowMs);
    this.#pongs = new TokenBucket(PONG_RATE, nowMs);
    this.#endpointIntervalMs = ENDPOINT_SHARE * theirIntervalMs;
    this.#armBeat();
    if (heartbeat.intervalMs !== Infinity) this.#armSilence(nowMs);
  }

  stop(): void {
    this.#deadlines.stopAll();
  }

  /** How many lost transmissions the peer's silence amounts to. */
  suspicion(nowMs: number): number {
    return this.#liveness?.suspicion(nowMs) ?? 0;
  }

  silenceMs(nowMs: number): number {
    return this.#liveness?.silenceMs(nowMs) ?? 0;
  }

  /** What of the present silence was our own stall. */
  get stalledMs(): number {
    return this.#liveness?.stalledMs ?? 0;
  }

  /**
   * We stood still until now. It is no silence of the peer, and no part of a round trip; our own promise is not excused by it: a beat that
   * is overdue goes at once.
   */
  stalled(stalledMs: number, nowMs: number): void {
    this.#liveness?.discount(stalledMs, nowMs);
    this.#stalledAtMs = nowMs;
  }

  /**
   * The deadlines that follow are looked at late, because the platform throttles our timers: that is no stall, and is taken off nobody's silence. But whether anything lies unread is not known, so
   * a verdict waits until the peer was asked and had time to answer; once for each silence.
   */
  doubt(): void {
    this.#isDoubtful = true;
  }

  /** Bytes arrived, whatever they say. Returns whether that ended a suspicion. */
  hear(nowMs: number): boolean {
    if (this.#liveness === null) return false;
    this.#liveness.heard(nowMs);
    this.#beat!.heard(nowMs);
    if (this.#answerDueAtMs !== -Infinity) this.#dispelDoubt(nowMs);
    if (this.#status === 'alive') return false;
    this.#status = 'alive';
    this.#deadlines.stop('endpoint');
    // It was set for the verdict after that one, which may be later than the next suspicion.
    this.#armSilence(nowMs);
    return true;
  }

  /** The endpoint below the application is to be asked now; said once. */
  takeEndpointAsk(): boolean {
    const isDue = this.#isEndpointDue;
    this.#isEndpointDue = false;
    this.#isEndpointAsked ||= isDue;
    return isDue;
  }

  /** It answered. Returns whether that changed the verdict: an answer that nobody asked for changes nothing. */
  receiveEndpointAnswer(nowMs: number): boolean {
    if (!this.#isEndpointAsked || this.#status === 'alive') return false;
    this.#isEndpointAsked = false;
    this.#liveness!.endpointAnswered(nowMs);
    return this.#judge(nowMs);
  }

  /** Something of ours left. The beat's deadline is not moved: when it comes up, it looks whether it is really due. */
  sent(nowMs: number): void {
    this.#beat?.sent(nowMs);
  }

  receivePing(nonce: number, nowMs: number): void {
    this.#pongDue = { nonce, atMs: nowMs };
  }

  /** Returns the round trip, or null when the PING is not one that we remember. */
  receivePong({ nonce, holdTicks }: PongFrame, nowMs: number): number | null {
    const sentAtMs = this.#pingedAtMs.get(nonce);
    if (sentAtMs === undefined) return null;
    this.#pingedAtMs.delete(nonce);
    return this.measureRoundTrip(sentAtMs, holdTicks / TICKS_PER_MS, nowMs);
  }

  /** Something that was sent then has been answered. Returns the round trip; it is no sample when a stall of ours lies in it. */
  measureRoundTrip(sentAtMs: number, heldMs: number, nowMs: number): number {
    const rttMs = Math.max(0, nowMs - sentAtMs - heldMs);
    if (sentAtMs < this.#stalledAtMs) return rttMs;
    this.roundTrip.sample(rttMs, nowMs);
    this.#hastenVerdict(nowMs);
    return rttMs;
  }

  /** Answers the last PING: whoever pings faster than we may write gets one answer. */
  writePong(writer: FrameWriter, nowMs: number): void {
    if (this.#pongDue === null) return;
    const pongs = this.#pongs!;
    if (!pongs.take(1, nowMs)) return this.#deadlines.set('pong', nowMs + pongs.waitMs(nowMs));
    this.#deadlines.stop('pong');
    const { nonce, atMs } = this.#pongDue;
    this.#pongDue = null;
    writer.pong(nonce, Math.round((nowMs - atMs) * TICKS_PER_MS), null);
  }

  /** Writes a PING and returns its nonce. */
  ping(writer: FrameWriter, nowMs: number): number {
    const nonce = this.#nextNonce;
    this.#nextNonce = (nonce + 1) % NONCES;
    if (this.#pingedAtMs.size >= PINGS_MAX) this.#pingedAtMs.delete(this.#pingedAtMs.keys().next().value!);
    this.#pingedAtMs.set(nonce, nowMs);
    writer.ping(nonce, null);
    this.#beat?.pinged(nowMs);
    return nonce;
  }

  /** Returns whether the verdict on the peer has changed; see `status`. */
  handleDeadline(writer: FrameWriter, nowMs: number): boolean {
    let hasChanged = false;
    for (const name of this.#deadlines.takeExpired(nowMs)) {
      if (name === 'beat') this.#beatIfDue(writer, nowMs);
      if (name === 'silence' && !this.#isAnswerAwaited(writer, nowMs)) hasChanged = this.#judge(nowMs);
      if (name === 'endpoint') this.#askEndpoint(nowMs);
      // A PONG that is due needs no act of its own: whoever owns the connection writes after every deadline.
    }
    this.#isDoubtful = false;
    return hasChanged;
  }

  /** Whether the verdict has to wait, because there is a doubt and the peer has not had time to dispel it. */
  #isAnswerAwaited(writer: FrameWriter, nowMs: number): boolean {
    if (this.#isDoubtful && this.#answerDueAtMs === -Infinity && this.#liveness!.status(nowMs) !== this.#status) {
      this.#answerDueAtMs = nowMs + answerTimeoutMs(this.roundTrip.rto0Ms);
      this.ping(writer, nowMs);
    }
    if (nowMs >= this.#answerDueAtMs) return false;
    this.#deadlines.set('silence', this.#answerDueAtMs);
    return true;
  }

  /** The wait for the answer was longer than the next verdict may take. */
  #dispelDoubt(nowMs: number): void {
    this.#answerDueAtMs = -Infinity;
    this.#armSilence(nowMs);
  }

  #judge(nowMs: number): boolean {
    const before = this.#status;
    this.#status = this.#liveness!.status(nowMs);
    this.#armSilence(nowMs);
    if (before === 'alive' && this.#status === 'suspect') this.#askEndpoint(nowMs);
    // Without a byte: the silence turned out to have been our own.
    if (this.#status === 'alive') this.#deadlines.stop('endpoint');
    return this.#status !== before;
  }

  #askEndpoint(nowMs: number): void {
    this.#isEndpointDue = true;
    this.#deadlines.set('endpoint', nowMs + this.#endpointIntervalMs);
  }

  #beatIfDue(writer: FrameWriter, nowMs: number): void {
    if (this.#beat!.dueMs(this.roundTrip.sampledAtMs) <= nowMs) this.ping(writer, nowMs);
    this.#armBeat();
  }

  #armSilence(nowMs: number): void {
    this.#deadlines.set('silence', this.#liveness!.nextMs(nowMs));
  }

  /** The deadline for the peer's silence stays behind while it is heard; only a shorter round trip brings it forward. */
  #hastenVerdict(nowMs: number): void {
    const armedMs = this.#deadlines.get('silence');
    if (armedMs === Infinity) return;
    this.#deadlines.set('silence', Math.min(armedMs, this.#liveness!.nextMs(nowMs)));
  }

  #armBeat(): void {
    this.#deadlines.set('beat', this.#beat!.dueMs(this.roundTrip.sampledAtMs));
  }
}
