/**
 * One connection under a session: what its link says reaches the session's driver as long as the driver has no other one.
 *
 * A connection that another one has taken the place of may still say something, late or for ever; nobody listens to it (promise P18). Only that it
 * is gone counts, because nothing of ours may remain. One that another connection is about to take the place of is held: what it says is heard when it is released, or never.
 */
import type { CloseCause } from '../errors/close-cause.ts';
import type { Link, LinkSink } from '../transport/transport.ts';
import { HeldWords } from './held-words.ts';
import type { OutgoingLink } from './outgoing-link.ts';

/** What a connection tells the driver of its session. */
export interface AttachmentOwner {
  received(chunk: Uint8Array): void;
  /** Bytes came, and are held. */
  overheard(): void;
  drained(): void;
  /** The machinery at the other end answered. */
  endpointAnswered(): void;
  readEnded(): void;
  linkGone(cause: CloseCause): void;
  /** One that was replaced is gone, too. */
  formerLinkGone(): void;
}

export class Attachment implements LinkSink {
  readonly link: OutgoingLink;
  /** Why the protocol gave the connection up; it says more than that the link ended. */
  cause: CloseCause | null = null;
  #owner: AttachmentOwner;
  #isReplaced = false;
  #held: HeldWords | null = null;

  constructor(owner: AttachmentOwner, link: OutgoingLink) {
    this.#owner = owner;
    this.link = link;
  }

  /** From now on nobody listens. */
  replace(): void {
    this.#isReplaced = true;
    this.#held = null;
  }

  /** From now on somebody else listens. */
  handOver(owner: AttachmentOwner): void {
    this.#owner = owner;
  }

  /** From now on nobody listens, until it is released. */
  hold(maxBytes: number): void {
    this.#held = new HeldWords(maxBytes);
  }

  /** What was held, which is the caller's from now on; null: nothing is. */
  takeHeld(): HeldWords | null {
    const held = this.#held;
    this.#held = null;
    return held;
  }

  open(_link: Link): void {}

  bytes(chunk: Uint8Array): void {
    if (this.#held !== null) {
      this.#held.add(chunk);
      this.#owner.overheard();
    } else if (!this.#isReplaced) this.#owner.received(chunk);
  }

  drained(): void {
    this.link.drained();
    if (this.#held === null && !this.#isReplaced) this.#owner.drained();
  }

  pong(): void {
    if (!this.#isReplaced) this.#owner.endpointAnswered();
  }

  readEnded(): void {
    if (this.#held !== null) this.#held.hasReadEnd = true;
    else if (!this.#isReplaced) this.#owner.readEnded();
  }

  closed(cause: CloseCause): void {
    this.link.gone();
    if (this.#held !== null) this.#held.goneCause = cause;
    else if (this.#isReplaced) this.#owner.formerLinkGone();
    else this.#owner.linkGone(cause);
  }
}
