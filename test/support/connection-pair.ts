/**
 * Two connection machines over a link that exists in virtual time only: latency, pieces, black holes, and an end that stands still.
 *
 * Each end is driven as a session drives its connection: what goes before everything else first, then all that was written, in one piece.
 */
import type { ConnectionEvent } from '../../packages/core/src/connection/connection-event.ts';
import type { ConnectionRole } from '../../packages/core/src/connection/connection-state.ts';
import { Connection, type ConnectionOptions } from '../../packages/core/src/connection/connection.ts';
import type { Announcement } from '../../packages/core/src/connection/handshake.ts';
import { HEARTBEAT_PRESETS, type Heartbeat } from '../../packages/core/src/connection/heartbeat-preset.ts';
import { SeededRandom } from './seeded-random.ts';
import { GREETING, answerOf } from './greetings.ts';

/** One end, with everything that it said and reported. */
export interface ConnectionEnd {
  readonly connection: Connection;
  /** Every event so far, and when it came. */
  readonly events: { readonly atMs: number; readonly event: ConnectionEvent }[];
  /** Every piece that it sent so far, and when. */
  readonly sent: { readonly atMs: number; readonly bytes: Uint8Array }[];
}

export interface PairOptions {
  readonly heartbeat?: Heartbeat;
  readonly clientHeartbeat?: Heartbeat;
  readonly client?: Partial<Announcement>;
  readonly server?: Partial<Announcement>;
  readonly handshakeMs?: number;
  readonly frameMs?: number;
  readonly seed?: number;
  /** How long each piece takes, in each direction. */
  readonly latencyMs?: number;
  /** What the server does with a HELLO; it says WELCOME unless told otherwise. */
  readonly decide?: (server: Connection, nowMs: number) => void;
}

interface Piece {
  readonly atMs: number;
  readonly to: ConnectionRole;
  readonly bytes: Uint8Array;
}

/** Far more than any test needs; a machine that asks for the same moment for ever is found out. */
const STEPS_MAX = 100_000;

export class ConnectionPair {
  nowMs = 0;
  latencyMs: number;
  readonly client: ConnectionEnd;
  readonly server: ConnectionEnd;
  readonly #decide: (server: Connection, nowMs: number) => void;
  readonly #silenced = new Set<ConnectionRole>();
  /** How long the stall of an end is that it has not been told of yet. */
  readonly #untoldStallMs: Record<ConnectionRole, number> = { client: 0, server: 0 };
  readonly #stalledUntilMs: Record<ConnectionRole, number> = { client: 0, server: 0 };
  #underWay: Piece[] = [];

  constructor(options: PairOptions = {}) {
    this.latencyMs = options.latencyMs ?? 0;
    this.#decide = options.decide ?? ((server, nowMs) => server.welcome(answerOf('s1'), nowMs));
    this.client = endOf(connectionOptions('client', options));
    this.server = endOf(connectionOptions('server', options));
  }

  /** Both ends have shaken hands, the client's first PING has been answered, and nothing is under way. */
  static open(options: PairOptions = {}): ConnectionPair {
    const pair = new ConnectionPair(options);
    pair.connect();
    pair.advance(4 * pair.latencyMs);
    return pair;
  }

  /** The client says HELLO. */
  connect(auth: Uint8Array | null = null): void {
    this.client.connection.hello({ ...GREETING, auth }, this.nowMs);
  }

  end(role: ConnectionRole): ConnectionEnd {
    return role === 'client' ? this.client : this.server;
  }

  /** What this end sends from now on is lost, and nobody is told. */
  silence(role: ConnectionRole): void {
    this.#silenced.add(role);
  }

  unsilence(role: ConnectionRole): void {
    this.#silenced.delete(role);
  }

  /** This end stands still: neither bytes nor deadlines reach it before its time is up; then it is told so first. */
  stall(role: ConnectionRole, ms: number): void {
    this.#untoldStallMs[role] = ms;
    this.#stalledUntilMs[role] = this.nowMs + ms;
  }

  /** Bytes that come from nowhere. */
  inject(to: ConnectionRole, bytes: Uint8Array): void {
    this.end(to).connection.receiveBytes(bytes, this.nowMs);
    this.#flush();
  }

