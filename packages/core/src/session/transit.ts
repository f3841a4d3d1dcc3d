/**
 * Payload on the way: written on this connection, and not said by the peer to be there. PROTOCOL.md §10.
 *
 * What is written waits in buffers that nobody here can look into: the transport's, the kernel's, the network's. On a slow way they hold megabytes,
 * and everything written later, heartbeats included, stands behind them. So the sender keeps the sum of all of them small: it stops when more than
 * `limitBytes` are on the way, whoever holds them.
 *
 * How much is too much depends on how fast the way is. One stretch of bytes is timed after the other, from its writing to the word that it arrived. When
 * that took more than 100 ms longer than it does on an idle way, the rest was waiting: the limit is halved, at most once for each stretch, because the
 * next one is timed only after the last one arrived. Each stretch in time gives a chunk back. (So TCP does it, for the same reason: halving empties a queue faster
 * than it fills, and small steps find the edge again.) Ways change, so the shortest time is that of the last minute or two, and not of all times: a longer way is not
 * taken for a full one for ever.
 *
 * Of a new connection nothing is known, and the largest limit would fill a slow way for seconds before the first stretch says so. So it begins small, and doubles with each stretch in time until
 * one is late: as TCP does, and from more than TCP begins with, so that no way is used later than it would be without us. What was not used was not tried: only a limit that held something back grows.
 */
import { CHUNK_MAX_BYTES } from '../wire/wire-limit.ts';

/** How much may be on the way, unless an option says otherwise. */
export const IN_FLIGHT_MAX_BYTES = 262_144;
/** It is never less: the peer need not say anything before 16 KiB are there, and a chunk may be that long. */
export const IN_FLIGHT_FLOOR_BYTES = 32_768;
/** How long a stretch may wait in buffers. */
const QUEUE_MAX_MS = 100;
const GROWTH_BYTES: number = CHUNK_MAX_BYTES;
/** What a new connection begins with: one write, and four times what TCP begins with (RFC 6928). */
export const IN_FLIGHT_START_BYTES = 65_536;
/** The shortest time counts for one to two of these. */
const MEMORY_MS = 60_000;

export class Transit {
  readonly #maxBytes: number;
  #limitBytes: number;
  /** No stretch of this connection was late yet. */
  #isStarting = true;
  /** Since the last stretch was judged, the limit was reached. */
  #wasReached = false;
  /** Both since the connection began. */
  #writtenBytes = 0;
  #arrivedBytes = 0;
  /** The end of the stretch that is timed, and when it was written. */
  #timedBytes = Infinity;
  #timedAtMs = 0;
  /** The shortest time of the present and of the last span of memory. */
  #shortestMs = Infinity;
  #formerShortestMs = Infinity;
  #spanEndMs = -Infinity;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.#limitBytes = Math.min(IN_FLIGHT_START_BYTES, maxBytes);
  }

  /** How much may be on the way at present. */
  get limitBytes(): number {
    return this.#limitBytes;
  }

  /** Whether another chunk may be written. */
  get hasRoom(): boolean {
    return this.#writtenBytes - this.#arrivedBytes < this.#limitBytes;
  }

  wrote(bytes: number, nowMs: number): void {
    this.#writtenBytes += bytes;
    if (!this.hasRoom) this.#wasReached = true;
    if (this.#timedBytes !== Infinity) return;
    this.#timedBytes = this.#writtenBytes;
    this.#timedAtMs = nowMs;
  }

  /** So many bytes in all have come to the peer by this connection. */
  arrived(totalBytes: number, nowMs: number): void {
    this.#arrivedBytes = totalBytes;
    if (totalBytes < this.#timedBytes) return;
    this.#timedBytes = Infinity;
    this.#judge(nowMs - this.#timedAtMs, nowMs);
  }

  /** A new connection: nothing is on the way, and what was learned of the old way says nothing of the new one. */
  restart(): void {
    this.#limitBytes = Math.min(IN_FLIGHT_START_BYTES, this.#maxBytes);
    this.#isStarting = true;
    this.#wasReached = false;
    this.#writtenBytes = 0;
    this.#arrivedBytes = 0;
    this.#timedBytes = Infinity;
    this.#shortestMs = Infinity;
    this.#formerShortestMs = Infinity;
    this.#spanEndMs = -Infinity;
  }

  #judge(tookMs: number, nowMs: number): void {
    if (nowMs >= this.#spanEndMs) {
      this.#spanEndMs = nowMs + MEMORY_MS;
      this.#formerShortestMs = this.#shortestMs;
      this.#shortestMs = Infinity;
    }
    this.#shortestMs = Math.min(this.#shortestMs, tookMs);
    const idleMs = Math.min(this.#shortestMs, this.#formerShortestMs);
    if (tookMs - idleMs > QUEUE_MAX_MS) {
      this.#limitBytes = Math.max(IN_FLIGHT_FLOOR_BYTES, this.#limitBytes / 2);
      this.#isStarting = false;
    } else if (this.#wasReached) {
      const grown = this.#isStarting ? 2 * this.#limitBytes : this.#limitBytes + GROWTH_BYTES;
      this.#limitBytes = Math.min(this.#maxBytes, grown);
    }
    this.#wasReached = false;
  }
}
