/**
 * SignalR: each side says something when it has been silent for `keepAliveMs`, and gives up when it has heard nothing for `timeoutMs`
 * (`KeepAliveInterval`, `ClientTimeoutInterval`, `serverTimeoutInMilliseconds`). No suspicion: there is one verdict.
 */
import type { End, EndOptions, Setting } from '../setting.ts';

export function signalR(keepAliveMs: number = 15_000, timeoutMs: number = 30_000): Setting {
  return {
    name: 'SignalR',
    intervalMs: keepAliveMs,
    toleranceMs: () => timeoutMs - keepAliveMs,
    isDeathFinal: true,
    memorySegments: 32,
    make: (options) => new SignalREnd(keepAliveMs, timeoutMs, options),
  };
}

class SignalREnd implements End {
  readonly #keepAliveMs: number;
  readonly #timeoutMs: number;
  readonly #options: EndOptions;
  #beatAtMs: number;
  #deadAtMs: number;

  constructor(keepAliveMs: number, timeoutMs: number, options: EndOptions) {
    this.#keepAliveMs = keepAliveMs;
    this.#timeoutMs = timeoutMs;
    this.#options = options;
    // Two ends do not begin in step.
    this.#beatAtMs = options.nowMs + options.random() * keepAliveMs;
    this.#deadAtMs = options.nowMs + timeoutMs;
  }

  get nextMs(): number {
    return Math.min(this.#beatAtMs, this.#deadAtMs);
  }

  wake(nowMs: number): void {
    if (this.#deadAtMs <= nowMs) {
      this.#deadAtMs = Infinity;
      return this.#options.judge('dead', nowMs);
    }
    this.#beatAtMs = nowMs + this.#keepAliveMs;
    this.#options.write(0, nowMs);
  }

  receive(_frame: number, nowMs: number): void {
    this.#deadAtMs = nowMs + this.#timeoutMs;
  }
}
