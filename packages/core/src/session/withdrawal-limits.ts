/**
 * How much a peer may withdraw on one connection: no more than it can have in flight. PROTOCOL.md §15, §21.
 *
 * CANCEL and VOID are small, and each has us look for something or count ids that carry nothing. A peer has reason for one CANCEL for each message or
 * request that it has in flight, and for one VOID id for each message that the last connection did not bring. The limits follow from that, so that nobody who
 * keeps the protocol reaches them; what is earned by time is for those who count in another way.
 */
import { TokenBucket } from '../connection/token-bucket.ts';
import type { Announcement } from '../connection/handshake.ts';
import { HeartwireError } from '../errors/heartwire-error.ts';

export const WITHDRAWALS_PER_SECOND = 100;

export class WithdrawalLimits {
  readonly #limits: Pick<Announcement, 'windowMessages' | 'maxRequests'>;
  #cancels: TokenBucket | null = null;
  #voids: TokenBucket | null = null;
  /** The peer's position when its last CANCEL arrived: every id since then may be cancelled, too. */
  #received = 0;

  constructor(limits: Pick<Announcement, 'windowMessages' | 'maxRequests'>) {
    this.#limits = limits;
  }

  /** A new connection: the peer may ask again for all that it has in flight. */
  restart(): void {
    this.#cancels = null;
    this.#voids = null;
  }

  /** A CANCEL arrived, when `received` was the highest id. Throws a HeartwireError when there are too many. */
  cancel(received: number, nowMs: number): void {
    const { windowMessages, maxRequests } = this.#limits;
    // A request may be settled and its answer still be awaited: then it is not in the window, and may be cancelled.
    if (this.#cancels === null) {
      this.#cancels = new TokenBucket(
        { burst: windowMessages + maxRequests, perSecond: WITHDRAWALS_PER_SECOND },
        nowMs,
      );
    } else {
      this.#cancels.give(received - this.#received, nowMs);
    }
    this.#received = received;
    if (!this.#cancels.take(1, nowMs)) throw tooMany('CANCEL for more than can be in flight');
  }

  /** So many ids came that carry nothing. Throws a HeartwireError when there are too many. */
  void(count: number, nowMs: number): void {
    this.#voids ??= new TokenBucket({ burst: this.#limits.windowMessages, perSecond: WITHDRAWALS_PER_SECOND }, nowMs);
    if (!this.#voids.take(count, nowMs)) throw tooMany('VOID for more ids than can be in flight');
  }
}

function tooMany(detail: string): HeartwireError {
  return new HeartwireError('ERR_HW_WINDOW', { by: 'remote', detail });
}
