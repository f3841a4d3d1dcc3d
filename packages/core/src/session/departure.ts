/**
 * A planned end after which the client is welcome again: the server says when with GOAWAY, and the client takes its session's place elsewhere.
 * PROTOCOL.md §12.
 */
import { FrameType } from '../wire/frame-type.ts';
import type { FrameWriter } from '../wire/frame-writer.ts';
import type { GoawayFrame } from '../wire/frame.ts';
import { VARINT_MAX } from '../wire/varint.ts';
import type { CloseCause } from '../errors/close-cause.ts';

/** The code of a GOAWAY to a connection that another one has taken the place of. */
export const GOAWAY_SUPERSEDED = 1;
/** The code of a GOAWAY that announces the end of the session and asks the client to come again. */
export const GOAWAY_LEAVING = 2;

/** When the client is welcome again: after `minMs` at the earliest, and `maxMs` at the latest, so that not all come at once. */
export interface ReturnWindow {
  readonly minMs: number;
  readonly maxMs: number;
}

export class Departure {
  /** What we have announced; null: nothing. */
  #ours: GoawayFrame | null = null;
  #isToldHere = false;
  /** What the peer has announced. */
  #theirs: GoawayFrame | null = null;

  /** The peer leaves, and wants us to come again. */
  get isInvited(): boolean {
    return this.#theirs !== null;
  }

  announce({ minMs, maxMs }: ReturnWindow, deadlineMs: number, reason: string): void {
    this.#ours ??= {
      type: FrameType.GOAWAY,
      code: GOAWAY_LEAVING,
      deadlineMs: Math.min(Math.ceil(deadlineMs), VARINT_MAX),
      reconnectMinMs: minMs,
      reconnectMaxMs: maxMs,
      reason,
    };
  }

  receive(frame: GoawayFrame): void {
    this.#theirs = frame;
  }

  /** Another connection has to be told again. */
  restart(): void {
    this.#isToldHere = false;
  }

  /** Another session takes the place of this one: nobody leaves there. */
  renew(): void {
    this.#theirs = null;
  }

  write(writer: FrameWriter): void {
    if (this.#ours === null || this.#isToldHere) return;
    const { code, deadlineMs, reconnectMinMs, reconnectMaxMs, reason } = this.#ours;
    writer.goaway(code, deadlineMs, reconnectMinMs, reconnectMaxMs, reason);
    this.#isToldHere = true;
  }

  /** Why the session ended when both sides have kept to what the peer announced. */
  get cause(): CloseCause {
    const { reconnectMinMs, reconnectMaxMs, reason } = this.#theirs!;
    return {
      kind: 'refused',
      by: 'application',
      code: 'ERR_HW_SHUTTING_DOWN',
      message: reason === '' ? 'the server is going away' : reason,
      retryAfter: reconnectMinMs,
      retryWithin: Math.max(0, reconnectMaxMs - reconnectMinMs),
    };
  }
}
