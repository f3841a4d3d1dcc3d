/**
 * A link as its owner commands it: whether writing is welcome, and an end that cannot hang.
 *
 * After `end` our direction is over, and whatever the peer still sends is read to its end, so that the kernel does not turn unread
 * bytes into a reset that would destroy our last words on their way. A peer that does not end its own direction in time is dropped.
 */
import type { Link, LinkInfo } from '../transport/transport.ts';
import type { Clock } from './clock.ts';

const LINGER_MS = 1000;

export class OutgoingLink {
  readonly #link: Link;
  readonly #clock: Clock;
  #isWritable = true;
  #isEnded = false;
  #isGone = false;
  #cancelLinger: (() => void) | null = null;

  constructor(link: Link, clock: Clock) {
    this.#link = link;
    this.#clock = clock;
  }

  get info(): LinkInfo {
    return this.#link.info;
  }

  get isWritable(): boolean {
    return this.#isWritable && !this.#isEnded && !this.#isGone;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  write(bytes: Uint8Array): void {
    if (this.#isEnded || this.#isGone) return;
    this.#isWritable = this.#link.write(bytes);
  }

  /** Asks the machinery at the other end, where the transport can. */
  ping(): void {
    if (!this.#isEnded && !this.#isGone) this.#link.ping?.();
  }

  drained(): void {
    this.#isWritable = true;
  }

  end(): void {
    if (this.#isEnded || this.#isGone) return;
    this.#isEnded = true;
    this.#link.end();
    this.#cancelLinger = this.#clock.schedule(() => this.abort(), LINGER_MS);
  }

  abort(): void {
    if (this.#isGone) return;
    this.#isEnded = true;
    this.#stopLinger();
    this.#link.abort();
  }

  /** The transport says that it is gone. */
  gone(): void {
    this.#isGone = true;
    this.#stopLinger();
  }

  #stopLinger(): void {
    this.#cancelLinger?.();
    this.#cancelLinger = null;
  }
}
