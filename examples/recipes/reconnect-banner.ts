// reconnect-banner.ts
import { describeCause, type AnySession } from '@heartwire/core';
import { combineLatest, distinctUntilChanged, map, of, switchMap, timer, type Observable } from 'rxjs';

/** What the banner says, and null where none is to be seen. What is over within a second is not shown. */
export function banner$({ state$, liveness$ }: Pick<AnySession, 'state$' | 'liveness$'>): Observable<string | null> {
  return combineLatest([state$, liveness$]).pipe(
    map(([state, { status }]) => {
      if (state.status === 'closed') return `Disconnected: ${describeCause(state.cause)}.`;
      if (state.status === 'suspended') return 'Reconnecting … What you write is kept.';
      if (state.status === 'connecting') return 'Connecting …';
      return status === 'alive' ? null : 'The connection is shaky …';
    }),
    distinctUntilChanged(),
    switchMap((text) => (text === null ? of(null) : timer(1000).pipe(map(() => text)))),
    distinctUntilChanged(),
  );
}
