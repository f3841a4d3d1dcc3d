/**
 * What a connection brings while another one is to take its place: not read, and not thrown away either, because it counts again when the other one is refused. PROTOCOL.md §23.
 *
 * It is bounded: beyond `maxBytes` all of it is dropped. Nothing is lost by that, since whatever lies above our position is sent again on the next connection; only this one
 * cannot be gone back to.
 */
import type { CloseCause } from '../errors/close-cause.ts';

export class HeldWords {
  readonly chunks: Uint8Array[] = [];
  /** The peer's direction has ended. */
  hasReadEnd = false;
  /** Why the link is gone; null while it stands. */
  goneCause: CloseCause | null = null;
  /** It was too much, and something is missing. */
  isTooMuch = false;
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  add(chunk: Uint8Array): void {
    this.#bytes += chunk.length;
    this.isTooMuch ||= this.#bytes > this.#maxBytes;
    if (this.isTooMuch) this.chunks.length = 0;
    else this.chunks.push(chunk);
  }
}
