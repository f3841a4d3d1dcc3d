/** What a session's driver and those who made it say to each other: types only. */
import type { Connection } from '../connection/connection.ts';
import type { LivenessStatus } from '../connection/liveness.ts';
import type { CloseCause } from '../errors/close-cause.ts';
import type { OutgoingMessage } from '../session/outgoing-message.ts';
import type { Session } from '../session/session.ts';
import type { Attachment } from './attachment.ts';
import type { ResolvedOptions } from './options.ts';
import type { OutgoingLink } from './outgoing-link.ts';
import type { SessionStreams } from './session-streams.ts';

/** What the driver tells its owner. */
export interface DriverListener {
  /** The session stands, or goes on; `id` is what the server called it, null on its own side. */
  opened(connection: Connection, id: string | null): void;
  /** Its connection is gone, or was not made, and it waits for another one. */
  waiting(cause: CloseCause): void;
  /** Its connection is lost, and another one is shaking hands already. */
  underWay(cause: CloseCause): void;
  /** Something changed while there is no connection to write to: it may hold more than before. */
  changed(): void;
  /** It is over, and nothing of it remains. */
  closed(cause: CloseCause): void;
}

/** A message that somebody follows. */
export interface FollowedMessage extends OutgoingMessage {
  /** Tells whoever follows it how far it has come; false when that was known already. */
  tell(nowMs: number): boolean;
}

/** A link that is being made. */
export interface Dial {
  /** It is not wanted any more; the transport will say that it is closed. */
  abandon(): void;
}

/** A link that stands, and over which nothing was said yet. */
export interface MadeLink {
  readonly link: OutgoingLink;
  /** Says HELLO from where the session is now. */
  readonly greet: () => Connection;
  /** The session's peer is at the other end of this link from now on. */
  readonly introduce: () => void;
}

/** What a link is made for. */
export interface DialGoal {
  dialing(dial: Dial, address: string, attempt: number): void;
  /** The link stands. Returns the sink for what it says. */
  made(made: MadeLink): Attachment;
  /** There will be no link. */
  dialFailed(cause: CloseCause): void;
}

/** Makes a second connection, if there is a point in it. */
export interface SecondConnection {
  readonly nextDeadlineMs: number;
  /** The verdict on the peer changed. */
  judged(status: LivenessStatus, nowMs: number): void;
  /** We ourselves stood still. */
  stalled(stalledMs: number, nowMs: number): void;
  /** We may have been away, or the network is another one. */
  woken(nowMs: number): void;
  /** Bytes came on the first connection, or the answer to a PING. */
  heard(nowMs: number, isAnswer: boolean): void;
  handleDeadline(nowMs: number): void;
  /** The session has lost its connection. Returns whether the second one shakes hands already: then it is the session's from now on. Otherwise whatever was begun is given up. */
  lost(nowMs: number): boolean;
  /** The session is over: whatever was begun is given up. */
  stop(nowMs: number): void;
}

/** What it needs of the driver. */
export interface SecondConnectionHost {
  readonly options: ResolvedOptions;
  readonly session: Session;
  readonly streams: SessionStreams;
  readonly hasEnded: boolean;
  /** A link is being made that is not the session's: nothing is over before it is gone. */
  expectFormerLink(): void;
  formerLinkGone(): void;
  /** There is something to write, or another deadline. */
  wake(): void;
  /** From now on nothing is written on the session's connection, and nothing that it brings is read. */
  hold(): void;
  /** It goes on, with what it brought meanwhile. */
  release(): void;
  /** The session's connection is this one from now on, whatever may have become of it. */
  switchTo(connection: Connection, attachment: Attachment): void;
}
