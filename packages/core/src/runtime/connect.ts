import type { CloseCause } from '../errors/close-cause.ts';
import type { Dialer } from '../transport/transport.ts';
import type { AnyContract, Contract } from './contract.ts';
import { DeadlineQueue } from './deadline-queue.ts';
import type { DialGoal } from './driver-contract.ts';
import { optionError } from './limits.ts';
import { resolveOptions, type CommonOptions } from './options.ts';
import { Racer } from './racer.ts';
import { Reconnector } from './reconnector.ts';
import { ReconnectPolicy, type ReconnectOptions } from './reconnect-policy.ts';
import type { Session } from './session-api.ts';
import { SessionHandle } from './session-handle.ts';

export interface ConnectOptions extends CommonOptions {
  /** Credentials for the server's `authenticate`, or a function that fetches them for each connection; anything that the codec can encode, up to 7 KiB. */
  readonly auth?: unknown;
  /** When to try again after a connection was lost or not made; `false`: never, the session ends with its connection. Default: see {@link ReconnectOptions}. */
  readonly reconnect?: ReconnectOptions | false;
  /**
   * Whether the session goes on over the next connection, where the server keeps it. With `false` each connection begins a new session under the same
   * object. Default true; without `reconnect` it has no meaning.
   */
  readonly resume?: boolean;
  /** When it is aborted, the session is destroyed. */
  readonly signal?: AbortSignal;
}

/**
 * Begins a session with the server behind `dialer`, and returns it at once. Several dialers take turns, one attempt each; a function is asked for
 * each attempt (the first is 1), and learns why the last connection ended. A session may go on over another transport than it began on.
 *
 * Handlers that are attached in the same turn miss nothing, and messages may be sent at once: they wait until the session is open.
 * `session.ready` tells when that is, or why it will not be. Throws a {@link HeartwireError} (`ERR_HW_OPTION`) when an option makes no sense.
 */
export function connect<C extends Contract = AnyContract>(
  dialer: Dialer | readonly Dialer[] | ((attempt: number, cause?: CloseCause) => Dialer),
  options: ConnectOptions = {},
): Session<C['up'], C['down'], undefined> {
  const resolved = resolveOptions(options);
  const { reconnect = {}, resume = true, auth } = options;
  if (Array.isArray(dialer) && dialer.length === 0) throw optionError('no dialer is given');
  const policy = reconnect === false ? null : new ReconnectPolicy(reconnect, resolved.random);
  const session: SessionHandle = new SessionHandle(resolved, { transport: '', address: '' }, policy !== null, {
    opened: () => reconnector.opened(),
    waiting: (cause) => reconnector.waiting(cause),
    underWay: (cause) => reconnector.underWay(cause),
    changed: () => {},
    ended: () => {
      sleepOn();
      reconnector.stop();
    },
  });
  const how = { auth, keep: resume && policy !== null, policy };
  const reconnector = new Reconnector(session, dialer, resolved, how);
  if (reconnect !== false && how.keep && policy?.mayRace === true) {
    // How often, and whether after this cause, is asked about connections that are lost, not about one that is made for safety.
    const { attempts: _attempts, when: _when, ...grow } = reconnect;
    const pauses = new ReconnectPolicy(grow, resolved.random);
    const dialBeside = (goal: DialGoal): void => reconnector.dialBeside(goal);
    session.driver.second = new Racer(session.driver, { dialBeside, pauses });
  }
  const first = reconnector.pick();
  session.peer = { transport: first.name, address: first.address };
  const sleepOn = DeadlineQueue.of(resolved.clock).onWake(() => {
    session.driver.woken();
    reconnector.woken();
  });
  destroyOnAbort(session, options.signal);
  if (session.state$.value.status !== 'closed') reconnector.dial(first);
  return session as unknown as Session<C['up'], C['down'], undefined>;
}

function destroyOnAbort(session: SessionHandle, signal: AbortSignal | undefined): void {
  if (signal === undefined) return;
  const destroy = (): void => session.destroy();
  if (signal.aborted) return destroy();
  signal.addEventListener('abort', destroy, { once: true });
  void session.closed.then(() => signal.removeEventListener('abort', destroy));
}
