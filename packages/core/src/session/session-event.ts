/** What a session reports to the runtime above it. What happens to single messages comes through `takeProgress` and `takeReady`. */
import type { AskEndpointEvent } from '../connection/connection-event.ts';
import type { LivenessStatus } from '../connection/liveness.ts';
import type { CloseCause } from '../errors/close-cause.ts';
import type { GoawayFrame } from '../wire/frame.ts';
import type { VolatileLimitEvent } from './volatile-drops.ts';

/** The session stands, or goes on; messages may flow. */
export interface OpenedEvent {
  readonly type: 'opened';
  /** What the server called it in its WELCOME; null on the server's own side. */
  readonly id: string | null;
  /** It goes on where it was, over another connection. */
  readonly resumed: boolean;
}

/** What to do with a connection that is over: `end` it (send what is left, end our direction, read to the end for at most a second), `abort` it, or nothing, because it is gone. */
export type LinkAction = 'end' | 'abort' | 'gone';

/** The connection is over, and the session waits for another one. */
export interface SuspendedEvent {
  readonly type: 'suspended';
  readonly cause: CloseCause;
  readonly link: LinkAction;
}

/** A connection ended before it carried the session. */
export interface FailedEvent {
  readonly type: 'failed';
  readonly cause: CloseCause;
  readonly link: LinkAction;
}

/**
 * The session could not be resumed, and a new one takes its place. Of what we sent, these ids are in doubt, ascending; of what the peer sent,
 * everything up to `received` was here, and nothing after it will come.
 */
export interface GapEvent {
  readonly type: 'gap';
  readonly doubtful: readonly number[];
  readonly received: number;
}

/** One side has begun to say goodbye. */
export interface DrainingEvent {
  readonly type: 'draining';
}

/** One direction has ended: ours with the proof that everything in it is settled, or the peer's, of which nothing more will come. */
export interface HalfClosedEvent {
  readonly type: 'half-closed';
  readonly by: 'local' | 'peer';
}

/** The peer leaves, and asks us to come again. */
export interface GoingAwayEvent {
  readonly type: 'going-away';
  readonly frame: GoawayFrame;
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

/** The peer's application does not get its work done, or it does again. */
export interface BacklogEvent {
  readonly type: 'backlog';
  readonly isThere: boolean;
}

/** The session is over. */
export interface ClosedEvent {
  readonly type: 'closed';
  readonly cause: CloseCause;
  readonly link: LinkAction;
}

export type SessionMachineEvent =
  | OpenedEvent
  | SuspendedEvent
  | FailedEvent
  | GapEvent
  | DrainingEvent
  | HalfClosedEvent
  | GoingAwayEvent
  | SessionPongEvent
  | SessionLivenessEvent
  | AskEndpointEvent
  | BacklogEvent
  | VolatileLimitEvent
  | ClosedEvent;
