/**
 * Volatile values of one session, both directions: the newest wins, nothing is confirmed, nothing is sent again. PROTOCOL.md §20.
 *
 * They take no part in ids, windows and acknowledgements, so they need nothing of the sender and the receiver of messages.
 */
import type { Announcement } from '../connection/handshake.ts';
import { HeartwireError } from '../errors/heartwire-error.ts';
import type { FrameWriter } from '../wire/frame-writer.ts';
import type { AckBlock, VolatileFrame } from '../wire/frame.ts';
import { VOLATILE_HEADER_MAX_BYTES, VOLATILE_MAX_BYTES } from '../wire/wire-limit.ts';
import { VolatileDrops, type VolatileLimitEvent } from './volatile-drops.ts';
import { VolatileInbox } from './volatile-inbox.ts';
import { VolatileOutbox, type OutgoingVolatile } from './volatile-outbox.ts';

/** How many types and keys may wait in each direction, unless an option says otherwise. */
export const VOLATILE_MAX_KEYS = 1024;

export class VolatileChannel {
  readonly inbox: VolatileInbox;
  readonly drops: VolatileDrops = new VolatileDrops();
  readonly #outbox: VolatileOutbox;
  readonly #acceptedMaxBytes: number;

  constructor({ messageMaxBytes }: Announcement, maxKeys: number) {
    this.inbox = new VolatileInbox(maxKeys);
    this.#outbox = new VolatileOutbox(maxKeys);
    this.#acceptedMaxBytes = Math.min(VOLATILE_MAX_BYTES, messageMaxBytes);
  }

  /** Nothing waits to be written. */
  get isIdle(): boolean {
    return this.#outbox.size === 0;
  }

  /** Bytes of values that wait or are being handled. */
  get heldBytes(): number {
    return this.#outbox.heldBytes + this.inbox.heldBytes;
  }

  /** Takes a value in; `peer` is null while there is no open connection to write it to. Throws a HeartwireError when it can never be sent. */
  send(value: OutgoingVolatile, peer: Announcement | null): void {
    // What any peer refuses is a mistake at any time; what this one refuses is known when it is there.
    const maxBytes = peer === null ? VOLATILE_MAX_BYTES : sentMaxBytes(peer);
    if (value.payload.length > maxBytes) {
      const detail = `a volatile value of ${value.payload.length} bytes, at most ${maxBytes} are allowed`;
      throw new HeartwireError('ERR_HW_MESSAGE_TOO_LARGE', { by: 'local', detail });
    }
    if (peer === null) this.drops.add('not-open');
    else if (this.#outbox.put(value)) this.drops.add('outbox-keys');
  }

  /** Writes until `maxBytes` are collected or nothing waits; the ack block rides on the first frame. */
  write(writer: FrameWriter, maxBytes: number, ack: (nowMs: number) => AckBlock | null, nowMs: number): void {
    if (!this.isIdle) this.#outbox.write(writer, maxBytes, ack, nowMs);
  }

  /** A value of the peer. Throws a HeartwireError when it is too large. */
  receive({ name, key, payload }: VolatileFrame): void {
    if (payload.length > this.#acceptedMaxBytes) {
      const detail = `a volatile value of ${payload.length} bytes, at most ${this.#acceptedMaxBytes} are allowed`;
      throw new HeartwireError('ERR_HW_FRAME_TOO_LARGE', { by: 'remote', detail });
    }
    if (this.inbox.add(name, key, payload)) this.drops.add('inbox-keys');
  }

  /** There is no connection to write to any more, or its end has begun: what waits is dropped. */
  withdraw(): void {
    this.drops.add('not-open', this.#outbox.size);
    this.#outbox.clear();
  }

  /** The session is over. Returns what is still to be told. */
  end(): VolatileLimitEvent[] {
    this.withdraw();
    return this.drops.end();
  }
}

/** A value travels in one frame, whatever stands around it. */
function sentMaxBytes({ messageMaxBytes, frameMaxBytes }: Announcement): number {
  return Math.min(VOLATILE_MAX_BYTES, messageMaxBytes, frameMaxBytes - VOLATILE_HEADER_MAX_BYTES);
}
