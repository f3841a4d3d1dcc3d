// presence-list.ts
import type { AnySession } from '@heartwire/core';
import { combineLatest, distinctUntilChanged, map, mergeMap, of, scan, switchMap, timer, type Observable } from 'rxjs';

/** `away` is grey in the list; `gone` is not in it. */
export type Presence = 'here' | 'away' | 'gone';

/** How somebody stands. Trouble that is over within the grace is not shown, a goodbye is at once. */
export function presence$(
  { state$, liveness$ }: Pick<AnySession, 'state$' | 'liveness$'>,
  graceMs: number,
): Observable<Presence> {
  return combineLatest([state$, liveness$]).pipe(
    map(([state, { status }]): Presence => {
      if (state.status === 'closed') return 'gone';
      return state.status === 'suspended' || status !== 'alive' ? 'away' : 'here';
    }),
    distinctUntilChanged(),
    switchMap((presence) => (presence === 'away' ? timer(graceMs).pipe(map(() => presence)) : of(presence))),
    distinctUntilChanged(),
  );
}

/** The whole list, by session: put `server.session$` in, and send what comes out to everybody. */
export function list$(
  session$: Observable<Pick<AnySession, 'id' | 'state$' | 'liveness$'>>,
  graceMs = 3000,
): Observable<ReadonlyMap<string, Presence>> {
  return session$.pipe(
    mergeMap((session) => presence$(session, graceMs).pipe(map((presence) => ({ id: session.id, presence })))),
    scan((list, { id, presence }) => {
      const next = new Map(list).set(id, presence);
      if (presence === 'gone') next.delete(id);
      return next;
    }, new Map<string, Presence>()),
  );
}
