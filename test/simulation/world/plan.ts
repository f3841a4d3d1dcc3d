/**
 * What one seed asks for: swarm testing (Groce et al., ISSTA 2012). Each seed switches on some faults, some behaviours and some limits and leaves the
 * others out, because what goes wrong often needs the absence of something as much as its presence.
 */
import type { CommonOptions } from '@heartwire/core';
import type { SeededRandom } from '../../support/seeded-random.ts';
import type { Behaviour, OperationType, WithdrawalKind } from './operation.ts';

/** What happens to a link or a process at a moment of the run. */
export type FaultKind =
  | 'cut'
  | 'cut-late'
  | 'cut-twice'
  | 'straggle'
  | 'fin'
  | 'half-close'
  | 'stall'
  | 'hole'
  | 'hole-one-way'
  | 'server-crash'
  | 'server-drain'
  | 'server-leave'
  /** A client that cannot reach its server for about as long as that waits for it. */
  | 'absence'
  | 'client-crash';

const FAULT_KINDS: readonly FaultKind[] = [
  'cut',
  'cut-late',
  'cut-twice',
  'straggle',
  'fin',
  'half-close',
  'stall',
  'hole',
  'hole-one-way',
  'server-crash',
  'server-drain',
  'server-leave',
  'absence',
  'client-crash',
];

/** Faults that a session can outlive. */
const FLAKY_KINDS: readonly FaultKind[] = ['cut', 'cut', 'cut-late', 'cut-twice', 'straggle', 'fin', 'stall'];

/** `end` is the end of one direction only. */
export type EndingKind = 'close' | 'drain' | 'destroy' | 'end';

export interface Keeping {
  readonly reconnects: boolean;
  readonly resumes: boolean;
  readonly isKept: boolean;
  /** How long the server waits for a client that has lost its connection. */
  readonly windowMs: number;
}

/** What a server may keep for all its sessions; null: the default, which no run comes near. */
export interface ServerLimits {
  readonly maxSessions: number | null;
  readonly totalBytes: number | null;
}

/**
 * `forgotten`: something on the way does not know the connections any more, for ever, and lets new ones pass. `late`: the same, but it remembers. `outage`: nothing passes, and dials are not answered.
 * `swallowed`: dials are answered by something on the way, and nothing passes. `pause`: the server's process stands still.
 */
export type SilenceKind = 'forgotten' | 'late' | 'outage' | 'swallowed' | 'pause';

export interface Silence {
  readonly kind: SilenceKind;
  readonly direction: 'up' | 'down' | 'both';
  readonly atMs: number;
  readonly lengthMs: number;
}

export interface Plan {
  readonly seed: number;
  readonly clients: number;
  /** How long faults happen. */
  readonly safetyMs: number;
  readonly latencyMs: number;
  readonly jitterMs: number;
  readonly maxCuts: number;
  /** Of a dial: how likely each is. */
  readonly dialFaults: Readonly<Record<'refused' | 'hole' | 'slow' | 'straggling', number>>;
  readonly faults: readonly FaultKind[];
  readonly faultCount: number;
  /** Bursts of operations, over all endpoints and the whole phase. */
  readonly bursts: number;
  readonly burstMax: number;
  readonly types: readonly OperationType[];
  readonly behaviours: readonly Behaviour[];
  readonly handlerMaxMs: number;
  readonly maxBytes: number;
  /** How many operations may be as large as that; half are empty. */
  readonly largeShare: number;
  readonly endings: readonly EndingKind[];
  readonly endingCount: number;
  /** How often the connection is cut while the last goodbye is said. */
  readonly farewellCuts: number;
  readonly loopAfterMs: number | null;
  readonly withdrawals: readonly WithdrawalKind[];
  /** The longest time after which something is withdrawn. */
  readonly withdrawalMaxMs: number;
  /** Bursts of volatile values, and broadcasts, over the whole phase. */
  readonly volatileBursts: number;
  readonly volatileHandlerMs: number;
  readonly casts: number;
  /** Whether clients come back, whether they want to go on with their session then, and whether the server keeps it. */
  readonly keeping: Keeping;
  readonly serverLimits: ServerLimits;
  readonly silences: readonly Silence[];
  /** How long the server looks credentials up. */
  readonly authenticateMs: number;
  /** How many second connections of clients that still have their first one it turns away then. */
  readonly refusedRaces: number;
  readonly options: CommonOptions;
}

/** Whoever was destroyed or crashed never comes back; the run is to be over before the default of two minutes. */
export const LONG_WINDOW_MS = 8000;
/** What everybody accepts at most. */
export const MESSAGE_MAX_BYTES = 60_000;

const BEHAVIOURS: readonly Behaviour[] = [
  'soon',
  'late',
  'refuse',
  'refuse-late',
  'throw',
  'hang',
  'heed',
  'ask-back',
  'destroy',
];
const LASTING_BEHAVIOURS: readonly Behaviour[] = BEHAVIOURS.filter((behaviour) => behaviour !== 'destroy');
const TYPES: readonly OperationType[] = ['b', 'wide', 'empty', 'nobody', 'ask', 'ask-one', 'ask-nobody'];
const WITHDRAWALS: readonly WithdrawalKind[] = ['cancel', 'signal', 'timeout', 'expiry'];
const ENDINGS: readonly EndingKind[] = ['close', 'drain', 'destroy', 'end'];
/** Room for the probes of one client in both directions, and not for those of several at once. */
const TIGHT_TOTAL_BYTES = 200_000;

