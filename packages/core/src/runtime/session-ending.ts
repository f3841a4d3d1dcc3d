/**
 * The end of a session, from its cause to its report.
 *
 * The end is reported once, when the link is gone and everything that had arrived before has been handed over (promise P9); a handler that
 * never finishes keeps it waiting for a while only.
 */
import type { CloseCause } from '../errors/close-cause.ts';
import { withEvidence } from '../errors/with-evidence.ts';
import type { Inbox } from '../session/inbox.ts';
import type { Clock } from './clock.ts';

/** How long messages that arrived before the end may keep it from being reported. */
const INBOX_DRAIN_MS = 5000;

export class SessionEnding {
  readonly #clock: Clock;
  readonly #inbox: Pick<Inbox, 'isEmpty'>;
  readonly #onReport: (cause: CloseCause) => void;
  #cause: CloseCause | null = null;
  #cancelWait: (() => void) | null = null;
  #isReported = false;

  constructor(clock: Clock, inbox: Pick<Inbox, 'isEmpty'>, onReport: (cause: CloseCause) => void) {
    this.#clock = clock;
    this.#inbox = inbox;
    this.#onReport = onReport;
  }

  /** Why the session ended; null while it has not. */
  get cause(): CloseCause | null {
    return this.#cause;
  }

  get hasBegun(): boolean {
    return this.#cause !== null;
  }

  begin(cause: CloseCause): void {
    this.#cause ??= cause;
  }

  /** Nothing more will come from the transport. Why we ended it says more than that we did; what the kernel saw is kept beside it. */
  linkGone(transportCause: CloseCause | null): void {
    this.#cause = withEvidence(this.#cause ?? transportCause!, transportCause?.evidence);
    this.#cancelWait ??= this.#clock.schedule(() => this.#report(), INBOX_DRAIN_MS);
  }

  /** A message has been handed over, perhaps the last one. */
  reportWhenDrained(): void {
    if (this.#cancelWait !== null && this.#inbox.isEmpty) this.#report();
  }

  #report(): void {
    if (this.#isReported) return;
    this.#isReported = true;
    this.#cancelWait?.();
    this.#onReport(this.#cause!);
  }
}
