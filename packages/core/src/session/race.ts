/**
 * Make before break: what a client does about a peer that has fallen silent, while the connection to it still stands. PROTOCOL.md §23.
 *
 * A silence says too little: the peer may be dead, the way may have forgotten us (a NAT, a balancer) while new connections work, or a few packets are lost and the old way heals.
 * To wait for the verdict *dead* costs the first two many seconds, and to drop the connection at the first doubt costs the third. So nothing is dropped: the client asks (a PING), then makes a
 * second connection beside the first one, and whichever speaks first is used.
 *
 *     calm --suspected--> probing --due--> dialing --made--> committed --switched--> calm, on the new connection
 *      ^                     |                |  |                |
 *      |<------- heard ------+------ heard ---+  +-- failed --> pausing <-- refused (by REJECT: the old connection is released)
 *
 * *Committed* is the point of no return: HELLO tells the server how far we have come, so from then on nothing that the old connection brings may be read, because the server sends it
 * again, or has withdrawn it. Before that a single byte of the old connection ends the race, and it has cost nothing. What becomes of a new connection that fails afterwards depends on
 * what is proven: REJECT changes nothing at the server, and the old connection goes on; after any other end the server may have given the session to the new
 * connection, so it is the old one that is lost, and the session goes on over a third.
 *
 * A client that was away, or that got another network, does the same without a suspicion: it does not know what became of the way meanwhile. A race that
 * is under way is not put off by that, or whoever is woken all the time would never dial.
 *
 * This file only decides: whoever drives it asks, dials and routes.
 */
import { ANSWER_MAX_MS, answerTimeoutMs } from '../connection/round-trip-time.ts';

export type RaceState = 'calm' | 'probing' | 'dialing' | 'committed' | 'pausing';

/** `woken`: we were away, or the network is another one. `due`: what was waited for has had its time. `made`: the new link stands. `lost`: the old connection is over, and so is the race. */
export type RaceEvent =
  | 'suspected'
  | 'woken'
  | 'heard'
  | 'stalled'
  | 'due'
  | 'made'
  | 'failed'
  | 'refused'
  | 'switched'
  | 'lost';

/** What is to be done now. */
export type RaceAct = 'probe' | 'dial' | 'abandon' | 'commit' | 'release' | 'switch' | 'nothing';

type Moves = Readonly<Partial<Record<RaceEvent, readonly [RaceState, RaceAct]>>>;

/** What is not in the table changes nothing. */
export const MOVES: Readonly<Record<RaceState, Moves>> = {
  calm: { suspected: ['probing', 'probe'], woken: ['probing', 'probe'] },
  probing: {
    heard: ['calm', 'nothing'],
    // The answer may have been here all the time, unread: it is waited for once more.
    stalled: ['probing', 'probe'],
    due: ['dialing', 'dial'],
    lost: ['calm', 'nothing'],
  },
  dialing: {
    heard: ['calm', 'abandon'],
    made: ['committed', 'commit'],
    failed: ['pausing', 'nothing'],
    lost: ['calm', 'abandon'],
  },
  committed: { refused: ['pausing', 'release'], switched: ['calm', 'switch'] },
  pausing: {
    heard: ['calm', 'nothing'],
    // What failed may work now: the rest is cut short to the time of a probe.
    woken: ['probing', 'probe'],
    due: ['dialing', 'dial'],
    lost: ['calm', 'nothing'],
  },
};

/** Of the interval: over so much of it the dials of clients are spread that a server fell silent towards in one moment. */
const SPREAD_SHARE = 1 / 5;

/** How long the answer to a probe is waited for: `answerTimeoutMs`, and a random part; `fraction` is a number from 0 up to 1. */
export function probeTimeoutMs(rto0Ms: number, intervalMs: number, fraction: number): number {
  const answerMs = answerTimeoutMs(rto0Ms);
  return answerMs + fraction * Math.max(answerMs, Math.min(ANSWER_MAX_MS, SPREAD_SHARE * intervalMs));
}

export class Race {
  #state: RaceState = 'calm';
  #dueMs = Infinity;

  get state(): RaceState {
    return this.#state;
  }

  get nextDeadlineMs(): number {
    return this.#dueMs;
  }

  /** Returns what is to be done; null: the event means nothing now. `waitMs` is how long the state that follows may last before it is `due`. */
  step(event: RaceEvent, nowMs: number, waitMs: number = Infinity): RaceAct | null {
    const move = MOVES[this.#state][event];
    if (move === undefined) return null;
    this.#state = move[0];
    this.#dueMs = nowMs + waitMs;
    return move[1];
  }
}
