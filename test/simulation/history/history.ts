/**
 * What happened in a run, as plain data in the order in which it happened: all that the checker knows.
 *
 * A *session object* is what `connect` returned or the `session` callback got; it may carry several sessions one after the other, each with an id of
 * its own. An *operation* is one `send` or `request`; its number rides in the payload, so that whoever handles it can say which one it was.
 */
export type Outcome = 'handled' | 'not-delivered' | 'refused' | 'expired' | 'cancelled' | 'overflow' | 'unknown';

export interface Tally {
  readonly handled: number;
  readonly notDelivered: number;
  readonly refused: number;
  readonly unknown: number;
}

/** How the sessions of a server ended, and what became of the messages that were open. */
export interface LeavingReport extends Tally {
  readonly sessions: number;
  readonly closed: number;
}

/** `object` names a session object, `session` is the id of the session that it carried then, `op` the number of an operation. */
export type HistoryEvent = { readonly atMs: number } & (
  | { readonly type: 'object'; readonly object: string; readonly role: 'client' | 'server'; readonly process: string }
  /** The state became open. `epoch` counts the connections of one session. */
  | {
      readonly type: 'opened';
      readonly object: string;
      readonly session: string;
      readonly epoch: number;
      readonly resumed: boolean;
    }
  | { readonly type: 'closed'; readonly object: string; readonly cause: string }
  | { readonly type: 'crash'; readonly process: string }
  /** Faults are over: from now on everything has to work. */
  | { readonly type: 'healed' }
  /**
   * Operations of one `lane` are handled in the order of their numbers, one at a time when the lane is `serial`; `claimed`: the peer has a handler
   * for them from the beginning.
   */
  | {
      readonly type: 'send';
      readonly op: number;
      readonly object: string;
      readonly kind: 'message' | 'request';
      readonly lane: string;
      readonly serial: boolean;
      readonly claimed: boolean;
      /** When its sender gives it up by itself, in milliseconds from now; null: never. */
      readonly limitMs: number | null;
      /** What has to come before that: the fate, or that it was delivered. */
      readonly limits: 'fate' | 'delivery';
      /** No handler may begin it later than so many milliseconds from now; null: it does not expire. */
      readonly expiresInMs: number | null;
    }
  /** Its sender does not want it any more. */
  | { readonly type: 'withdraw'; readonly op: number; readonly object: string }
  | {
      readonly type: 'written';
      readonly op: number;
      readonly object: string;
      readonly session: string;
      readonly id: number;
    }
  | { readonly type: 'delivered'; readonly op: number; readonly object: string }
  /** A handler began. `isIntact`: the payload is the one that was sent. */
  | {
      readonly type: 'start';
      readonly op: number;
      readonly object: string;
      readonly session: string;
      readonly id: number;
      readonly epoch: number;
      readonly isIntact: boolean;
    }
  /** It finished. `code`: with what it refused, or null. `reply`: what it answered to a request. */
  | {
      readonly type: 'finish';
      readonly op: number;
      readonly object: string;
      readonly code: string | null;
      readonly reply: number | null;
    }
  /** The last state of a delivery; with `isCorrection` what was unknown became known later. */
  | {
      readonly type: 'outcome';
      readonly op: number;
      readonly object: string;
      readonly outcome: Outcome;
      readonly safeToRetry: boolean;
      readonly code: string | null;
      readonly isCorrection?: boolean;
    }
  /** The promise of a delivery settled; `reply` is what a request resolved with. */
  | {
      readonly type: 'settled';
      readonly op: number;
      readonly object: string;
      readonly how: 'handled' | 'delivered' | 'failed';
      readonly reply: number | null;
    }
  /** The session told of a failure that belongs to no delivery in particular. */
  | { readonly type: 'undelivered'; readonly object: string }
  /** `close()` or `drain()` was called; `call` numbers the calls of the run. */
  | { readonly type: 'ending'; readonly object: string; readonly call: number; readonly timeoutMs: number }
  | {
      readonly type: 'report';
      readonly object: string;
      readonly call: number;
      readonly cause: string;
      readonly tally: Tally;
    }
  /** `end()` was called, and what came of it: everything that was ever sent is settled, or the session was over before. */
  | { readonly type: 'half-ending'; readonly object: string; readonly call: number }
  | { readonly type: 'half-ended'; readonly object: string; readonly call: number; readonly isSettled: boolean }
  /** The server leaves, and its client is to come again so much later. */
  | { readonly type: 'invited'; readonly object: string; readonly afterMs: number }
  /** The session of an invited client has ended in order. */
  | { readonly type: 'dismissed'; readonly object: string }
  /** A server began to end all its sessions, and what it says became of them. */
  | { readonly type: 'leaving'; readonly process: string }
  | { readonly type: 'left'; readonly process: string; readonly report: LeavingReport }
  /** A server keeps more than it may, so this session has to go; `waiting` of its sessions wait for their clients, `max` may. */
  | {
      readonly type: 'evicted';
      readonly object: string;
      readonly limit: string;
      readonly waiting: number;
      readonly max: number;
    }
  /** Servers know of sessions that are over what became of their messages. */
  | { readonly type: 'remembering' }
  /** How long the handshake of a new connection took in one direction, from one process to another. */
  | { readonly type: 'way'; readonly from: string; readonly to: string; readonly ms: number }
  /** A new session had to begin under the same object: of what it sent in the old one, these ids, both included, are in doubt (0 and 0: none); it received all up to `received`. */
  | {
      readonly type: 'gap';
      readonly object: string;
      readonly session: string;
      readonly from: number;
      readonly to: number;
      readonly received: number;
    }
  /** A broadcast is over: its operations, one for each recipient, and how many it says came to each outcome. */
  | {
      readonly type: 'cast';
      readonly ops: readonly number[];
      readonly counts: Readonly<Record<string, number>>;
    }
  /** A volatile value was sent; of one `slot`, which names its sender too, later values have greater numbers. */
  | { readonly type: 'volatile-sent'; readonly value: number; readonly object: string; readonly slot: string }
  /** Its handler began. */
  | {
      readonly type: 'volatile-start';
      readonly value: number;
      readonly object: string;
      readonly isIntact: boolean;
    }
  | { readonly type: 'volatile-finish'; readonly value: number; readonly object: string }
  /** A process stands still for so long, from now on or longer than it was to. */
  | { readonly type: 'paused'; readonly process: string; readonly ms: number }
  /** A client began to make a connection; so many are under way. */
  | { readonly type: 'dials'; readonly process: string; readonly count: number }
  /** A client asks for its session on another connection while it has one; `heardSince`: that one spoke after the other was begun. */
  | { readonly type: 'raced'; readonly process: string; readonly heardSince: boolean }
  /** A client wrote on a connection although it had asked for its session on another one, and was not refused there. */
  | { readonly type: 'wrote-behind'; readonly process: string }
  /** Something that had to happen in the end did not. */
  | { readonly type: 'stuck'; readonly what: string }
);

type WithoutTime<E> = E extends unknown ? Omit<E, 'atMs'> : never;

/** An event as it is told; the recorder adds the time. */
export type Happening = WithoutTime<HistoryEvent>;
