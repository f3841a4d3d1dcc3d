/**
 * What happens in one batch of connections, drawn from a seed: the same seed gives the same plan in the process that tests and in the peer's.
 */
import { SeededRandom } from '../support/seeded-random.ts';

/** How the peer ends a connection. `close` is close(2), which is FIN or RST, as unread bytes will have it. */
export type Fault = 'fin' | 'rst' | 'close' | 'kill';

export interface ConnectionPlan {
  /** What the peer writes, one after the other, and how long it waits before each. */
  readonly writes: readonly { readonly bytes: number; readonly pauseMs: number }[];
  readonly fault: Fault;
  /** The peer reads nothing of ours, so that our writes wait. */
  readonly isDeaf: boolean;
  readonly ourWrites: readonly { readonly bytes: number; readonly atMs: number }[];
  /** We end our direction so long after the start. */
  readonly ourEndAtMs: number | null;
  /** We write behind the fault, when we have been blocked until then: such a write fails. */
  readonly writesBehindFault: boolean;
}

/**
 * What keeps our event loop from reading: nothing; a moment now and then; everything until the faults have struck; that, and a stall right behind the
 * write that fails, longer than the guard's patience.
 */
export type Busy = 'never' | 'spells' | 'through' | 'stalled';

export interface BatchPlan {
  readonly seed: number;
  readonly isSecure: boolean;
  readonly isWeb: boolean;
  /** Who dials. */
  readonly dialer: 'us' | 'peer';
  /** The peer dials, writes and strikes, one connection after the other, whether we have accepted them by then or not. */
  readonly isHasty: boolean;
  readonly busy: Busy;
  readonly spellsMs: readonly number[];
  readonly settleMs: number;
  /** How long the peer waits for all that it wrote to be acknowledged, before it strikes. A kernel may take 40 ms for that, or have no room. */
  readonly ackWaitMs: number;
  readonly connections: readonly ConnectionPlan[];
}

/** So many connections are open at once. */
export const BATCH_CONNECTIONS = 20;

export function drawBatch(seed: number): BatchPlan {
  const random = new SeededRandom(seed);
  const isWeb = random.integer(1, 3) === 1;
  const isKilled = random.integer(1, 4) === 1;
  const dialer = random.pick(['us', 'peer'] as const);
  const isHasty = dialer === 'peer' && !isKilled && random.integer(1, 3) === 1;
  const busy = random.pick(['never', 'spells', 'through', 'through', 'stalled'] as const);
  return {
    seed,
    isSecure: random.integer(1, 5) <= 2,
    isWeb,
    dialer,
    isHasty,
    busy: isHasty ? 'spells' : busy,
    spellsMs: Array.from({ length: random.integer(1, 6) }, () => random.integer(1, 30)),
    settleMs: random.integer(0, 6),
    ackWaitMs: random.pick([0, 100]),
    connections: Array.from({ length: BATCH_CONNECTIONS }, () => drawConnection(random, { isWeb, isKilled, isHasty })),
  };
}

interface Kind {
  readonly isWeb: boolean;
  readonly isKilled: boolean;
  readonly isHasty: boolean;
}

function drawConnection(random: SeededRandom, { isWeb, isKilled, isHasty }: Kind): ConnectionPlan {
  return {
    writes: Array.from({ length: random.integer(1, 8) }, () => ({
      bytes: random.integer(1, random.pick([50, 4_000, 30_000, 120_000])),
      pauseMs: random.pick([0, 0, 0, random.integer(1, 4)]),
    })),
    fault: isKilled ? 'kill' : random.pick(['fin', 'rst', 'rst', 'close']),
    isDeaf: random.integer(1, 4) === 1,
    ourWrites: Array.from({ length: random.integer(0, 3) }, () => ({
      bytes: random.integer(1, random.pick([100, 10_000, 3_000_000])),
      atMs: random.integer(0, 15),
    })),
    // A WebSocket has no half-close.
    ourEndAtMs: isWeb || isHasty || random.integer(1, 6) > 1 ? null : random.integer(0, 10),
    writesBehindFault: random.integer(1, 5) <= 4,
  };
}

const PATTERN = Buffer.from(new SeededRandom(7).bytes(65_521));

/** The bytes of a peer's stream from `start` on. Each connection, known by the port of the side that dialed, has a stream of its own. */
export function patternAt(port: number, start: number, length: number): Buffer {
  const piece = Buffer.allocUnsafe(length);
  for (let at = 0; at < length;) {
    const from = (port * 101 + start + at) % PATTERN.length;
    at += PATTERN.copy(piece, at, from, Math.min(PATTERN.length, from + length - at));
  }
  return piece;
}
