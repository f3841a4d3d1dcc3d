/**
 * Makes the connections of a client's session, one after the other: the first, and another one whenever the last is lost and the policy says so.
 *
 * There is one dial or one pause at a time; a second connection that is made beside one that stands is no part of that. Attempts are counted over the whole life of the session: the number tells the server which of two connections is the newer.
 */
import type { CloseCause } from '../errors/close-cause.ts';
import type { Progress } from '../session/session-options.ts';
import type { Dialer } from '../transport/transport.ts';
import { DialAttempt, dialerFailed } from './dial-attempt.ts';
import type { DialGoal } from './driver-contract.ts';
import type { ResolvedOptions } from './options.ts';
import { reportError } from './platform.ts';
import type { ReconnectPolicy } from './reconnect-policy.ts';
import type { SessionHandle } from './session-handle.ts';

export type DialerSource = Dialer | readonly Dialer[] | ((attempt: number, cause?: CloseCause) => Dialer);

export interface ReconnectorOptions {
  readonly auth: unknown;
  readonly keep: boolean;
  /** Null: a session has one connection, and ends with it. */
  readonly policy: ReconnectPolicy | null;
}

/** The pause that is under way. */
interface Pause {
  readonly cause: CloseCause;
  readonly endsAtMs: number;
  readonly cancel: () => void;
}

/** Whoever wakes us all the time makes no storm of dials. */
const HASTEN_SPACING_MS = 10_000;

export class Reconnector {
  readonly #session: SessionHandle;
  readonly #source: DialerSource;
  readonly #options: ResolvedOptions;
  readonly #how: ReconnectorOptions;
  #attempt = 0;
  /** The attempt that was the last was to go on with a session. */
  #isResuming = false;
  /** When the connection that stands was opened; null while there is none. */
  #openedAtMs: number | null = null;
  /** It carries a session that began with it. */
  #isNew = true;
  #sessionId = '';
  /** What had come through when the connection before it was lost. */
  #before: Progress = { delivered: 0, received: 0 };
  #pause: Pause | null = null;
  #hastenAfterMs = -Infinity;
  #lossCause: CloseCause | null = null;
  #expiresAtMs = 0;

  constructor(session: SessionHandle, source: DialerSource, options: ResolvedOptions, how: ReconnectorOptions) {
    this.#session = session;
    this.#source = source;
    this.#options = options;
    this.#how = how;
  }

