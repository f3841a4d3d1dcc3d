/** What a session's driver and those who made it say to each other: types only. */
import type { Connection } from '../connection/connection.ts';
import type { CloseCause } from '../errors/close-cause.ts';
import type { OutgoingMessage } from '../session/outgoing-message.ts';

/** What the driver tells its owner. */
export interface DriverListener {
  /** The session stands, or goes on; `id` is what the server called it, null on its own side. */
  opened(connection: Connection, id: string | null): void;
  /** Its connection is gone, or was not made, and it waits for another one. */
  waiting(cause: CloseCause): void;
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
