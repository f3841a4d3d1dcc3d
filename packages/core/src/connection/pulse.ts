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
import { DeadlineTable } from './deadline-table.ts';
import type { Heartbeat } from './heartbeat-preset.ts';
import { Liveness, type LivenessStatus } from './liveness.ts';
import { RoundTripTime } from './round-trip-time.ts';
import { TokenBucket, type Rate } from './token-bucket.ts';

export interface PulseOptions {
  readonly heartbeat: Heartbeat;
  /** The longest silence in force, of the peer and of ours. */
  readonly theirIntervalMs: number;
  readonly ourIntervalMs: number;
  readonly random: () => number;
}

/** PINGs whose answer is outstanding; an answer to an older one is not measured. */
const PINGS_MAX = 16;
/** Nonces count from 0 up to this and begin again: one byte on the wire, and far more than can be outstanding. */
export const NONCES = 64;

/** How many PONGs are written. Beyond that a PING is answered later: whoever pings much is slowed down, and never wronged. PROTOCOL.md §15. */
export const PONG_RATE: Rate = { burst: 100, perSecond: 100 };

export class Pulse {
  readonly roundTrip: RoundTripTime = new RoundTripTime();
  readonly #deadlines = new DeadlineTable<'silence' | 'beat' | 'pong'>(['silence', 'beat', 'pong']);
  readonly #pingedAtMs = new Map<number, number>();
  #liveness: Liveness | null = null;
  #beat: BeatSchedule | null = null;
  #status: LivenessStatus = 'alive';
  /** The last PING that is not answered yet, and when it came. */
  #pongDue: { readonly nonce: number; readonly atMs: number } | null = null;
  #pongs: TokenBucket | null = null;
  #nextNonce = 0;
  /** The end of our last stall. A round trip that began before it says nothing of the way. */
  #stalledAtMs = -Infinity;
  /** The samples of the round trip that the deadline for the silence takes into account. */
  #judgedSampleCount = 0;

  get status(): LivenessStatus {
    return this.#status;
  }

  get nextDeadlineMs(): number {
    return this.#deadlines.nextMs;
  }

  /** The handshake is over; from now on both sides keep their promises. */
  begin({ heartbeat, theirIntervalMs, ourIntervalMs, random }: PulseOptions, nowMs: number): void {
    this.#liveness = new Liveness(heartbeat, theirIntervalMs, this.roundTrip, nowMs);
    this.#beat = new BeatSchedule(ourIntervalMs, random, nowMs);
    this.#pongs = new TokenBucket(PONG_RATE, nowMs);
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

  /** Bytes arrived, whatever they say. Returns whether that ended a suspicion. */
  hear(nowMs: number): boolean {
    if (this.#liveness === null) return false;
    this.#liveness.heard(nowMs);
    this.#hastenVerdict(nowMs);
    if (this.#status === 'alive') return false;
    this.#status = 'alive';
    // It was set for the verdict after that one, which may be later than the next suspicion.
    this.#armSilence(nowMs);
    return true;
  }

  /** Something of ours left. The beat's deadline is not moved: when it comes up, it looks whether it is really due. */
  sent(nowMs: number): void {
    this.#beat?.sent(nowMs);
  }

  receivePing(nonce: number, nowMs: number): void {
    this.#pongDue = { nonce, atMs: nowMs };
    this.#hastenVerdict(nowMs);
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
    if (sentAtMs >= this.#stalledAtMs) this.roundTrip.sample(rttMs, nowMs);
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
    const before = this.#status;
    for (const name of this.#deadlines.takeExpired(nowMs)) {
      if (name === 'beat') this.#beatIfDue(writer, nowMs);
      if (name === 'silence') this.#judge(nowMs);
      // A PONG that is due needs no act of its own: whoever owns the connection writes after every deadline.
    }
    return this.#status !== before;
  }

  #judge(nowMs: number): void {
    this.#status = this.#liveness!.status(nowMs);
    this.#armSilence(nowMs);
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
    const { sampleCount } = this.roundTrip;
    if (sampleCount === this.#judgedSampleCount) return;
    this.#judgedSampleCount = sampleCount;
    const armedMs = this.#deadlines.get('silence');
    if (armedMs === Infinity) return;
    this.#deadlines.set('silence', Math.min(armedMs, this.#liveness!.nextMs(nowMs)));
  }

  #armBeat(): void {
    this.#deadlines.set('beat', this.#beat!.dueMs(this.roundTrip.sampledAtMs));
  }
}
