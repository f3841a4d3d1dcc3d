/**
 * What we owe the peer: which of its ids we have received, which are settled, and when to say so. PROTOCOL.md §8.
 *
 * Two positions that only grow carry nearly everything. Ids that settle before their elders (a quick request beside a slow one) are told
 * once, as ranges; refused ids are told once, with their codes, and never later than the position that covers them. So whatever position the
 * peer sees, the refusals below it have been seen, too. All this is once for each connection: what may have been lost with the last one is told
 * again, and a refusal is kept until the peer has said that it has read it.
 */
import { HeartwireError } from '../errors/heartwire-error.ts';
import type { FrameType } from '../wire/frame-type.ts';
import type { AckBlock, AckDetail, RefusedId } from '../wire/frame.ts';
import { DETAIL_MAX_ENTRIES, REFUSAL_CODE_MAX_BYTES, TICKS_PER_MS, UNTOLD_MAX_BYTES } from '../wire/wire-limit.ts';
import { EMPTY_DIGEST, mixDigest } from './digest.ts';
import { Fifo } from './fifo.ts';

/** `received` alone waits for `settled` to catch up: this many messages, this long. */
const HELD_MESSAGES = 2;
const HELD_MS = 25;
/** What the parts of an ACK take at most: all that is neither range nor refusal, one range, and one refusal without its data. */
const ACK_MAX_BYTES = 32;
const RANGE_MAX_BYTES = 16;
const REFUSAL_MAX_BYTES: number = 16 + REFUSAL_CODE_MAX_BYTES;
const NO_DATA = new Uint8Array(0);

export class Acknowledgements {
  #received = 0;
  #settled = 0;
  /** Settled ids above the position. */
  readonly #early = new Set<number>();
  /** Those of them that the peer has not been told. */
  #untoldEarly: number[] = [];
  #untoldRefusals: RefusedId[] = [];
  /** Refusals that the peer was told on this connection and has not said to have read, in the order of telling. */
  readonly #unreadRefusals = new Fifo<RefusedId>();
  #digest = EMPTY_DIGEST;
  #toldReceived = 0;
  #toldSettled = 0;
  /** Payload bytes of whole messages that the peer has not been told to be here. */
  #untoldBytes = 0;
  /** Those of the message that is unfinished, and how many of them the peer has been told. */
  #partialBytes = 0;
  #toldPartialBytes = 0;
  #receivedAtMs = 0;
  /** When the first of the untold ids was received. */
  #untoldSinceMs = Infinity;
  #isAsked = false;
  /** The position has to be told again, although it has not moved. */
  #mustTell = false;

  get received(): number {
    return this.#received;
  }

  get settled(): number {
    return this.#settled;
  }

  /** The digest of everything up to `received`. */
  get digest(): number {
    return this.#digest;
  }

  /** Refusals that are kept because the peer may not have read them. */
  get keptRefusals(): number {
    return this.#untoldRefusals.length + this.#unreadRefusals.length;
  }

