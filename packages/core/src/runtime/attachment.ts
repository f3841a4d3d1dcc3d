/**
 * One connection under a session: what its link says reaches the session's driver as long as the driver has no other one.
 *
 * A connection that another one has taken the place of may still say something, late or for ever; nobody listens to it (promise P18). Only that it
 * is gone counts, because nothing of ours may remain.
 */
import type { CloseCause } from '../errors/close-cause.ts';
import type { Link, LinkSink } from '../transport/transport.ts';
import type { OutgoingLink } from './outgoing-link.ts';

/** What a connection tells the driver of its session. */
export interface AttachmentOwner {
  received(chunk: Uint8Array): void;
  drained(): void;
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

  constructor(owner: AttachmentOwner, link: OutgoingLink) {
    this.#owner = owner;
    this.link = link;
  }

  /** From now on nobody listens. */
  replace(): void {
    this.#isReplaced = true;
  }

  open(_link: Link): void {}

  bytes(chunk: Uint8Array): void {
    if (!this.#isReplaced) this.#owner.received(chunk);
  }

  drained(): void {
    this.link.drained();
    if (!this.#isReplaced) this.#owner.drained();
  }

  readEnded(): void {
    if (!this.#isReplaced) this.#owner.readEnded();
  }

  closed(cause: CloseCause): void {
    this.link.gone();
    if (this.#isReplaced) this.#owner.formerLinkGone();
    else this.#owner.linkGone(cause);
  }
}
