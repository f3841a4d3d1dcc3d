import { Observable } from 'rxjs';
import type { CloseCause } from '../errors/close-cause.ts';
import { errorOfCause } from '../runtime/cause-error.ts';
import { connect, type ConnectOptions } from '../runtime/connect.ts';
import type { AnyContract, Contract } from '../runtime/contract.ts';
import { optionError } from '../runtime/limits.ts';
import type { Session } from '../runtime/session-api.ts';
import type { Dialer } from '../transport/transport.ts';

export interface ConnectStreamOptions extends ConnectOptions {
  /** How long the goodbye may take after the subscriber has gone, before the connection is dropped, in milliseconds; 0 or more. Default 5000. */
  readonly drainTimeout?: number;
}

const DRAIN_TIMEOUT_MS = 5000;

/**
 * A session for as long as somebody is subscribed: the cold twin of {@link connect}.
 *
 * Each subscription makes a session of its own. It is emitted, once, in the moment in which it opens, before its first message is handled: handlers that are attached at once miss nothing.
 * Unsubscribing drains it (what waits is sent, everything settles, a goodbye is said) within `drainTimeout`; before it was open there is nothing to lose, and it is dropped.
 *
 * Completes when the session ends in order, whoever said goodbye. Errors with a {@link HeartwireError} when it ends in any other way, so that `retry()` begins another one; `error.cause` is the
 * {@link CloseCause}. As long as `reconnect` is left on, the session itself survives its connections, and an error is its end: set `reconnect: false` to leave trying again to `retry()` alone,
 * at the price of beginning a new session each time. An option that makes no sense is an error (`ERR_HW_OPTION`), too.
 */
export function connect$<C extends Contract = AnyContract>(
  dialer: Dialer | readonly Dialer[] | ((attempt: number, cause?: CloseCause) => Dialer),
  { drainTimeout = DRAIN_TIMEOUT_MS, ...options }: ConnectStreamOptions = {},
): Observable<Session<C['up'], C['down'], undefined>> {
  return new Observable((subscriber) => {
    if (!(drainTimeout >= 0)) throw optionError(`drainTimeout is ${drainTimeout}, not 0 or more`);
    const session = connect<C>(dialer, options);
    let isGiven = false;
    const states = session.state$.subscribe((state) => {
      if (state.status === 'open' && !isGiven) {
        isGiven = true;
        subscriber.next(session);
      }
      if (state.status !== 'closed') return;
      if (state.cause.kind === 'closed') subscriber.complete();
      else subscriber.error(errorOfCause(state.cause));
    });
    return () => {
      states.unsubscribe();
      if (isGiven) void session.drain({ timeout: drainTimeout });
      else session.destroy();
    };
  });
}
