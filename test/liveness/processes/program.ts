/** One process of many sessions: what the server and the crowd have in common. It ends with its parent. */
import type { AnySession, HandlerContext } from '@heartwire/core';
import type { Order, Report } from './program-words.ts';
import { Verdicts } from './verdicts.ts';

export class Program {
  readonly verdicts: Verdicts = new Verdicts();
  readonly serverEvents: Record<string, number> = {};
  readonly #sessions: () => Iterable<AnySession>;
  readonly #seen = new Set<string>();
  #handled = 0;
  #duplicated = 0;
  #confirmed = 0;
  #failed = 0;
  #sent = 0;

  constructor(sessions: () => Iterable<AnySession>) {
    this.#sessions = sessions;
    process.on('message', (order: Order) => this.#obey(order));
    process.on('disconnect', () => process.exit());
  }

  adopt(session: AnySession, of: string): void {
    this.verdicts.watch(session, of);
    session.handle('say', (_number: unknown, { idempotencyKey }: HandlerContext) => {
      if (this.#seen.has(idempotencyKey)) this.#duplicated += 1;
      this.#seen.add(idempotencyKey);
      this.#handled += 1;
    });
  }

  #obey(order: Order): void {
    if (order.do === 'block') {
      const endMs = performance.now() + order.ms;
      while (performance.now() < endMs);
      process.send!({ unblockedAtMs: Date.now() });
    }
    if (order.do === 'send') {
      for (const session of this.#sessions())
        session.send('say', (this.#sent += 1)).then(
          () => (this.#confirmed += 1),
          () => (this.#failed += 1),
        );
      process.send!('sent');
    }
    if (order.do === 'report') process.send!(this.#report());
  }

  #report(): Report {
    const { told, events, losses } = this.verdicts;
    const { user, system } = process.cpuUsage();
    return {
      open: [...this.#sessions()].filter(({ state$ }) => state$.value.status === 'open').length,
      verdicts: told,
      events,
      losses,
      serverEvents: this.serverEvents,
      handled: this.#handled,
      duplicated: this.#duplicated,
      confirmed: this.#confirmed,
      failed: this.#failed,
      timers: process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length,
      cpuUs: user + system,
    };
  }
}
