// game-pause.ts
import type { AnySession } from '@heartwire/core';
import { whileAlive } from '@heartwire/core/rx';
import { distinctUntilChanged, interval, map, merge, type Observable } from 'rxjs';

const STEP_MS = 50;

/** The steps of a game against one opponent: they stop while the opponent cannot answer, and for good when the session ends. */
export function step$(session: Pick<AnySession, 'state$' | 'liveness$'>): Observable<number> {
  return interval(STEP_MS).pipe(
    whileAlive(session),
    map((_tick, count) => count),
  );
}

/** Whether to show the curtain. */
export function paused$(session: Pick<AnySession, 'state$' | 'liveness$'>): Observable<boolean> {
  const { state$, liveness$ } = session;
  return merge(state$, liveness$).pipe(
    map(() => state$.value.status !== 'open' || liveness$.value.status !== 'alive'),
    distinctUntilChanged(),
  );
}
