import type { Performance } from './theatre.ts';

/** A performance as the side that listens saw it. */
export function fromPeer(performance: Performance): Performance {
  if (performance.peer === null) throw new Error('the peer saw nothing');
  return { observer: performance.peer, peer: performance.observer, heartbeat: null };
}
