import { NONCES } from '../connection/pulse.ts';
import { HeartwireError } from '../errors/heartwire-error.ts';
import type { Clock } from './clock.ts';

interface Pending {
  readonly resolve: (pong: { rtt: number }) => void;
  readonly reject: (error: HeartwireError) => void;
  readonly cancelTimer: () => void;
}

/** PINGs that somebody awaits, by nonce. Nonces come around again; whoever is pushed out fails as if nobody had answered. */
export class PendingPings {
  readonly #clock: Clock;
  readonly #pending = new Map<number, Pending>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(nonce: number, timeoutMs: number): Promise<{ rtt: number }> {
    this.#fail(nonce, 'ERR_HW_TIMEOUT');
    return new Promise((resolve, reject) => {
      const cancelTimer = this.#clock.schedule(() => this.#fail(nonce, 'ERR_HW_TIMEOUT'), timeoutMs);
      this.#pending.set(nonce, { resolve, reject, cancelTimer });
    });
  }

  /** The peer answers the last PING of several only, so whatever waits for an earlier one has its answer, too. */
  answer(nonce: number, rtt: number): void {
    const isAwaited = this.#pending.has(nonce);
    for (const earlier of this.#pending.keys()) {
      if (isAwaited || (nonce - earlier + NONCES) % NONCES < NONCES / 2) this.#take(earlier)?.resolve({ rtt });
      if (earlier === nonce) return;
    }
  }

  /** The session is over. */
  rejectAll(): void {
    for (const nonce of this.#pending.keys()) this.#fail(nonce, 'ERR_HW_SESSION_CLOSED');
  }

  #fail(nonce: number, code: 'ERR_HW_TIMEOUT' | 'ERR_HW_SESSION_CLOSED'): void {
    this.#take(nonce)?.reject(new HeartwireError(code, { by: 'remote', detail: 'no answer to a ping' }));
  }

  #take(nonce: number): Pending | undefined {
    const pending = this.#pending.get(nonce);
    this.#pending.delete(nonce);
    pending?.cancelTimer();
    return pending;
  }
}
