import { Observable, takeWhile, type MonoTypeOperatorFunction } from 'rxjs';
import { optionError } from '../runtime/limits.ts';
import type { AnySession, Liveness, SessionState } from '../runtime/session-api.ts';

export interface WhileAliveOptions {
  /**
   * When it pauses. `'suspect'` (default): as soon as the peer is anything but *alive*, for what must not go on alone, such as a game. `'dead'`: when there is no connection any more, so that a
   * suspicion that is over in a second is not seen.
   */
  readonly pauseOn?: 'suspect' | 'dead';
  /** What becomes of values meanwhile. `'drop'` (default): nothing. `'latest'`: the newest one comes out when the peer is alive again, for a state that has to be right then. */
  readonly meanwhile?: 'drop' | 'latest';
}

/**
 * Lets values of the source through only while the session's peer is alive; before the session is open and while it is suspended, nothing passes.
 *
 * The source stays subscribed all the time: a clock goes on, and nothing is done twice when the peer is back. The result completes when the source does, and when the session ends, because its peer will
 * never be alive again; so `interval(50).pipe(whileAlive(session))` is a game loop that stops by itself. Errors as the source does. Throws a {@link HeartwireError} (`ERR_HW_OPTION`) for an option
 * that it does not know.
 */
export function whileAlive<T>(
  session: Pick<AnySession, 'state$' | 'liveness$'>,
  { pauseOn = 'suspect', meanwhile = 'drop' }: WhileAliveOptions = {},
): MonoTypeOperatorFunction<T> {
  if (pauseOn !== 'suspect' && pauseOn !== 'dead')
    throw optionError(`pauseOn is "${String(pauseOn)}", not suspect or dead`);
  if (meanwhile !== 'drop' && meanwhile !== 'latest')
    throw optionError(`meanwhile is "${String(meanwhile)}", not drop or latest`);
  const { state$, liveness$ } = session;
  return (source) =>
    new Observable((subscriber) => {
      const gate = new Gate<T>(meanwhile === 'latest', (value) => subscriber.next(value));
      const look = (): void => gate.set(mayPass(state$.value, liveness$.value, pauseOn));
      subscriber.add(state$.subscribe({ next: look, complete: () => subscriber.complete() }));
      subscriber.add(liveness$.subscribe(look));
      if (subscriber.closed) return;
      subscriber.add(
        // A source that gives all its values while it is subscribed could not be told that enough came out.
        source.pipe(takeWhile(() => !subscriber.closed)).subscribe({
          next: (value) => gate.pass(value),
          error: (error) => subscriber.error(error),
          complete: () => subscriber.complete(),
        }),
      );
    });
}

/** Where there is no connection, what `liveness$` knew last counts for nothing. */
function mayPass({ status: state }: SessionState, { status }: Liveness, pauseOn: 'suspect' | 'dead'): boolean {
  if (state !== 'open' && state !== 'draining') return false;
  return pauseOn === 'suspect' ? status === 'alive' : status !== 'dead' && status !== 'unknown';
}

class Gate<T> {
  readonly #keepsLatest: boolean;
  readonly #next: (value: T) => void;
  #isOpen = false;
  #kept: { readonly value: T } | null = null;

  constructor(keepsLatest: boolean, next: (value: T) => void) {
    this.#keepsLatest = keepsLatest;
    this.#next = next;
  }

  set(isOpen: boolean): void {
    const kept = this.#kept;
    this.#isOpen = isOpen;
    if (!isOpen || kept === null) return;
    this.#kept = null;
    this.#next(kept.value);
  }

  pass(value: T): void {
    if (this.#isOpen) this.#next(value);
    else if (this.#keepsLatest) this.#kept = { value };
  }
}
