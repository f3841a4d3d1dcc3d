/**
 * The figures of a server: what there is now, and what has happened since it began.
 *
 * Nobody keeps them. What happens is counted where it happens, which is seldom; what there is is summed up over all sessions when somebody looks: when `value` is read, and
 * once a second while somebody is subscribed. Ten thousand sessions cost some eight milliseconds then, and nothing otherwise.
 */
import { StateSource, type StateStream, type StateUpkeep } from '../state-stream.ts';
import type { Clock } from './clock.ts';
import { DeadlineQueue } from './deadline-queue.ts';
import { DeadlineTimer } from './deadline-timer.ts';
import type { SessionHandle } from './session-handle.ts';

/** Figures of a server. What is counted since it began only grows; the rest is as of the value. */
export interface ServerStats {
  /** Sessions in all: `open`, `suspended` and `draining` ones. */
  readonly sessions: number;
  /** Sessions with a connection, over which messages flow. */
  readonly open: number;
  /** Sessions that wait for their clients to come back. */
  readonly suspended: number;
  /** Sessions in which a goodbye is being said, or that are over while handlers of theirs still run. */
  readonly draining: number;
  /** Connections in all: those of sessions, and those that shake hands. */
  readonly connections: number;
  /** Connections that shake hands: what `limits.maxHandshakes` bounds. */
  readonly handshakes: number;
  /** Sessions with a connection whose peer is *alive*. */
  readonly alive: number;
  /** … whose peer is *suspect*. Many at once are a network, a few are phones. */
  readonly suspect: number;
  /** … whose peer is *stalled*. */
  readonly stalled: number;
  /** … whose application takes our messages and has settled none for 30 s, whatever the verdict on it. */
  readonly backlogged: number;
  /** Messages of the server that await their fate, in all sessions: they wait, are on the way, or are being handled by the client. */
  readonly outgoing: number;
  /** Messages of clients that are not settled: they wait for a handler of ours, or it runs. What grows here is our own slowness. */
  readonly incoming: number;
  /** Bytes that are kept for all sessions, in both directions: what `limits.totalBytes` bounds. */
  readonly heldBytes: number;
  /**
   * How long the event loop stood still at worst within the last 10 to 20 seconds, in milliseconds: how late timers were. Measured while there are connections or
   * somebody is subscribed.
   */
  readonly loopLag: number;
  /** Sessions that began, since the server did. */
  readonly begun: number;
  /** Connections that went on with a session. */
  readonly resumed: number;
  /** Connections that ended before they became a session, as the event `rejected` tells. */
  readonly rejected: number;
  /** Connections that were turned away at once, because too many were shaking hands or the server was closing. */
  readonly turnedAway: number;
  /** Sessions that had to end because too much was kept, as the event `evicted` tells. */
  readonly evicted: number;
}

/** What is counted where it happens. */
export interface ServerCounts {
  begun: number;
  resumed: number;
  rejected: number;
  evicted: number;
}

/** What is asked of the server when somebody looks. */
export interface StatsHost {
  readonly handles: Iterable<SessionHandle>;
  readonly handshakes: () => number;
  readonly turnedAway: () => number;
  readonly heldBytes: () => number;
}

type Sums = { -readonly [K in Exclude<keyof ServerStats, keyof ServerCounts>]: number };

/** So often while somebody is subscribed. */
const PERIOD_MS = 1000;

export class ServerStatsFeed implements StateUpkeep<ServerStats> {
  readonly counts: ServerCounts = { begun: 0, resumed: 0, rejected: 0, evicted: 0 };
  readonly #clock: Clock;
  readonly #host: StatsHost;
  readonly #source: StateSource<ServerStats>;
  readonly #timer: DeadlineTimer;
  #nextMs = Infinity;

  constructor(clock: Clock, host: StatsHost) {
    this.#clock = clock;
    this.#host = host;
    this.#source = new StateSource<ServerStats>({ ...noSums(), ...this.counts }, this);
    this.#timer = new DeadlineTimer(clock, {
      nextMs: () => this.#nextMs,
      onDue: () => this.#tell(),
      onStall: () => {},
    });
  }

  get stream(): StateStream<ServerStats> {
    return this.#source.stream;
  }

  complete(): void {
    this.#source.set(this.refresh(this.#source.value));
    this.#source.complete();
  }

  refresh(value: ServerStats): ServerStats {
    const now: ServerStats = { ...this.#sumUp(), ...this.counts };
    return (Object.keys(now) as (keyof ServerStats)[]).every((key) => now[key] === value[key]) ? value : now;
  }

  observed(isObserved: boolean): void {
    this.#nextMs = isObserved ? this.#clock.now() + PERIOD_MS : Infinity;
    if (isObserved) this.#timer.update();
    else this.#timer.stop();
  }

  #tell(): void {
    this.#nextMs = this.#clock.now() + PERIOD_MS;
    this.#source.set(this.refresh(this.#source.value));
  }

  #sumUp(): Sums {
    const sums = noSums();
    for (const handle of this.#host.handles) add(handle, sums);
    sums.handshakes = this.#host.handshakes();
    sums.connections += sums.handshakes;
    sums.turnedAway = this.#host.turnedAway();
    sums.heldBytes = this.#host.heldBytes();
    sums.loopLag = Math.round(DeadlineQueue.of(this.#clock).worstLagMs);
    return sums;
  }
}

function add({ driver }: SessionHandle, sums: Sums): void {
  const { session, livenessStatus } = driver;
  const { status } = session;
  sums.sessions += 1;
  if (status === 'suspended') sums.suspended += 1;
  else if (status === 'draining' || status === 'closed') sums.draining += 1;
  else sums.open += 1;
  sums.outgoing += session.undecided;
  sums.incoming += session.unsettled;
  // One that is found dead has no connection a moment later.
  if (livenessStatus === null) return;
  sums.connections += 1;
  if (livenessStatus !== 'dead') sums[livenessStatus] += 1;
  if (driver.streams.isBacklogged) sums.backlogged += 1;
}

function noSums(): Sums {
  return {
    sessions: 0,
    open: 0,
    suspended: 0,
    draining: 0,
    connections: 0,
    handshakes: 0,
    alive: 0,
    suspect: 0,
    stalled: 0,
    backlogged: 0,
    outgoing: 0,
    incoming: 0,
    heldBytes: 0,
    loopLag: 0,
    turnedAway: 0,
  };
}
