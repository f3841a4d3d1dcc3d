// typing.ts
import type { AnySession } from '@heartwire/core';
import { map, mergeMap, Observable, scan, startWith, throttleTime, timer } from 'rxjs';

/** Says that `user` is typing, every two seconds at most. A volatile value is never queued: what would come late is of no use. */
export function tellTyping(session: AnySession, user: string, keystroke$: Observable<unknown>): Disposable {
  const telling = keystroke$.pipe(throttleTime(2000)).subscribe(() => session.volatile('typing', user, { key: user }));
  return { [Symbol.dispose]: () => telling.unsubscribe() };
}

/** Who is typing. Nobody says that they stopped: whoever was not heard of for three seconds has. */
export function typing$(session: AnySession): Observable<readonly string[]> {
  const said$ = new Observable<string>((subscriber) => {
    const handling = session.handle('typing', (user: string) => subscriber.next(user));
    return () => handling[Symbol.dispose]();
  });
  return said$.pipe(
    // Each word counts for three seconds.
    mergeMap((user) =>
      timer(3000).pipe(
        map(() => [user, -1] as const),
        startWith([user, 1] as const),
      ),
    ),
    scan((counts, [user, change]) => {
      const next = new Map(counts).set(user, (counts.get(user) ?? 0) + change);
      if (next.get(user) === 0) next.delete(user);
      return next;
    }, new Map<string, number>()),
    map((counts) => [...counts.keys()]),
  );
}
