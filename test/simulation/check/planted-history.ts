/** Histories written by hand: a session between one client and one server, and whatever the test wants to have happened in it. */
import type { Happening, HistoryEvent, Outcome, Tally } from '../history/history.ts';

export class PlantedHistory {
  readonly events: HistoryEvent[] = [];
  #passedMs = 0;

  constructor() {
    this.note({ type: 'object', object: 'client', role: 'client', process: 'pc' });
    this.note({ type: 'object', object: 'server', role: 'server', process: 'ps' });
    this.open('server', 'S1').open('client', 'S1');
  }

  note(happening: Happening): this {
    this.events.push({ atMs: this.events.length + this.#passedMs, ...happening });
    return this;
  }

  open(object: string, session: string, epoch = 1): this {
    return this.note({ type: 'opened', object, session, epoch, resumed: epoch > 1 });
  }

  /** The client sends a message and it is written, with its own number as its id. */
  send(op: number, shape: SendShape = {}): this {
    const { session = 'S1' } = shape;
    this.queue(op, shape);
    return this.note({ type: 'written', op, object: 'client', session, id: op });
  }

  /** Given to the session, and not written. */
  queue(
    op: number,
    {
      object = 'client',
      kind = 'message',
      lane = 'messages',
      serial = true,
      limitMs = null,
      expiresInMs = null,
    }: SendShape = {},
  ): this {
    const promised = { claimed: true, limitMs, limits: 'fate', expiresInMs } as const;
    return this.note({ type: 'send', op, object, kind, lane, serial, ...promised });
  }

  withdraw(op: number): this {
    return this.note({ type: 'withdraw', op, object: 'client' });
  }

  /** Nothing happens for a while. */
  passMs(ms: number): this {
    this.#passedMs += ms;
    return this;
  }

  gap(from: number, to: number, received = 0): this {
    return this.note({ type: 'gap', object: 'client', session: 'S1', from, to, received });
  }

  start(op: number, { object = 'server', session = 'S1', epoch = 1, isIntact = true }: StartShape = {}): this {
    return this.note({ type: 'start', op, object, session, id: op, epoch, isIntact });
  }

  finish(op: number, code: string | null = null, reply: number | null = null): this {
    return this.note({ type: 'finish', op, object: 'server', code, reply });
  }

  handle(op: number, shape: StartShape = {}): this {
    return this.start(op, shape).finish(op);
  }

  outcome(op: number, outcome: Outcome, code: string | null = null, safeToRetry = isSafe(outcome, code)): this {
    this.note({ type: 'outcome', op, object: 'client', outcome, safeToRetry, code });
    return outcome === 'handled' ? this : this.note({ type: 'undelivered', object: 'client' });
  }

  correct(op: number, outcome: Outcome): this {
    return this.note({
      type: 'outcome',
      op,
      object: 'client',
      outcome,
      safeToRetry: isSafe(outcome, null),
      code: null,
      isCorrection: true,
    });
  }

  settle(op: number, how: 'handled' | 'delivered' | 'failed', reply: number | null = null): this {
    return this.note({ type: 'settled', op, object: 'client', how, reply });
  }

  /** The outcome, and the promise that says the same. */
  tell(op: number, outcome: Outcome, code: string | null = null): this {
    return this.outcome(op, outcome, code).settle(op, outcome === 'handled' ? 'handled' : 'failed');
  }

  close(object: string, cause = 'closed'): this {
    return this.note({ type: 'closed', object, cause });
  }

  report(call: number, tally: Tally): this {
    return this.note({ type: 'report', object: 'client', call, cause: 'closed', tally });
  }
}

interface SendShape {
  readonly object?: string;
  readonly kind?: 'message' | 'request';
  readonly lane?: string;
  readonly serial?: boolean;
  readonly session?: string;
  readonly limitMs?: number | null;
  readonly expiresInMs?: number | null;
}

interface StartShape {
  readonly object?: string;
  readonly session?: string;
  readonly epoch?: number;
  readonly isIntact?: boolean;
}

function isSafe(outcome: Outcome, code: string | null): boolean {
  if (outcome === 'refused') return code === 'ERR_HW_NO_HANDLER';
  return outcome !== 'handled' && outcome !== 'unknown';
}
