/**
 * When a client tries again after a connection was lost or not made: with growing pauses, and a random part in each, so that the clients of a
 * server that restarts do not all come back in the same moment.
 */
import type { CloseCause } from '../errors/close-cause.ts';
import { isLineFailure } from '../errors/line-failure.ts';
import { optionError } from './limits.ts';

export interface ReconnectOptions {
  /**
   * The first pause, in milliseconds; after a connection that has proven itself, the pause is random between 0 and this. A connection has done so that carried
   * something forward, or stood for a second and for as long as the pause before it. 0: there is never a pause. Default 250.
   */
  readonly initial?: number;
  /** The longest pause, in milliseconds. Default 10000. */
  readonly max?: number;
  /** How much longer each pause is than the one before. Default 2. */
  readonly factor?: number;
  /** How many attempts in a row may fail before the session ends. Default: any number. */
  readonly attempts?: number;
  /**
   * Whether to try again after this cause; `attempt` counts the attempts that have failed in a row, 0 when a connection that stood was lost. Default: yes,
   * unless somebody said no who will say no again (credentials, version, certificate, an HTTP status of 400 to 499). One that throws has said no, and its error is thrown
   * again where nobody catches it.
   */
  readonly when?: (cause: CloseCause, attempt: number) => boolean;
  /**
   * Whether to make a second connection beside the first one when the peer is *suspect* and does not answer a probe, and to go on there if the first one stays silent. Where sessions
   * cannot be resumed there is none. `false`: another connection is made only when the first one is over. Default true.
   */
  readonly race?: boolean;
}

const DEFAULTS: Required<Omit<ReconnectOptions, 'when'>> = {
  initial: 250,
  max: 10_000,
  factor: 2,
  attempts: Infinity,
  race: true,
};
/** No pause is longer, whatever a server asks for. */
const RETRY_AFTER_MAX_MS = 300_000;
/** Whoever welcomes everybody and drops them at once seldom takes so long. */
const PROOF_MS = 1000;

export class ReconnectPolicy {
  readonly #options: Required<ReconnectOptions>;
  readonly #random: () => number;
  #failures = 0;
  /** Attempts in a row that came to nothing: those that failed, and connections that ended before they had proven themselves. */
  #setbacks = 0;
  #pauseMs = 0;
  /** The last pause was the server's wish. */
  isAskedFor: boolean = false;

  /** Throws a HeartwireError (`ERR_HW_OPTION`) when an option makes no sense. */
  constructor(given: ReconnectOptions, random: () => number) {
    this.#options = { ...DEFAULTS, when: mayHelp, ...withoutUndefined(given) };
    this.#random = random;
    const { initial, max, factor, attempts } = this.#options;
    if (!(initial >= 0 && initial < 2 ** 31)) throw optionError(`reconnect.initial is ${initial}`);
    if (!(max >= initial && max < 2 ** 31)) throw optionError(`reconnect.max is ${max}`);
    if (!(factor >= 1)) throw optionError(`reconnect.factor is ${factor}`);
    if (typeof this.#options.race !== 'boolean') throw optionError(`reconnect.race is ${String(this.#options.race)}`);
    if (!(attempts >= 0)) throw optionError(`reconnect.attempts is ${attempts}`);
  }

  /** Whether a second connection is made when the peer is suspect. */
  get mayRace(): boolean {
    return this.#options.race;
  }

  /** A connection stood so long, and carried something forward or not. Returns whether it has proven itself: then the next failure is the first one. */
  stood(openMs: number, wasOfUse: boolean): boolean {
    const isProven = wasOfUse || openMs >= Math.max(PROOF_MS, this.#pauseMs);
    if (!isProven) return false;
    this.#failures = 0;
    this.#setbacks = 0;
    return true;
  }

  /** How long to wait before the next attempt, in milliseconds, or null for never. `lost` says how the connection that ended stood; null: there was none. */
  delayMs(cause: CloseCause, lost: 'proven' | 'unproven' | null): number | null {
    const { initial, attempts, when } = this.#options;
    if (lost === null) this.#failures += 1;
    if (lost !== 'proven') this.#setbacks += 1;
    if (this.#failures > attempts || !when(cause, this.#failures)) return null;
    const askedMs = this.#askedMs(cause);
    this.isAskedFor = askedMs > 0;
    const ownMs = lost === 'proven' ? initial * this.#random() : this.#grownMs();
    this.#pauseMs = Math.max(askedMs, ownMs);
    return this.#pauseMs;
  }

  /** What failed before counts for nothing any more. Returns how long to wait, in milliseconds: a random part of the first pause. */
  beginAnew(): number {
    this.#setbacks = 0;
    return this.#options.initial * this.#random();
  }

  /** What the server asks for is the least, and is spread. */
  #askedMs(cause: CloseCause): number {
    const { retryAfter = 0, retryWithin = retryAfter } = cause.kind === 'refused' ? cause : {};
    if (retryAfter + retryWithin === 0) return 0;
    return Math.min(retryAfter, RETRY_AFTER_MAX_MS) + Math.min(retryWithin, RETRY_AFTER_MAX_MS) * this.#random();
  }

  /** Half of a pause of ours is random. */
  #grownMs(): number {
    const { initial, max, factor } = this.#options;
    return Math.min(max, initial * factor ** (this.#setbacks - 1)) * (0.5 + 0.5 * this.#random());
  }
}

/** Whether trying again may help. */
function mayHelp(cause: CloseCause): boolean {
  if (!isLineFailure(cause) || cause.kind === 'closed' || cause.kind === 'destroyed') return false;
  if (cause.kind !== 'refused') return true;
  if (cause.by === 'application') return TEMPORARY.has(cause.code);
  if (cause.by === 'http') return !/^4(?!08|29)/.test(cause.code);
  return cause.by === 'host';
}

const TEMPORARY: ReadonlySet<string> = new Set([
  'ERR_HW_BUSY',
  'ERR_HW_SHUTTING_DOWN',
  'ERR_HW_RESUME_UNKNOWN',
  'ERR_HW_RESUME_MISMATCH',
]);

function withoutUndefined(given: ReconnectOptions): ReconnectOptions {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}
