/**
 * One life and death of a peer, with two real connections: they shake hands over a line that loses segments, beat for a while, one of them is
 * gone or the way to it is, and the other one's verdicts are timed from that moment. Everything is drawn from the seed.
 */
import type { Connection } from '../../packages/core/src/connection/connection.ts';
import type { ConnectionRole } from '../../packages/core/src/connection/connection-state.ts';
import { HEARTBEAT_PRESETS, type HeartbeatPreset } from '../../packages/core/src/connection/heartbeat-preset.ts';
import { Connection as RealConnection } from '../../packages/core/src/connection/connection.ts';
import { connectionOptions } from '../support/connection-pair.ts';
import { answerOf, GREETING } from '../support/greetings.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { marginMs, tcpRto0Ms, type Way } from './false-deaths.ts';
import { PlainLosses } from './losses.ts';
import { LossyLine } from './lossy-line.ts';

export interface Crash {
  readonly preset: HeartbeatPreset;
  readonly seed: number;
  readonly way: Way;
  /** What the survivor took for the peer's RTO0. */
  readonly rto0Ms: number;
  /** From the crash to the survivor's verdicts. */
  readonly suspectMs: number;
  readonly deadMs: number;
  /** When the verdicts have to be there, by the formulas of PROTOCOL.md, section 11, for this way. */
  readonly suspectBoundMs: number;
  readonly deadBoundMs: number;
}

const RTT_MAX_MS = 400;
const LOSS_MAX = 0.1;
/** The longest life before the crash, in intervals. */
const LIFE_INTERVALS = 12;
/** Everything takes its time to the next millisecond: the bound itself is still allowed. */
const NEXT_MS = 1;

/** null: there was nothing to see, because the handshake did not come through or one side was taken for dead before the crash. */
export function crash(preset: HeartbeatPreset, seed: number): Crash | null {
  const random = new SeededRandom(seed);
  // Short ways are as interesting as long ones, and so are those that lose nothing.
  const way = {
    rttMs: RTT_MAX_MS ** random.next(),
    loss: Math.max(0, random.next() * (LOSS_MAX * 1.1) - LOSS_MAX * 0.1),
  };
  const { intervalMs, suspect, dead } = HEARTBEAT_PRESETS[preset];
  const world = new CrashWorld(preset, seed, way, random);
  const survivor = random.pick(['client', 'server'] as const);
  if (!world.runUntilOpen(survivor)) return null;
  const chatMs = random.next() < 0.5 ? Infinity : random.integer(20, intervalMs);
  const crashAtMs = world.nowMs + random.next() ** 2 * LIFE_INTERVALS * intervalMs;
  world.run(crashAtMs, chatMs);
  if (!world.isOpen) return null;
  const { roundTrip, livenessStatus } = world.end(survivor);
  const [rto0Ms, srttMs] = [roundTrip.rto0Ms, roundTrip.smoothedMs ?? 0];
  world.crash(survivor, random.next() < 0.5);
  const { suspectAtMs, deadAtMs } = world.runUntilDead(survivor);
  return {
    preset,
    seed,
    way,
    rto0Ms,
    suspectMs: livenessStatus === 'suspect' ? 0 : suspectAtMs - crashAtMs,
    deadMs: deadAtMs - crashAtMs,
    suspectBoundMs: intervalMs + marginMs(suspect, rto0Ms, srttMs) + NEXT_MS,
    deadBoundMs: intervalMs + marginMs(dead, rto0Ms, srttMs) + NEXT_MS,
  };
}

const ROLES = ['client', 'server'] as const;

