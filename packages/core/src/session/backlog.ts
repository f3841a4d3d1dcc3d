/**
 * Whether the peer's application gets its work done: it takes more and more in, and has settled nothing for a long time. PROTOCOL.md §11.
 *
 * That is no silence. The peer is alive, and another connection would help nothing; but somebody who sends may want to send less. One message that takes
 * long is no backlog: there must be another one that came after it.
 */
const BACKLOG_MS = 30_000;

export class Backlog {
  /** It has been said. */
  isThere = false;
  /** Since when the peer holds something and has settled nothing; Infinity: it holds nothing. */
  #sinceMs = Infinity;
  /** How many messages it had received then. */
  #receivedThen = 0;
  #settled = 0;
  #hasMoved = false;

  get deadlineMs(): number {
    return this.#hasMoved && !this.isThere ? this.#sinceMs + BACKLOG_MS : Infinity;
  }

  /** The peer acknowledged: the last id that it has received, how many it has settled, and whether it holds others. Returns whether a backlog is over. */
  note(received: number, settled: number, holdsAny: boolean, nowMs: number): boolean {
    const hasSettled = settled !== this.#settled;
    this.#settled = settled;
    if (holdsAny && !hasSettled && this.#sinceMs !== Infinity) {
      this.#hasMoved = received > this.#receivedThen;
      return false;
    }
    this.#sinceMs = holdsAny ? nowMs : Infinity;
    this.#receivedThen = received;
    return this.#leave();
  }

  /** We stood still: what the peer has said meanwhile is not read yet. */
  discount(stalledMs: number): void {
    this.#sinceMs += stalledMs;
  }

  /** The connection is gone, and with it whoever could have said more. Returns whether a backlog is over. */
  stop(): boolean {
    this.#sinceMs = Infinity;
    return this.#leave();
  }

  /** Returns whether there is a backlog from now on. */
  handleDeadline(nowMs: number): boolean {
    if (this.deadlineMs > nowMs) return false;
    this.isThere = true;
    return true;
  }

  #leave(): boolean {
    const wasThere = this.isThere;
    this.isThere = false;
    this.#hasMoved = false;
    return wasThere;
  }
}
