/** Sends lines, not too many at once, and sees every one of them to its end. */
import { DeliveryError, type Session } from '@heartwire/core';
import type { Chat } from '../contract.ts';

/** What became of the lines; when all are settled, `sent` is the sum of the others. */
export interface Tally {
  readonly sent: number;
  readonly handled: number;
  readonly failed: number;
  /** Of those that failed, the ones that may have been handled all the same. */
  readonly unknown: number;
}

/** Hears of every line when its fate is known. */
export interface LineReport {
  handled(line: number, text: string, elapsedMs: number, tally: Tally): void;
  failed(line: number, text: string, error: unknown, tally: Tally): void;
  /** Resolves when the report can take more. */
  ready(): Promise<void>;
}

/** So many lines may be on their way. More would not be faster, and all of them would be in doubt when the connection is lost. */
const MAX_UNSETTLED = 256;

export class LineSender {
  readonly #session: Session<Chat['up'], Chat['down']>;
  readonly #report: LineReport;
  readonly #tally = { sent: 0, handled: 0, failed: 0, unknown: 0 };
  #isStopped = false;
  #wake: (() => void) | null = null;

  constructor(session: Session<Chat['up'], Chat['down']>, report: LineReport) {
    this.#session = session;
    this.#report = report;
  }

  /** Takes no more lines; those that were sent are still seen to their end. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Resolves when the fate of every line is known. Lines wait while the connection is lost; once the session ends, no more are taken. */
  async sendAll(lines: AsyncIterable<string>): Promise<Tally> {
    for await (const text of lines) {
      await this.#waitForUnsettled(MAX_UNSETTLED - 1);
      await this.#report.ready();
      if (this.#isStopped || isOver(this.#session)) break;
      this.#send(text);
    }
    await this.#waitForUnsettled(0);
    return this.#tally;
  }

  #send(text: string): void {
    const line = (this.#tally.sent += 1);
    this.#session.send('say', { text }).then(
      ({ elapsed }) => {
        this.#tally.handled += 1;
        this.#report.handled(line, text, elapsed, this.#tally);
        this.#settled();
      },
      (error: unknown) => {
        this.#tally.failed += 1;
        if (error instanceof DeliveryError && error.outcome === 'unknown') this.#tally.unknown += 1;
        this.#report.failed(line, text, error, this.#tally);
        this.#settled();
      },
    );
  }

  #settled(): void {
    this.#wake?.();
    this.#wake = null;
  }

  async #waitForUnsettled(most: number): Promise<void> {
    const { sent, handled, failed } = this.#tally;
    if (sent - handled - failed <= most) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    await this.#waitForUnsettled(most);
  }
}

function isOver({ state$ }: Session<Chat['up'], Chat['down']>): boolean {
  return state$.value.status === 'draining' || state$.value.status === 'closed';
}
