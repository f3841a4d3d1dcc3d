/** A history, sorted by what it is about: the life of each operation and of each session object. */
import type { HistoryEvent } from '../history/history.ts';

export type EventOf<T extends HistoryEvent['type']> = Extract<HistoryEvent, { readonly type: T }>;

/** `at` is a place in the history: what is smaller came earlier. */
export interface Placed<T extends HistoryEvent['type']> {
  readonly at: number;
  readonly event: EventOf<T>;
}

export interface OperationStory {
  readonly op: number;
  /** Null for a number that nobody ever sent. */
  send: Placed<'send'> | null;
  readonly written: Placed<'written'>[];
  readonly withdrawals: Placed<'withdraw'>[];
  readonly delivered: Placed<'delivered'>[];
  readonly starts: Placed<'start'>[];
  readonly finishes: Placed<'finish'>[];
  readonly outcomes: Placed<'outcome'>[];
  readonly settled: Placed<'settled'>[];
}

export interface ObjectStory {
  readonly object: string;
  readonly role: 'client' | 'server';
  readonly process: string;
  readonly opened: Placed<'opened'>[];
  closed: Placed<'closed'> | null;
  /** When its process crashed; Infinity when it did not. */
  crashedAt: number;
  /** How long its process stood still in all. */
  pausedMs: number;
  readonly undelivered: Placed<'undelivered'>[];
  readonly endings: Placed<'ending'>[];
  readonly reports: Placed<'report'>[];
  readonly gaps: Placed<'gap'>[];
  readonly halfEndings: Placed<'half-ending'>[];
  readonly halfEnds: Placed<'half-ended'>[];
  readonly invitations: Placed<'invited'>[];
  readonly dismissals: Placed<'dismissed'>[];
  readonly evictions: Placed<'evicted'>[];
}

/** A server that ended its sessions. */
export interface LeavingStory {
  readonly process: string;
  readonly at: number;
  left: Placed<'left'> | null;
}

export interface Stories {
  readonly operations: ReadonlyMap<number, OperationStory>;
  readonly objects: ReadonlyMap<string, ObjectStory>;
  readonly stuck: readonly Placed<'stuck'>[];
  readonly casts: readonly Placed<'cast'>[];
  /** By process. */
  readonly leavings: ReadonlyMap<string, LeavingStory>;
  /** Servers know what became of the messages of sessions that are over. */
  readonly isRemembering: boolean;
  readonly ways: readonly EventOf<'way'>[];
  /** Everything about second connections. */
  readonly racing: readonly RacingEvent[];
  /** Everything about volatile values, in the order in which it happened. */
  readonly volatiles: readonly VolatileStep[];
}

export type RacingEvent = EventOf<'dials' | 'raced' | 'wrote-behind'>;
export type VolatileStep = Placed<'volatile-sent'> | Placed<'volatile-start'> | Placed<'volatile-finish'>;

export function readStories(history: readonly HistoryEvent[]): Stories {
  const reading = new Reading();
  history.forEach((event, at) => reading.take(event, at));
  return reading;
}

class Reading implements Stories {
  readonly operations: Map<number, OperationStory> = new Map();
  readonly objects: Map<string, ObjectStory> = new Map();
  readonly stuck: Placed<'stuck'>[] = [];
  readonly casts: Placed<'cast'>[] = [];
  readonly leavings: Map<string, LeavingStory> = new Map();
  isRemembering = false;
  readonly ways: EventOf<'way'>[] = [];
  readonly racing: RacingEvent[] = [];
  readonly volatiles: VolatileStep[] = [];

  take(event: HistoryEvent, at: number): void {
    switch (event.type) {
      case 'object':
        return this.#introduce(event);
      case 'send':
        this.#operation(event.op).send = { at, event };
        return;
      case 'written':
        this.#operation(event.op).written.push({ at, event });
        return;
      case 'withdraw':
        this.#operation(event.op).withdrawals.push({ at, event });
        return;
      case 'delivered':
        this.#operation(event.op).delivered.push({ at, event });
        return;
      case 'start':
        this.#operation(event.op).starts.push({ at, event });
        return;
      case 'finish':
        this.#operation(event.op).finishes.push({ at, event });
        return;
      case 'outcome':
        this.#operation(event.op).outcomes.push({ at, event });
        return;
      case 'settled':
        this.#operation(event.op).settled.push({ at, event });
        return;
      case 'crash':
        for (const object of this.objects.values()) if (object.process === event.process) object.crashedAt = at;
        return;
      case 'paused':
        for (const object of this.objects.values()) if (object.process === event.process) object.pausedMs += event.ms;
        return;
      case 'stuck':
        this.stuck.push({ at, event });
        return;
      case 'cast':
        this.casts.push({ at, event });
        return;
      case 'volatile-sent':
      case 'volatile-start':
      case 'volatile-finish':
        this.volatiles.push({ at, event } as VolatileStep);
        return;
      case 'leaving':
        this.leavings.set(event.process, { process: event.process, at, left: null });
        return;
      case 'left':
        this.leavings.get(event.process)!.left = { at, event };
        return;
      case 'remembering':
        this.isRemembering = true;
        return;
      case 'way':
        this.ways.push(event);
        return;
      case 'dials':
      case 'raced':
      case 'wrote-behind':
        this.racing.push(event);
        return;
      default:
        this.#takeOfObject(event, at);
    }
  }

  #takeOfObject(event: HistoryEvent, at: number): void {
    const object = 'object' in event ? this.objects.get(event.object) : undefined;
    if (object === undefined) return;
    if (event.type === 'opened') object.opened.push({ at, event });
    else if (event.type === 'closed') object.closed ??= { at, event };
    else if (event.type === 'undelivered') object.undelivered.push({ at, event });
    else if (event.type === 'ending') object.endings.push({ at, event });
    else if (event.type === 'report') object.reports.push({ at, event });
    else if (event.type === 'gap') object.gaps.push({ at, event });
    else if (event.type === 'half-ending') object.halfEndings.push({ at, event });
    else if (event.type === 'half-ended') object.halfEnds.push({ at, event });
    else if (event.type === 'invited') object.invitations.push({ at, event });
    else if (event.type === 'dismissed') object.dismissals.push({ at, event });
    else if (event.type === 'evicted') object.evictions.push({ at, event });
  }

  #introduce({ object, role, process }: EventOf<'object'>): void {
    this.objects.set(object, {
      object,
      role,
      process,
      opened: [],
      closed: null,
      crashedAt: Infinity,
      pausedMs: 0,
      undelivered: [],
      endings: [],
      reports: [],
      gaps: [],
      halfEndings: [],
      halfEnds: [],
      invitations: [],
      dismissals: [],
      evictions: [],
    });
  }

  #operation(op: number): OperationStory {
    let story = this.operations.get(op);
    if (story === undefined) {
      story = {
        op,
        send: null,
        written: [],
        withdrawals: [],
        delivered: [],
        starts: [],
        finishes: [],
        outcomes: [],
        settled: [],
      };
      this.operations.set(op, story);
    }
    return story;
  }
}

/** The last word on an operation: a correction counts. */
export function lastOutcome({ outcomes }: OperationStory): Placed<'outcome'> | null {
  return outcomes.at(-1) ?? null;
}

/** Its sender did not want it any more, or would not have after a while: then its peer may have dropped it. */
export function isWithdrawable({ send, withdrawals }: OperationStory): boolean {
  return withdrawals.length > 0 || (send !== null && send.event.limitMs !== null);
}
