/** The streams of one session, and how facts from below become their values. */
import { Subject } from 'rxjs';
import type { Connection } from '../connection/connection.ts';
import { StateSource } from '../state-stream.ts';
import type { ConnectionState } from '../transport/connection-state.ts';
import type { LinkDegradation } from '../transport/transport.ts';
import type { Clock } from './clock.ts';
import { LivenessFeed, type LivenessReader } from './liveness-feed.ts';
import type { Liveness, SessionState } from './session-api.ts';
import type { SessionEvent } from './session-event-api.ts';

const UNKNOWN: Liveness = {
  status: 'unknown',
  rtt: null,
  srtt: null,
  rttvar: null,
  minRtt: null,
  lastHeardAt: null,
  suspicion: 0,
  loopLag: 0,
  backlogged: false,
};

export class SessionStreams implements LivenessReader {
  readonly state: StateSource<SessionState> = new StateSource<SessionState>({ status: 'connecting', attempt: 1 });
  readonly connection: StateSource<ConnectionState> = new StateSource<ConnectionState>({ phase: 'idle' });
  readonly liveness: LivenessFeed = new LivenessFeed(UNKNOWN, this);
  readonly events: Subject<SessionEvent> = new Subject();
  readonly #clock: Clock;
  /** When the last byte arrived, in the clock's time. */
  heardAtMs: number | null = null;
  /** The peer's application does not get its work done. */
  isBacklogged = false;
  /** The one that `liveness$` speaks of: the last that was open. */
  #connection: Connection | null = null;
  /** When its link was gone; Infinity: it stands. Silence after that is nobody's. */
  #goneAtMs = Infinity;
  readonly #toldDegradations = new Set<LinkDegradation['of']>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Wall-clock time of the last byte, or null. */
  get lastHeardAt(): number | null {
    return this.heardAtMs === null ? null : this.heardAtMs + this.#clock.epochOffset;
  }

  get sampleCount(): number {
    return this.#connection?.roundTrip.sampleCount ?? 0;
  }

  /** Something about the peer's liveness is new. */
  updateLiveness(connection: Connection): void {
    if (connection !== this.#connection) {
      this.#connection = connection;
      this.#goneAtMs = Infinity;
    }
    this.liveness.changed(this.#clock.now());
  }

  /** The connection is gone: nothing is heard any more, and nothing is missed. */
  freezeLiveness(): void {
    const nowMs = this.#clock.now();
    this.liveness.flush(nowMs);
    this.#goneAtMs = Math.min(this.#goneAtMs, nowMs);
  }

  readLiveness(): Liveness | null {
    const connection = this.#connection;
    if (connection === null) return null;
    const { latestMs, smoothedMs, variationMs, minMs } = connection.roundTrip;
    return {
      status: connection.livenessStatus,
      rtt: latestMs,
      srtt: smoothedMs,
      rttvar: variationMs,
      minRtt: minMs,
      lastHeardAt: this.lastHeardAt,
      suspicion: connection.suspicion(Math.min(this.#clock.now(), this.#goneAtMs)),
      loopLag: connection.stalledMs,
      backlogged: this.isBacklogged,
    };
  }

  /** Whether the peer's application gets its work done. */
  tellBacklog(backlogged: boolean): void {
    this.isBacklogged = backlogged;
    this.liveness.changed(this.#clock.now());
  }

  /** What the connection's transport cannot promise, as far as it was not told before. */
  tellDegradations(degraded: readonly LinkDegradation[]): void {
    for (const degradation of degraded) {
      if (this.#toldDegradations.has(degradation.of)) continue;
      this.#toldDegradations.add(degradation.of);
      this.events.next({ type: 'degraded', ...degradation });
    }
  }

  complete(): void {
    this.state.complete();
    this.connection.complete();
    this.liveness.complete();
    this.events.complete();
  }
}
