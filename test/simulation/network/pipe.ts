/**
 * One direction of a simulated connection: bytes in order, as late and in such pieces as the weather wants, then an end or a reset.
 *
 * It keeps what it cannot deliver, as TCP does: a hole loses nothing by itself, it only says nothing. What is lost is what a reset overtakes.
 */
import type { Clock } from '@heartwire/core';
import type { SeededRandom } from '../../support/seeded-random.ts';

/** How a connection behaves, drawn once for each. */
export interface LinkWeather {
  readonly latencyMs: number;
  readonly jitterMs: number;
  /** Into how many pieces a write may be cut. */
  readonly maxCuts: number;
}

export type Arrival = Uint8Array | 'end' | 'reset';

interface Piece {
  readonly what: Arrival;
  readonly dueMs: number;
}

export interface PipeEnds {
  arrive(what: Arrival): void;
  /** What had waited above the high-water mark has gone. */
  drained(): void;
}

/** What waits before `write` says that it is enough; the number of the transport contract. */
const HIGH_WATER_BYTES = 65_536;

export class Pipe {
  readonly #clock: Clock;
  readonly #random: SeededRandom;
  readonly #weather: LinkWeather;
  readonly #ends: PipeEnds;
  #pieces: Piece[] = [];
  #waitingBytes = 0;
  #isCongested = false;
  /** Nothing more is taken in: an end or a reset stands at the back of the queue. */
  #isOver = false;
  #heldUntilMs = 0;
  #lastDueMs = 0;
  #wakeAtMs = Infinity;

  constructor(clock: Clock, random: SeededRandom, weather: LinkWeather, ends: PipeEnds) {
    this.#clock = clock;
    this.#random = random;
    this.#weather = weather;
    this.#ends = ends;
  }

  write(bytes: Uint8Array): boolean {
    if (this.#isOver) return true;
    for (const piece of this.#cut(bytes)) this.#put(piece, this.#drawMs());
    this.#waitingBytes += bytes.length;
    this.#isCongested ||= this.#waitingBytes > HIGH_WATER_BYTES;
    return !this.#isCongested;
  }

  /** The reader sees the end after everything that was written. */
  end(): void {
    if (this.#isOver) return;
    this.#put('end', this.#drawMs());
    this.#isOver = true;
  }

  /** The reader sees a reset, `afterMs` from now; what is still under way is lost if the reset is to overtake it. */
  reset(afterMs: number, overtakes: boolean): void {
    if (overtakes) {
      this.#pieces = [];
      this.#waitingBytes = 0;
      this.#lastDueMs = 0;
    }
    this.#put('reset', afterMs);
    this.#isOver = true;
  }

  /** Of what is under way only this share still arrives, a number from 0 to 1: the end of it is lost, perhaps in the middle of a frame. */
  lose(share: number): void {
    let leftBytes = Math.floor(this.#waitingBytes * share);
    const kept: Piece[] = [];
    for (const { what, dueMs } of this.#pieces) {
      if (leftBytes === 0 || typeof what === 'string') break;
      const part = what.subarray(0, leftBytes);
      leftBytes -= part.length;
      kept.push({ what: part, dueMs });
    }
    this.#pieces = kept;
    this.#waitingBytes = kept.reduce((sum, { what }) => sum + what.length, 0);
  }

  /** Nothing arrives before `untilMs`, and nobody is told. */
  hold(untilMs: number): void {
    this.#heldUntilMs = Math.max(this.#heldUntilMs, untilMs);
  }

  /** Everything flows again. */
  heal(): void {
    this.#heldUntilMs = 0;
    this.#wake();
  }

  #put(what: Arrival, delayMs: number): void {
    // Nothing overtakes: jitter delays what comes behind as well.
    this.#lastDueMs = Math.max(this.#lastDueMs, this.#clock.now() + delayMs);
    this.#pieces.push({ what, dueMs: this.#lastDueMs });
    this.#wake();
  }

  /** A few cuts, most of them near the beginning, where frames have their heads. */
  #cut(bytes: Uint8Array): Uint8Array[] {
    const pieces: Uint8Array[] = [];
    let at = 0;
    for (let cuts = this.#weather.maxCuts; cuts > 0 && at < bytes.length - 1; cuts -= 1) {
      const end = at + this.#random.integer(1, cuts % 2 === 0 ? Math.min(8, bytes.length - at) : bytes.length - at);
      pieces.push(bytes.subarray(at, end));
      at = end;
    }
    if (at < bytes.length) pieces.push(bytes.subarray(at));
    return pieces;
  }

  #drawMs(): number {
    const { latencyMs, jitterMs } = this.#weather;
    return latencyMs + (jitterMs === 0 ? 0 : Math.floor(jitterMs * this.#random.next()));
  }

  #wake(): void {
    const first = this.#pieces[0];
    if (first === undefined) return;
    const atMs = Math.max(first.dueMs, this.#heldUntilMs);
    if (atMs >= this.#wakeAtMs || atMs === Infinity) return;
    this.#wakeAtMs = atMs;
    this.#clock.schedule(() => {
      if (this.#wakeAtMs !== atMs) return;
      this.#wakeAtMs = Infinity;
      this.#deliverDue();
    }, atMs - this.#clock.now());
  }

  #deliverDue(): void {
    const nowMs = this.#clock.now();
    while (this.#heldUntilMs <= nowMs) {
      const first = this.#pieces[0];
      if (first === undefined || first.dueMs > nowMs) break;
      this.#pieces.shift();
      this.#deliver(first.what);
    }
    this.#wake();
  }

  #deliver(what: Arrival): void {
    if (typeof what !== 'string') this.#waitingBytes -= what.length;
    this.#ends.arrive(what);
    if (!this.#isCongested || this.#waitingBytes > 0) return;
    this.#isCongested = false;
    this.#ends.drained();
  }
}