  /** Lets `ms` milliseconds pass. */
  advance(ms: number): void {
    const untilMs = this.nowMs + ms;
    this.#flush();
    for (let step = 0; this.#nextMs() <= untilMs; step += 1) {
      if (step === STEPS_MAX) throw new Error(`time stands still at ${this.nowMs}`);
      this.nowMs = Math.max(this.nowMs, this.#nextMs());
      this.#wake('client');
      this.#wake('server');
      this.#deliver();
      this.#expire('client');
      this.#expire('server');
      this.#flush();
    }
    this.nowMs = untilMs;
  }

  #nextMs(): number {
    const arrivals = this.#underWay.map(({ atMs, to }) => Math.max(atMs, this.#stalledUntilMs[to]));
    const wakes = (['client', 'server'] as const)
      .filter((role) => this.#untoldStallMs[role] > 0)
      .map((role) => this.#stalledUntilMs[role]);
    return Math.min(...arrivals, ...wakes, this.#deadlineMs('client'), this.#deadlineMs('server'));
  }

  #deadlineMs(role: ConnectionRole): number {
    return Math.max(this.end(role).connection.nextDeadlineMs, this.#stalledUntilMs[role]);
  }

  #wake(role: ConnectionRole): void {
    if (this.#untoldStallMs[role] === 0 || this.#stalledUntilMs[role] > this.nowMs) return;
    this.end(role).connection.stalled(this.#untoldStallMs[role], this.nowMs);
    this.#untoldStallMs[role] = 0;
  }

  #deliver(): void {
    const isDue = ({ atMs, to }: Piece): boolean => Math.max(atMs, this.#stalledUntilMs[to]) <= this.nowMs;
    const due = this.#underWay.filter(isDue);
    this.#underWay = this.#underWay.filter((piece) => !isDue(piece));
    for (const { to, bytes } of due) this.end(to).connection.receiveBytes(bytes, this.nowMs);
  }

  #expire(role: ConnectionRole): void {
    if (this.#deadlineMs(role) <= this.nowMs) this.end(role).connection.handleDeadline(this.nowMs);
  }

  /** Until neither end has anything more to say. */
  #flush(): void {
    for (const role of ['client', 'server'] as const) {
      const { connection, events, sent } = this.end(role);
      for (const event of connection.takeEvents()) {
        events.push({ atMs: this.nowMs, event });
        if (event.type === 'hello') this.#decide(connection, this.nowMs);
      }
      connection.writeControl(this.nowMs);
      const bytes = connection.takeOutgoing(this.nowMs);
      for (const event of connection.takeEvents()) events.push({ atMs: this.nowMs, event });
      if (bytes === null) continue;
      sent.push({ atMs: this.nowMs, bytes });
      if (this.#silenced.has(role)) continue;
      this.#underWay.push({ atMs: this.nowMs + this.latencyMs, to: role === 'client' ? 'server' : 'client', bytes });
    }
  }
}

/** What a connection of this role is made with, unless told otherwise. */
export function connectionOptions(role: ConnectionRole, options: PairOptions = {}): ConnectionOptions {
  const both = options.heartbeat ?? HEARTBEAT_PRESETS.default;
  const heartbeat = role === 'client' ? (options.clientHeartbeat ?? both) : both;
  return {
    role,
    announcement: announcementOf(heartbeat, options[role]),
    heartbeat,
    handshakeMs: options.handshakeMs ?? 10_000,
    frameMs: options.frameMs ?? 30_000,
    random: new SeededRandom((options.seed ?? 1) * 2 + (role === 'client' ? 0 : 1)).next,
  };
}

/** The defaults of PROTOCOL.md, section 6, with the silence of this heartbeat. */
export function announcementOf({ intervalMs }: Heartbeat, changes: Partial<Announcement> = {}): Announcement {
  return {
    frameMaxBytes: 65_536,
    messageMaxBytes: 1_048_576,
    windowMessages: 4096,
    windowBytes: 16_777_216,
    maxRequests: 256,
    promiseMs: intervalMs,
    wantMs: intervalMs,
    floorMs: Math.min(1000, intervalMs),
    name: null,
    codec: 'msgpack',
    ...changes,
  };
}

function endOf(options: ConnectionOptions): ConnectionEnd {
  return { connection: new Connection(options, 0), events: [], sent: [] };
}
