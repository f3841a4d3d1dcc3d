/**
 * Volatile values that wait to be written: at most one for each type and key, the newest. PROTOCOL.md §20.
 *
 * They leave in the order in which their keys came to wait, so that a key that is renewed all the time does not keep the others waiting and is
 * not kept waiting itself. Nothing is remembered of what was written: it is never sent again.
 */
import type { FrameWriter } from '../wire/frame-writer.ts';
import type { AckBlock } from '../wire/frame.ts';
import { LatestValues } from './latest-values.ts';
import { volatileSlot } from './volatile-slot.ts';

/** A value on its way out. */
export interface OutgoingVolatile {
  readonly name: string;
  readonly key: string;
  readonly payload: Uint8Array;
}

export class VolatileOutbox {
  readonly #waiting: LatestValues<OutgoingVolatile>;
  readonly #turns = new Set<string>();

  constructor(maxKeys: number) {
    this.#waiting = new LatestValues(maxKeys, sizeOf);
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** Bytes of what waits. */
  get heldBytes(): number {
    return this.#waiting.bytes;
  }

  /** Takes a value in, in the place of an older one. Returns whether another key's value had to be dropped for it. */
  put(value: OutgoingVolatile): boolean {
    const slot = volatileSlot(value.name, value.key);
    this.#turns.add(slot);
    const dropped = this.#waiting.put(slot, value);
    if (dropped !== null) this.#turns.delete(dropped);
    return dropped !== null;
  }

  /** Writes until `maxBytes` are collected or nothing waits; the ack block rides on the first frame. */
  write(writer: FrameWriter, maxBytes: number, ack: (nowMs: number) => AckBlock | null, nowMs: number): void {
    for (const slot of this.#turns) {
      if (writer.length >= maxBytes) return;
      this.#turns.delete(slot);
      const { name, key, payload } = this.#waiting.take(slot)!;
      writer.volatile(key, name, payload, ack(nowMs));
    }
  }

  clear(): void {
    this.#waiting.clear();
    this.#turns.clear();
  }
}

function sizeOf({ payload }: OutgoingVolatile): number {
  return payload.length;
}
