/** A proxy that lets only so much through towards the clients; the other direction is free. */
import { startProxy, type Proxy, type ProxyPair } from './proxy.ts';

/** Smaller than what a socket reads at once, so that the flow is even. */
const SLICE_BYTES = 16 * 1024;
/** So much of what late timers have missed is made up for, so that a busy machine does not make it slower than it should be. */
const CATCH_UP_MS = 20;

export function startThrottlingProxy(target: number, bytesPerSecond: number): Promise<Proxy> {
  return startProxy(target, ({ near, far }: ProxyPair) => {
    near.pipe(far);
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
    let freeAtMs = 0;
    far.on('data', (chunk: Buffer) => {
      far.pause();
      trickle(chunk);
    });

    function trickle(rest: Buffer): void {
      if (rest.length === 0) return void far.resume();
      const nowMs = performance.now();
      freeAtMs = Math.max(freeAtMs, nowMs - CATCH_UP_MS);
      const slice = rest.subarray(0, SLICE_BYTES);
      near.write(slice);
      freeAtMs += (slice.length / bytesPerSecond) * 1000;
      const waitMs = freeAtMs - nowMs;
      if (waitMs < 1) trickle(rest.subarray(SLICE_BYTES));
      else setTimeout(() => trickle(rest.subarray(SLICE_BYTES)), waitMs);
    }
  });
}
