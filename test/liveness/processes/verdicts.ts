/** What the sessions of one process say of their peers, written down with the time of day, so that another process can compare. */
import type { AnySession, Liveness } from '@heartwire/core';

export interface Verdict {
  /** What the peer calls itself, or what we call it. */
  readonly of: string;
  readonly status: Liveness['status'];
  readonly atMs: number;
  readonly loopLagMs: number;
}

export class Verdicts {
  /** Each change to anything but *alive*. */
  readonly told: Verdict[] = [];
  readonly events: Record<string, number> = {};
  /** Ends of connections, by cause. */
  readonly losses: Record<string, number> = {};

  watch(session: AnySession, of: string): void {
    let before: Liveness['status'] = 'unknown';
    session.liveness$.subscribe(({ status, loopLag }) => {
      if (status !== before && status !== 'alive' && status !== 'unknown')
        this.told.push({ of, status, atMs: Date.now(), loopLagMs: Math.round(loopLag) });
      before = status;
    });
    session.events$.subscribe(({ type }) => count(this.events, type));
    session.connection$.subscribe((state) => {
      if (state.phase === 'closed') count(this.losses, state.cause.kind);
    });
  }
}

function count(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}