export function drawPlan(seed: number, random: SeededRandom): Plan {
  const isFair = random.next() < 0.1;
  // Connections come and go, and nobody ends anything: what is wrong with going on shows best when there is much of it.
  const isFlaky = !isFair && random.next() < 0.4;
  // Handlers that say no to nearly everything, of which a small frame tells a few at a time.
  const isRefusing = random.next() < 0.06;
  const isTight = random.next() < 0.35;
  const serverLimits = drawServerLimits(random);
  const isHeavy = serverLimits.totalBytes !== null;
  const often = (kinds: number): number => (isFair ? 0 : random.integer(0, kinds));
  const options = drawOptions(random, isTight, isRefusing);
  // What is held until somebody comes for it would be held for ever.
  const loopAfterMs = random.pick(options.unhandled === 'hold' ? [0, 50, 1000] : [null, 0, 0, 50]);
  const dialFaults = {
    refused: often(3) * 0.1,
    hole: often(2) * 0.1,
    slow: often(2) * 0.15,
    straggling: often(2) * 0.15,
  };
  return {
    seed,
    clients: random.integer(1, 3),
    safetyMs: random.pick(isFlaky ? [1000, 3000, 10_000] : [200, 1000, 3000, 10_000]),
    latencyMs: random.pick([0, 0, 1, 20, 80, 300]),
    jitterMs: random.pick([0, 0, 3, 40, 200]),
    maxCuts: random.pick([0, 0, 1, 3, 8]),
    dialFaults,
    faults: isFair ? [] : isFlaky ? subset(random, FLAKY_KINDS, 0.6) : subset(random, FAULT_KINDS, 0.35),
    faultCount: isFlaky ? random.integer(3, 12) : often(8),
    bursts: random.integer(2, 9),
    burstMax: isRefusing ? 40 : isHeavy ? 12 : random.pick([1, 3, 6, 12]),
    types: ['a', ...subset(random, TYPES, 0.5)],
    // What is listed several times is drawn more often.
    behaviours: isRefusing
      ? ['refuse', 'refuse', 'refuse', 'now']
      : ['now', 'now', ...subset(random, isFlaky ? LASTING_BEHAVIOURS : BEHAVIOURS, 0.4)],
    handlerMaxMs: isRefusing ? 5 : random.pick([5, 50, 50, 800]),
    maxBytes: isHeavy ? 40_000 : random.pick([0, 20, 300, 3000, 40_000]),
    largeShare: isHeavy ? 0.4 : 0.15,
    endings: subset(random, ENDINGS, 0.5),
    endingCount: isFlaky ? random.integer(0, 1) : random.integer(0, 4),
    loopAfterMs,
    withdrawals: random.next() < 0.5 ? [] : subset(random, WITHDRAWALS, 0.6),
    withdrawalMaxMs: random.pick([20, 100, 500, 3000]),
    volatileBursts: random.pick([0, 0, 0, 2, 6]),
    volatileHandlerMs: random.pick([0, 0, 30]),
    casts: random.pick([0, 0, 0, 1, 3]),
    keeping: drawKeeping(random),
    farewellCuts: isFair ? 0 : random.pick([0, 0, 0, 1, 2]),
    serverLimits,
    silences: [],
    authenticateMs: 0,
    refusedRaces: 0,
    options,
  };
}

/** Mostly sessions outlive their connections. */
function drawKeeping(random: SeededRandom): Keeping {
  const drawn = random.next();
  const windowMs = random.pick([LONG_WINDOW_MS, LONG_WINDOW_MS, LONG_WINDOW_MS, 1500, 300]);
  return { reconnects: drawn >= 0.06, resumes: drawn >= 0.12, isKept: drawn < 0.94, windowMs };
}

function drawServerLimits(random: SeededRandom): ServerLimits {
  const drawn = random.next();
  return { maxSessions: drawn < 0.1 ? 1 : null, totalBytes: drawn > 0.9 ? TIGHT_TOTAL_BYTES : null };
}

/** The options that both sides get. */
function drawOptions(random: SeededRandom, isTight: boolean, isRefusing: boolean): CommonOptions {
  const messageMaxBytes = MESSAGE_MAX_BYTES;
  const tight = {
    windowMessages: random.integer(1, 6),
    windowBytes: random.pick([messageMaxBytes, 100_000]),
    maxRequests: random.integer(1, 4),
    outboxMaxMessages: random.integer(2, 30),
    frameMaxBytes: random.pick([1024, 4096, 65_536]),
  };
  return {
    heartbeat: random.pick(['default', 'game', 'lan', 'mobile'] as const),
    confirm: random.pick(['handled', 'handled', 'delivered'] as const),
    unhandled: random.pick(['refuse', 'refuse', 'hold'] as const),
    // Several round trips of the longest way: what is well must come through.
    ...(random.next() < 0.15 ? { sendTimeout: random.integer(2500, 6000) } : {}),
    limits: {
      messageMaxBytes,
      // Less than the largest message, most of the time: then it goes on only when the peer has told of its beginning.
      inFlightMaxBytes: random.pick([32_768, 32_768, 262_144]),
      dialTimeout: random.integer(1000, 8000),
      handshakeTimeout: random.integer(2000, 10_000),
      ...(isTight ? tight : {}),
      ...(isRefusing ? { frameMaxBytes: 1024 } : {}),
    },
  };
}

function subset<T>(random: SeededRandom, items: readonly T[], chance: number): T[] {
  return items.filter(() => random.next() < chance);
}