  /** The dialer of the next attempt. */
  pick(cause?: CloseCause): Dialer {
    const source = this.#source;
    if (typeof source === 'function') return source(this.#attempt + 1, cause);
    if (!Array.isArray(source)) return source as Dialer;
    const dialers = source as readonly Dialer[];
    return dialers[this.#attempt % dialers.length]!;
  }

  dial(dialer: Dialer): void {
    this.#isResuming = this.#session.driver.session.resumption !== null;
    this.#attempt += 1;
    this.#tell(null);
    this.#start(dialer, this.#session.driver);
  }

  /** Makes a connection beside the one that stands. */
  dialBeside(goal: DialGoal): void {
    let dialer: Dialer;
    try {
      dialer = this.pick();
    } catch (error) {
      return goal.dialFailed(dialerFailed(error));
    }
    this.#attempt += 1;
    this.#start(dialer, goal);
  }

  #start(dialer: Dialer, goal: DialGoal): void {
    const { auth, keep } = this.#how;
    void new DialAttempt(this.#session, dialer, this.#options, { auth, keep, attempt: this.#attempt }, goal).start();
  }

  opened(): void {
    this.#openedAtMs = this.#options.clock.now();
    this.#isNew = this.#session.id !== this.#sessionId;
    this.#sessionId = this.#session.id;
    this.#lossCause = null;
  }

  /** The connection is lost, or was not made. */
  waiting(cause: CloseCause): void {
    const lost = this.#noteLoss(cause);
    const delayMs = this.#delayMs(cause, lost);
    if (delayMs === null) return this.#session.driver.giveUp(cause);
    // The server has just said that it begins anew: nothing is gained by a pause. Who says so where nothing was to go on is not believed.
    const pauseMs = this.#isResuming && isAboutResuming(cause) ? 0 : delayMs;
    this.#rest(cause, pauseMs);
  }

  #rest(cause: CloseCause, pauseMs: number): void {
    const { clock } = this.#options;
    const cancel = clock.schedule(() => this.#dialAgain(cause), pauseMs);
    this.#pause = { cause, endsAtMs: clock.now() + pauseMs, cancel };
    this.#tell(clock.now() + clock.epochOffset + pauseMs);
  }

  /** We were away, or the network is another one: what failed may work now, so the pause is cut short, unless the server asked for it; and seldom. */
  woken(): void {
    const { policy } = this.#how;
    const nowMs = this.#options.clock.now();
    if (this.#pause === null || policy === null || policy.isAskedFor || nowMs < this.#hastenAfterMs) return;
    this.#hastenAfterMs = nowMs + HASTEN_SPACING_MS;
    const { cause, endsAtMs } = this.#pause;
    const pauseMs = policy.beginAnew();
    if (nowMs + pauseMs >= endsAtMs) return;
    this.stop();
    this.#rest(cause, pauseMs);
  }

  /** The connection is lost, and another one that was made beside it is shaking hands. */
  underWay(cause: CloseCause): void {
    this.#noteLoss(cause);
    this.#tell(null);
  }

  #noteLoss(cause: CloseCause): 'proven' | 'unproven' | null {
    const lost = this.#judgeLost();
    if (lost !== null) {
      this.#expiresAtMs = this.#options.clock.now() + (this.#session.driver.session.terms?.windowMs ?? 0);
      this.#lossCause = cause;
    }
    return lost;
  }

  /** When to try again; null: never. A `when` that throws has not said yes. */
  #delayMs(cause: CloseCause, lost: 'proven' | 'unproven' | null): number | null {
    try {
      return this.#how.policy?.delayMs(cause, lost) ?? null;
    } catch (error) {
      reportError(error);
      return null;
    }
  }

  /** How the connection that ended stood; null: there was none. */
  #judgeLost(): 'proven' | 'unproven' | null {
    const openedAtMs = this.#openedAtMs;
    if (openedAtMs === null) return null;
    this.#openedAtMs = null;
    const openMs = this.#options.clock.now() - openedAtMs;
    const { progress } = this.#session.driver.session;
    const { delivered, received } = this.#before;
    this.#before = progress;
    // A server that greets each new session and breaks down is of no use.
    const wasOfUse = progress.delivered > delivered || (!this.#isNew && progress.received > received);
    return this.#how.policy?.stood(openMs, wasOfUse) === true ? 'proven' : 'unproven';
  }

  stop(): void {
    this.#pause?.cancel();
    this.#pause = null;
  }

  #dialAgain(cause: CloseCause): void {
    this.#pause = null;
    // It may be over, and wait for its handlers only.
    if (this.#session.driver.hasEnded) return;
    let dialer: Dialer;
    try {
      dialer = this.pick(cause);
    } catch (error) {
      return this.#session.driver.giveUp(dialerFailed(error));
    }
    this.dial(dialer);
  }

  #tell(retryAt: number | null): void {
    const { driver } = this.#session;
    const { status } = driver.session;
    if (status === 'connecting') driver.streams.state.set({ status, attempt: Math.max(1, this.#attempt) });
    if (status !== 'suspended' || this.#lossCause === null) return;
    const expiresAt = this.#expiresAtMs + this.#options.clock.epochOffset;
    driver.streams.state.set({ status, cause: this.#lossCause, retryAt, expiresAt });
  }
}

function isAboutResuming(cause: CloseCause): boolean {
  return cause.kind === 'refused' && cause.code.startsWith('ERR_HW_RESUME_');
}
