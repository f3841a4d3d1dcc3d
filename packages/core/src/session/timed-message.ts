/**
 * Which message measures the round trip. PROTOCOL.md §11.
 *
 * One at a time, as TCP without timestamps does it (RFC 6298 §3): it costs two numbers, and a steady stream is measured about once each round trip. The
 * newest message would not do: on a busy connection there is always a newer one before the acknowledgement comes. Of what is written together the
 * last is timed, because the peer reads it together and answers with one block. The delay in a block is that of the newest id that
 * it covers; if that is another than the timed one, the block would measure the peer's patience as well, and the message measures nothing.
 */
export class TimedMessage {
  /** 0: none is being timed. */
  #id = 0;
  #writtenAtMs = 0;

  /** The last byte of a message was written. */
  wrote(id: number, nowMs: number): void {
    if (this.#id !== 0 && nowMs !== this.#writtenAtMs) return;
    this.#id = id;
    this.#writtenAtMs = nowMs;
  }

  /** The peer has everything up to `received`. Returns when the message was written that this block measures, or null. */
  take(received: number): number | null {
    if (this.#id === 0 || received < this.#id) return null;
    const isExact = received === this.#id;
    this.#id = 0;
    return isExact ? this.#writtenAtMs : null;
  }

  /** Another connection: what is written again may be acknowledged for its first writing (Karn's rule). */
  forget(): void {
    this.#id = 0;
  }
}
