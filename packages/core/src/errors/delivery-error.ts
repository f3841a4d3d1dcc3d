import type { ErrorCode } from './error-code.ts';
import { HeartwireError, type ErrorOrigin } from './heartwire-error.ts';

/**
 * How a message that was not handled ended (promise P1).
 *
 * - `not-delivered`: proven, the application of the peer never saw it;
 * - `refused`: the handler of the peer rejected it, see `refusal`;
 * - `expired`, `cancelled`: its time was up, or it was withdrawn, before a handler of the peer saw it;
 * - `overflow`: the outbox was full, it was never accepted;
 * - `unknown`: in doubt: it was written, and the session ended before its fate was known, or it was withdrawn and the peer did not answer in time.
 */
export type FailedOutcome = 'not-delivered' | 'refused' | 'expired' | 'cancelled' | 'overflow' | 'unknown';

/** The last thing that was known of a message before it failed. */
export type DeliveryStage = 'queued' | 'sent' | 'delivered' | 'handled' | 'failed';

/** What a handler said when it refused. */
export interface RefusalInfo {
  readonly code: string;
  readonly data?: unknown;
}

export interface DeliveryErrorOptions {
  readonly by: ErrorOrigin;
  readonly outcome: FailedOutcome;
  readonly lastStage: DeliveryStage;
  readonly detail?: string;
  readonly refusal?: RefusalInfo;
  readonly cause?: unknown;
}

/** A message was not handled. `outcome` says what is known, `safeToRetry` whether sending it again can do harm. */
export class DeliveryError extends HeartwireError {
  override readonly name: string = 'DeliveryError';
  readonly outcome: FailedOutcome;
  /** How far the message was known to have come. */
  readonly lastStage: DeliveryStage;
  /** What the handler of the peer said; only with the outcome `refused`. */
  readonly refusal?: RefusalInfo;

  constructor(code: ErrorCode, options: DeliveryErrorOptions) {
    super(code, options);
    this.outcome = options.outcome;
    this.lastStage = options.lastStage;
    if (options.refusal !== undefined) this.refusal = options.refusal;
  }

  /** True only when the peer provably never acted on the message: its handler never ran. */
  get safeToRetry(): boolean {
    if (this.outcome === 'unknown') return false;
    if (this.outcome === 'refused') return this.refusal?.code === 'ERR_HW_NO_HANDLER';
    return true;
  }
}
