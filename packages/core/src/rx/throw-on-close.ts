import { map, Observable, type MonoTypeOperatorFunction } from 'rxjs';
import { errorOfCause } from '../runtime/cause-error.ts';
import type { AnySession, SessionState } from '../runtime/session-api.ts';

/**
 * The same stream, but the end of the session is an error: for `retry()`, `catchError()` and whoever would otherwise take it for the end of the story.
 *
 * With a session, over any stream: `session.on('said').pipe(throwOnClose(session))`. Without one, over the states of a session: `session.state$.pipe(throwOnClose())`. The streams of a
 * session never error by themselves; they complete when it ends.
 *
 * Errors with a {@link HeartwireError} when the session ends, in order or not; `error.cause` is the {@link CloseCause}, and where a rule was broken the error is the one that says so. A source that
 * ends while the session lives ends the result as it did. A session that has ended stays so: make it inside what `retry()` subscribes to, as {@link connect$} does.
 */
export function throwOnClose(): MonoTypeOperatorFunction<SessionState>;
export function throwOnClose<T>(session: Pick<AnySession, 'state$'>): MonoTypeOperatorFunction<T>;
export function throwOnClose(session?: Pick<AnySession, 'state$'>): MonoTypeOperatorFunction<SessionState> {
  return session === undefined ? map(refuseClosed) : (source) => besides(session, source);
}

/** What a session says of itself comes before what completes because of it. */
function besides<T>({ state$ }: Pick<AnySession, 'state$'>, source: Observable<T>): Observable<T> {
  return new Observable((subscriber) => {
    subscriber.add(
      state$.subscribe((state) => {
        if (state.status === 'closed') subscriber.error(errorOfCause(state.cause));
      }),
    );
    if (!subscriber.closed) source.subscribe(subscriber);
  });
}

function refuseClosed(state: SessionState): SessionState {
  if (state.status === 'closed') throw errorOfCause(state.cause);
  return state;
}
