/** What a connection reports to the session above it: the frames that are the session's business, and its own turning points. */
import type { CloseCause } from '../errors/close-cause.ts';
import type {
  AckFrame,
  CancelFrame,
  GoawayFrame,
  GoodbyeAckFrame,
  GoodbyeFrame,
  MessageFrame,
  RefusalAckFrame,
  RefusalFrame,
  ReplyFrame,
  VoidFrame,
  VolatileFrame,
} from '../wire/frame.ts';
import type { AckBlock } from '../wire/frame.ts';
import type { Hello, Tombstone, Welcome } from './handshake.ts';
import type { LivenessStatus } from './liveness.ts';

/** A client said HELLO, with a version, codec and limits that we can live with: answer with `welcome` or `reject`. */
export interface HelloEvent {
  readonly type: 'hello';
  readonly hello: Hello;
}

/** The server said WELCOME: the connection is open. */
export interface WelcomeEvent {
  readonly type: 'welcome';
  readonly welcome: Welcome;
}

/** An ack block that rode on a frame of the connection's own. */
export interface AckBlockEvent {
  readonly type: 'ack-block';
  readonly ack: AckBlock;
}

/** A PING arrived and was answered: whatever is unacknowledged should be acknowledged now. */
export interface PingedEvent {
  readonly type: 'pinged';
}

/** The answer to a PING of ours, or another sample of the round trip. */
export interface PongEvent {
  readonly type: 'pong';
  readonly nonce: number;
  readonly rttMs: number;
}

/** The verdict on the peer changed. */
export interface LivenessEvent {
  readonly type: 'liveness';
  readonly status: LivenessStatus;
}

/** Ask the machinery of the transport at the other end, where it can be asked: does it live, although the application is silent? */
export interface AskEndpointEvent {
  readonly type: 'ask-endpoint';
}

/**
 * The connection is over as far as the protocol is concerned. `hard`: drop the link at once; otherwise send what is left (an ERROR or
 * REJECT, perhaps), end our direction and read to the end, for at most a second.
 */
export interface EndedEvent {
  readonly type: 'ended';
  readonly cause: CloseCause;
  readonly hard: boolean;
  /** What the server that refused to go on with the session still knows of it; null: nothing. */
  readonly tombstone: Tombstone | null;
}

export type SessionFrame =
  | MessageFrame
  | ReplyFrame
  | RefusalFrame
  | VoidFrame
  | VolatileFrame
  | CancelFrame
  | AckFrame
  | RefusalAckFrame
  | GoawayFrame
  | GoodbyeFrame
  | GoodbyeAckFrame;

export type ConnectionEvent =
  | SessionFrame
  | HelloEvent
  | WelcomeEvent
  | AckBlockEvent
  | PingedEvent
  | PongEvent
  | LivenessEvent
  | AskEndpointEvent
  | EndedEvent;
