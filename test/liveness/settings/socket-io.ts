/**
 * Engine.IO 4 and later, which Socket.IO stands on: the server pings `pingInterval` after the last pong and gives up when no pong comes within
 * `pingTimeout`; the client answers, and gives up when it has heard nothing for both together.
 */
import type { End, EndOptions, Setting } from '../setting.ts';

export function socketIo(pingIntervalMs: number = 25_000, pingTimeoutMs: number = 20_000): Setting {
  return {
    name: 'Socket.IO',
    intervalMs: pingIntervalMs,
    toleranceMs: () => pingTimeoutMs,
    isDeathFinal: true,
    memorySegments: 32,
    make: (options) =>
      options.side === 'server'
        ? new EngineServer(pingIntervalMs, pingTimeoutMs, options)
        : new EngineClient(pingIntervalMs + pingTimeoutMs, options),
  };
}

class EngineServer implements End {
  readonly #pingIntervalMs: number;
  readonly #pingTimeoutMs: number;
  readonly #options: EndOptions;
  #pingAtMs: number;
  #deadAtMs = Infinity;

  constructor(pingIntervalMs: number, pingTimeoutMs: number, options: EndOptions) {
    this.#pingIntervalMs = pingIntervalMs;
    this.#pingTimeoutMs = pingTimeoutMs;
    this.#options = options;
    this.#pingAtMs = options.nowMs + pingIntervalMs;
  }

  get nextMs(): number {
    return Math.min(this.#pingAtMs, this.#deadAtMs);
  }

  wake(nowMs: number): void {
    if (this.#deadAtMs <= nowMs) {
      this.#deadAtMs = Infinity;
      return this.#options.judge('dead', nowMs);
    }
    this.#pingAtMs = Infinity;
    this.#deadAtMs = nowMs + this.#pingTimeoutMs;
    this.#options.write(0, nowMs);
  }

  receive(_frame: number, nowMs: number): void {
    this.#deadAtMs = Infinity;
    this.#pingAtMs = nowMs + this.#pingIntervalMs;
  }
}

class EngineClient implements End {
  readonly #silenceMs: number;
  readonly #options: EndOptions;
  nextMs: number;

  constructor(silenceMs: number, options: EndOptions) {
    this.#silenceMs = silenceMs;
    this.#options = options;
    this.nextMs = options.nowMs + silenceMs;
  }

  wake(nowMs: number): void {
    this.nextMs = Infinity;
    this.#options.judge('dead', nowMs);
  }

  receive(_frame: number, nowMs: number): void {
    this.nextMs = nowMs + this.#silenceMs;
    this.#options.write(0, nowMs);
  }
}
