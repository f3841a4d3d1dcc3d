/** Tells the history how long each handshake took on its way: the first write of an end is the preface and its side of the handshake, and nothing else. */
import type { Clock } from '@heartwire/core';
import type { Recorder } from '../history/recorder.ts';
import type { LinkEnd, WireWatcher } from './sim-link.ts';

interface Handshake {
  readonly writtenAtMs: number;
  /** Bytes of it that have not arrived. */
  leftBytes: number;
}

/** Passes everything on to `next`. */
export function watchWays(next: WireWatcher, clock: Clock, recorder: Recorder): WireWatcher {
  const handshakes = new Map<LinkEnd, Handshake>();
  return {
    wrote(end, bytes) {
      if (!handshakes.has(end)) handshakes.set(end, { writtenAtMs: clock.now(), leftBytes: bytes.length });
      next.wrote(end, bytes);
    },
    arrived(end, what) {
      const from = end.role === 'client' ? end.link.server : end.link.client;
      const handshake = handshakes.get(from);
      if (handshake !== undefined && handshake.leftBytes > 0 && typeof what !== 'string') {
        handshake.leftBytes -= what.length;
        const ms = clock.now() - handshake.writtenAtMs;
        if (handshake.leftBytes <= 0) recorder.note({ type: 'way', from: from.process.name, to: end.process.name, ms });
      }
      next.arrived(end, what);
    },
    closed: (end, cause) => next.closed(end, cause),
  };
}
