/**
 * Volatile values of the peer on their way to the handlers: for each type and key at most one handler runs, and at most one value waits, the newest.
 * PROTOCOL.md §20.
 *
 * They have no lanes: keys do not wait for each other, nor for messages, nor messages for them. Handlers that run and values that wait are
 * bounded by the same number of keys, so a flood of keys costs constant memory. A value starts no earlier than `takeReady`: of several that came
 * together the newest is handled and no other.
 */
import { LatestValues } from './latest-values.ts';
import { volatileSlot } from './volatile-slot.ts';

/** A value of the peer, with bytes of its own. */
export interface IncomingVolatile {
  readonly slot: string;
  readonly name: string;
  readonly payload: Uint8Array;
}

const NOTHING: IncomingVolatile[] = [];

export class VolatileInbox {
  readonly #maxKeys: number;
  readonly #waiting: LatestValues<IncomingVolatile>;
  /** What waits and may start, because no handler of its own runs; in the order in which it may. */
  readonly #startable = new Set<string>();
  readonly #running = new Map<string, IncomingVolatile>();
  #runningBytes = 0;

  constructor(maxKeys: number) {
    this.#maxKeys = maxKeys;
    this.#waiting = new LatestValues(maxKeys, sizeOf);
  }

  /** Nothing waits to be started. */
  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  /** Bytes of what waits and of what is being handled. */
  get heldBytes(): number {
    return this.#waiting.bytes + this.#runningBytes;
  }

  /** A value arrived, in `payload`, which is copied. Returns whether another key's value had to be dropped for it. */
  add(name: string, key: string, payload: Uint8Array): boolean {
    const slot = volatileSlot(name, key);
    if (!this.#running.has(slot)) this.#startable.add(slot);
    const dropped = this.#waiting.put(slot, { slot, name, payload: payload.slice() });
    if (dropped !== null) this.#startable.delete(dropped);
    return dropped !== null;
  }

  /** What may start now; each is to be given to `finish`. */
  takeReady(): IncomingVolatile[] {
    if (this.#startable.size === 0) return NOTHING;
    const ready: IncomingVolatile[] = [];
    for (const slot of this.#startable) {
      if (this.#running.size >= this.#maxKeys) break;
      this.#startable.delete(slot);
      const value = this.#waiting.take(slot)!;
      this.#running.set(slot, value);
      this.#runningBytes += value.payload.length;
      ready.push(value);
    }
    return ready;
  }

  /** Its handler has finished: the next of its key may start. The second time it means nothing. */
  finish(value: IncomingVolatile): void {
    const { slot } = value;
    if (this.#running.get(slot) !== value) return;
    this.#running.delete(slot);
    this.#runningBytes -= value.payload.length;
    if (this.#waiting.has(slot)) this.#startable.add(slot);
  }

  /** The session is over: whatever has not started never will. */
  clear(): void {
    this.#waiting.clear();
    this.#startable.clear();
  }
}

function sizeOf({ payload }: IncomingVolatile): number {
  return payload.length;
}