  /** Whether there is anything that the peer has not been told. */
  get isBehind(): boolean {
    if (this.#mustTell || this.hasDetail) return true;
    return this.#received !== this.#toldReceived || this.#settled !== this.#toldSettled;
  }

  /** Whether there are ranges or refusals to tell: then no ack block may go elsewhere first. */
  get hasDetail(): boolean {
    return this.#untoldRefusals.length > 0 || this.#untoldEarly.length > 0;
  }

  /** Of the next id a chunk with so many bytes is here, and more will follow. */
  receivePart(bytes: number): void {
    this.#partialBytes += bytes;
  }

  /** The next id is whole and in the session; it was a frame of this type and carried so many bytes. */
  receive(type: FrameType, size: number, nowMs: number): void {
    this.#received += 1;
    this.#digest = mixDigest(this.#digest, this.#received, type, size);
    this.#untoldBytes += size - this.#toldPartialBytes;
    this.#partialBytes = 0;
    this.#toldPartialBytes = 0;
    this.#receivedAtMs = nowMs;
    if (this.#untoldSinceMs === Infinity) this.#untoldSinceMs = nowMs;
  }

  /** The fate of `id` is decided. */
  settle(id: number, refusal: RefusedId | null): void {
    if (refusal !== null) this.#untoldRefusals.push(refusal);
    if (id !== this.#settled + 1) {
      this.#early.add(id);
      if (refusal === null) this.#untoldEarly.push(id);
      return;
    }
    this.#settled = id;
    while (this.#early.size > 0 && this.#early.delete(this.#settled + 1)) this.#settled += 1;
  }

  /** The peer has read that many more of the refusals that it was told on this connection. Throws a HeartwireError when it was told fewer. */
  forgetRefusals(count: number): void {
    if (count > this.#unreadRefusals.length) {
      const detail = `${count} refusals read, ${this.#unreadRefusals.length} told`;
      throw new HeartwireError('ERR_HW_ACK_RANGE', { by: 'remote', detail });
    }
    for (let left = count; left > 0; left -= 1) this.#unreadRefusals.shift();
  }

  /** A new connection: whatever the peer may not have heard is told again. It knows `received` from the handshake. */
  restart(): void {
    this.#untoldRefusals = this.#untoldRefusals.concat(this.#unreadRefusals.clear());
    const refused = new Set(this.#untoldRefusals.map(({ id }) => id));
    this.#untoldEarly = [...this.#early].filter((id) => !refused.has(id));
    this.#toldReceived = this.#received;
    this.#untoldBytes = 0;
    this.#partialBytes = 0;
    this.#toldPartialBytes = 0;
    // A position that stays behind must stay behind every refusal, as long as not all of them are told again.
    this.#toldSettled = this.#untoldRefusals.reduce((least, { id }) => Math.min(least, id - 1), this.#settled);
    this.#untoldSinceMs = Infinity;
    this.#mustTell = this.#settled > 0;
    this.#isAsked = this.#mustTell;
  }

  /** The peer asked (PING), or is about to hear a goodbye: say at the next opportunity whatever is untold. */
  ask(): void {
    this.#isAsked = this.isBehind;
  }

  isDue(nowMs: number): boolean {
    // The peer counts what is on the way, and stops when it is too much: so it has to hear of large messages before they are whole.
    if (this.#untoldBytes + this.#partialBytes - this.#toldPartialBytes >= UNTOLD_MAX_BYTES) return true;
    if (!this.isBehind) return false;
    if (this.#isAsked || this.hasDetail || this.#settled !== this.#toldSettled) return true;
    return this.#received - this.#toldReceived >= HELD_MESSAGES || nowMs >= this.deadlineMs;
  }

  /** When `received` may wait no longer; Infinity when nothing waits, or does not wait for a time any more. */
  get deadlineMs(): number {
    return this.#isAsked ? Infinity : this.#untoldSinceMs + HELD_MS;
  }

  /** The block to write now. All details must have been taken before. */
  takeBlock(nowMs: number): AckBlock {
    this.#toldReceived = this.#received;
    this.#toldSettled = this.#settled;
    this.#untoldBytes = 0;
    this.#untoldSinceMs = Infinity;
    this.#isAsked = false;
    this.#mustTell = false;
    return this.#block(this.#settled, nowMs);
  }

  /** How much of an unfinished message to tell beside the block, or 0 when there is nothing new to say of it. */
  takePartial(): number {
    if (this.#partialBytes === this.#toldPartialBytes) return 0;
    this.#toldPartialBytes = this.#partialBytes;
    return this.#partialBytes;
  }

  /** An ACK with as much detail as a frame of the peer may hold; while there is more to tell, its position stays behind. */
  takeDetailed(nowMs: number, frameMaxBytes: number): { ack: AckBlock; detail: AckDetail } {
    const roomBytes = frameMaxBytes - ACK_MAX_BYTES;
    const refusals = this.#takeRefusals(roomBytes);
    const usedBytes = refusals.reduce((sum, { data }) => sum + REFUSAL_MAX_BYTES + data.length, 0);
    const ranges = this.#takeRanges(Math.floor((roomBytes - usedBytes) / RANGE_MAX_BYTES));
    const settled = this.hasDetail ? this.#toldSettled : this.#settled;
    const ack = this.hasDetail ? this.#block(settled, nowMs) : this.takeBlock(nowMs);
    return { ack, detail: { ranges: relativeTo(settled, ranges), refusals } };
  }

  /** The session is over: what a peer has to know that comes back for it. What does not fit stays untold, and the position behind it. */
  takeLastWords(maxBytes: number): { ack: AckBlock; detail: AckDetail | null } {
    this.restart();
    if (this.hasDetail) return this.takeDetailed(this.#receivedAtMs, maxBytes);
    return { ack: this.takeBlock(this.#receivedAtMs), detail: null };
  }

  #block(settled: number, nowMs: number): AckBlock {
    const delayMs = Math.max(0, nowMs - this.#receivedAtMs);
    return {
      received: this.#received & 0xffff,
      unsettled: this.#received - settled,
      delayTicks: Math.round(delayMs * TICKS_PER_MS),
    };
  }

  /** The oldest of the untold refusals. Data that would fill a frame alone are left out: the code is what counts. */
  #takeRefusals(roomBytes: number): RefusedId[] {
    this.#untoldRefusals.sort((a, b) => a.id - b.id);
    const taken: RefusedId[] = [];
    let leftBytes = roomBytes;
    for (const refusal of this.#untoldRefusals) {
      const mayHaveData = REFUSAL_MAX_BYTES + refusal.data.length <= roomBytes;
      leftBytes -= REFUSAL_MAX_BYTES + (mayHaveData ? refusal.data.length : 0);
      if (leftBytes < 0 || taken.length === DETAIL_MAX_ENTRIES) break;
      taken.push(mayHaveData ? refusal : { ...refusal, data: NO_DATA });
    }
    for (const refusal of this.#untoldRefusals.splice(0, taken.length)) this.#unreadRefusals.push(refusal);
    return taken;
  }

  /** The oldest of the untold ranges. */
  #takeRanges(max: number): [number, number][] {
    // The position has overtaken some of them by now.
    const ranges = rangesOf(this.#untoldEarly.filter((id) => id > this.#settled));
    const taken = ranges.splice(0, Math.min(max, DETAIL_MAX_ENTRIES));
    const firstLeft = ranges[0]?.[0] ?? Infinity;
    this.#untoldEarly = this.#untoldEarly.filter((id) => id >= firstLeft);
    return taken;
  }
}

/** Distances, as they stand on the wire. */
function relativeTo(settled: number, ranges: readonly [number, number][]): { gap: number; length: number }[] {
  let next = settled + 1;
  return ranges.map(([first, last]) => {
    const gap = first - next;
    next = last + 2;
    return { gap, length: last - first + 1 };
  });
}

/** Consecutive ids put together, ascending. */
function rangesOf(ids: number[]): [number, number][] {
  ids.sort((a, b) => a - b);
  const ranges: [number, number][] = [];
  for (const id of ids) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] + 1 === id) last[1] = id;
    else ranges.push([id, id]);
  }
  return ranges;
}
