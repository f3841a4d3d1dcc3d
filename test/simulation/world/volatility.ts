/** Volatile values of one endpoint: what it sends, and what becomes of the peer's. Each carries its number, and bytes that follow from it. */
import type { AnySession } from '@heartwire/core';
import type { Scene } from './scene.ts';
import type { SimProcess } from './sim-process.ts';

export const VOLATILE_TYPE = 'at';
export const VOLATILE_KEYS = 3;
/** Larger ones than the frames of a tight peer are a mistake of the sender. */
export const VOLATILE_MAX_BYTES = 500;

export class Volatility {
  readonly #object: string;
  readonly #session: AnySession;
  readonly #process: SimProcess;
  readonly #scene: Scene;
  /** Called with the number of each value that was handled. */
  onHandled: ((value: number) => void) | null = null;

  constructor(object: string, session: AnySession, process: SimProcess, scene: Scene) {
    this.#object = object;
    this.#session = session;
    this.#process = process;
    this.#scene = scene;
  }

  /** Returns the number of the value. */
  send(key: number, sizeBytes: number): number {
    const value = this.#scene.nextVolatile();
    const slot = `${this.#object} ${key}`;
    this.#scene.recorder.note({ type: 'volatile-sent', value, object: this.#object, slot });
    this.#session.volatile(VOLATILE_TYPE, [value, new Uint8Array(sizeBytes).fill(value & 0xff)], { key });
    return value;
  }

  attach(handlerMs: number): void {
    this.#session.handle(VOLATILE_TYPE, (data) => this.#handle(data, handlerMs));
  }

  async #handle(data: unknown, handlerMs: number): Promise<void> {
    const [value, filler] = Array.isArray(data) ? (data as unknown[]) : [];
    const number = typeof value === 'number' ? value : -1;
    const isIntact = filler instanceof Uint8Array && filler.every((byte) => byte === (number & 0xff));
    this.#scene.recorder.note({ type: 'volatile-start', value: number, object: this.#object, isIntact });
    if (handlerMs > 0) await this.#process.sleep(handlerMs);
    this.#scene.recorder.note({ type: 'volatile-finish', value: number, object: this.#object });
    this.onHandled?.(number);
  }
}
