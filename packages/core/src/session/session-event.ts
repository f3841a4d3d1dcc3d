/** What a session reports to the runtime above it. What happens to single messages comes through `takeProgress` and `takeReady`. */
import type { LivenessStatus } from '../connection/liveness.ts';
import type { CloseCause } from '../errors/close-cause.ts';
import type { VolatileLimitEvent } from './volatile-drops.ts';

/** The session stands; messages may flow. */
export interface OpenedEvent {
  readonly type: 'opened';
  /** What the server called it in its WELCOME; null on the server's own side. */
  readonly id: string | null;
}

/** One side has begun to say goodbye. */
export interface DrainingEvent {
  readonly type: 'draining';
}

export interface SessionPongEvent {
  readonly type: 'pong';
  readonly nonce: number;
  readonly rttMs: number;
}

export interface SessionLivenessEvent {
  readonly type: 'liveness';
  readonly status: LivenessStatus;
}

/**
 * The session is over. `link` says what to do with the connection: `end` it (send what is left, end our direction, read to the end for at most a
 * second), `abort` it, or nothing, because it is gone.
 */
export interface ClosedEvent {
  readonly type: 'closed';
  readonly cause: CloseCause;
  readonly link: 'end' | 'abort' | 'gone';
}

export type SessionMachineEvent =
  | OpenedEvent
  | DrainingEvent
  | SessionPongEvent
  | SessionLivenessEvent
  | VolatileLimitEvent
  | ClosedEvent;