class CrashWorld {
  nowMs = 0;
  readonly #ends: Record<ConnectionRole, Connection>;
  /** To each end. */
  readonly #lines: Record<ConnectionRole, LossyLine<Uint8Array>>;
  readonly #random: SeededRandom;
  readonly #gone = new Set<ConnectionRole>();
  readonly #verdicts: Record<ConnectionRole, { suspectAtMs: number; deadAtMs: number }> = {
    client: { suspectAtMs: Infinity, deadAtMs: Infinity },
    server: { suspectAtMs: Infinity, deadAtMs: Infinity },
  };

  constructor(preset: HeartbeatPreset, seed: number, way: Way, random: SeededRandom) {
    this.#random = random;
    const heartbeat = HEARTBEAT_PRESETS[preset];
    const losses = new PlainLosses(way.loss, random.next);
    const line = (): LossyLine<Uint8Array> => new LossyLine(way.rttMs / 2, tcpRto0Ms(way), () => losses.draw());
    const end = (role: ConnectionRole): Connection =>
      new RealConnection(connectionOptions(role, { heartbeat, seed }), 0);
    this.#ends = { client: end('client'), server: end('server') };
    this.#lines = { client: line(), server: line() };
    this.#ends.client.hello(GREETING, 0);
    this.#flush();
  }

  end(role: ConnectionRole): Connection {
    return this.#ends[role];
  }

  get isOpen(): boolean {
    return ROLES.every((role) => this.#ends[role].state === 'open');
  }

  /** Returns whether it is. */
  runUntilOpen(role: ConnectionRole): boolean {
    while (this.#ends[role].state !== 'open' && this.#ends.client.state !== 'closed') this.#step(Infinity);
    return this.#ends[role].state === 'open';
  }

  /** Until then; now and then, about every `chatMs`, one of them says something. */
  run(untilMs: number, chatMs: number): void {
    let chatAtMs = this.nowMs;
    while (this.nowMs < untilMs) {
      if (chatAtMs <= this.nowMs) {
        chatAtMs = this.nowMs + 2 * this.#random.next() * chatMs;
        const talker = this.#ends[this.#random.pick(ROLES)];
        if (talker.state === 'open' && chatMs !== Infinity) talker.ping(this.nowMs);
        this.#flush();
      }
      this.#step(Math.min(untilMs, chatAtMs));
    }
  }

  /** The other end is gone, or only nothing of it arrives any more; what is under way is lost. */
  crash(survivor: ConnectionRole, isOneWay: boolean): void {
    this.#lines[survivor].cut();
    if (isOneWay) return;
    const other = survivor === 'client' ? 'server' : 'client';
    this.#gone.add(other);
    this.#lines[other].cut();
  }

  runUntilDead(survivor: ConnectionRole): { suspectAtMs: number; deadAtMs: number } {
    const verdicts = this.#verdicts[survivor];
    while (verdicts.deadAtMs === Infinity && this.#nextMs() !== Infinity) this.#step(Infinity);
    return verdicts;
  }

  #nextMs(): number {
    const deadlines = ROLES.map((role) => (this.#gone.has(role) ? Infinity : this.#ends[role].nextDeadlineMs));
    return Math.min(...deadlines, this.#lines.client.nextMs, this.#lines.server.nextMs);
  }

  /** What happens next, but not after `untilMs`. */
  #step(untilMs: number): void {
    this.nowMs = Math.max(this.nowMs, Math.min(untilMs, this.#nextMs()));
    for (const role of ROLES) {
      const line = this.#lines[role];
      while (line.nextMs <= this.nowMs) this.#ends[role].receiveBytes(line.take(), this.nowMs);
      if (!this.#gone.has(role)) this.#ends[role].handleDeadline(this.nowMs);
    }
    this.#flush();
  }

  #flush(): void {
    for (const role of ROLES) {
      const end = this.#ends[role];
      this.#note(role);
      end.writeControl(this.nowMs);
      const bytes = end.takeOutgoing(this.nowMs);
      if (bytes !== null) this.#lines[role === 'client' ? 'server' : 'client'].write(bytes, this.nowMs);
    }
  }

  #note(role: ConnectionRole): void {
    const verdicts = this.#verdicts[role];
    for (const event of this.#ends[role].takeEvents()) {
      if (event.type === 'hello') this.#ends[role].welcome(answerOf('s'), this.nowMs);
      if (event.type !== 'liveness') continue;
      if (event.status === 'suspect') verdicts.suspectAtMs = this.nowMs;
      if (event.status === 'dead') verdicts.deadAtMs = this.nowMs;
    }
  }
}
