// The few names of the platform that core may use: those that Node, browsers, Deno, Bun and workers all have. Neither
// Node's types nor the DOM's are visible here, so anything else does not compile. Only src/runtime/platform.ts may touch the
// values; the types are free.

export {};

declare global {
  class AbortSignal {
    readonly aborted: boolean;
    readonly reason: unknown;
    addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void;
    removeEventListener(type: 'abort', listener: () => void): void;
  }

  class AbortController {
    readonly signal: AbortSignal;
    abort(reason?: unknown): void;
  }

  class TextEncoder {
    encode(text: string): Uint8Array;
    encodeInto(text: string, target: Uint8Array): { read: number; written: number };
  }

  class TextDecoder {
    constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean });
    decode(bytes: Uint8Array): string;
  }

  function setTimeout(callback: () => void, delayMs: number): unknown;
  function clearTimeout(timer: unknown): void;
  function queueMicrotask(callback: () => void): void;
  const performance: { now(): number; readonly timeOrigin: number };
  const crypto: { getRandomValues<T extends Uint8Array>(target: T): T };
}
