/**
 * The payload bytes that the sending half of a session keeps, from `send` until the peer has received them or nobody wants them any more.
 *
 * A broadcast is encoded once and waits in many sessions. It counts for each of them, because whoever does not read keeps it from being let go of; but it is there only once,
 * so somebody who sees all sessions has to count it, and is told who holds it.
 */
import type { OutgoingMessage } from './outgoing-message.ts';

export class HeldBytes {
  /** Of payloads that are in no other session. */
  ownBytes: number = 0;
  /** Of payloads that are in others, too. */
  sharedBytes: number = 0;

  hold(message: OutgoingMessage): void {
    if (message.isHeld) return;
    message.isHeld = true;
    if (message.shared === null) this.ownBytes += message.size;
    else {
      this.sharedBytes += message.size;
      message.shared.hold();
    }
  }

  /** The second time it means nothing, and for a message that was never taken in. */
  release(message: OutgoingMessage): void {
    if (!message.isHeld) return;
    message.isHeld = false;
    if (message.shared === null) this.ownBytes -= message.size;
    else {
      this.sharedBytes -= message.size;
      message.shared.release();
    }
  }
}
