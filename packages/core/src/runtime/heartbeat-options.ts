/** The heartbeat as given: a preset, one of the caller's own, or none; what makes no sense is refused with a sentence that says what to do. */
import {
  fixedMargin,
  HEARTBEAT_PRESETS,
  type Heartbeat,
  type HeartbeatPreset,
} from '../connection/heartbeat-preset.ts';
import { optionError } from './limits.ts';

/**
 * A heartbeat of your own, in milliseconds. The peer is *suspect* after a silence of `interval + suspectAfter`, *dead* after `interval + deadAfter`, at any round trip; the presets stretch theirs on
 * slow ways. A message of which TCP loses segments arrives late by 200 ms, then 600, 1400, 3000 (every further loss doubles): `deadAfter` says how many of them in a row are to be survived.
 */
export interface HeartbeatOptions {
  /**
   * The longest silence, promised to the peer and wanted from it; an integer of 50 or more. Shorter finds a loss sooner, and costs two small packets each time; above 25000 some balancers and
   * NATs forget the connection.
   */
  readonly interval: number;
  /** How much longer than the interval the peer may be silent before it is *suspect*; more than 0. A client asks it then, and soon tries another way. Default: the interval. */
  readonly suspectAfter?: number;
  /** How much longer than the interval before it is *dead*, and the connection is dropped; 200 or more, and more than `suspectAfter`. Default: three intervals, at least 200. */
  readonly deadAfter?: number;
}

const INTERVAL_MIN_MS = 50;
/** TCP sends a lost segment again after this, or later: whoever waits for less kills a peer for a single lost packet. */
const DEAD_MIN_MS = 200;
const MAX_MS = 2 ** 31 - 1;
const NAMES: ReadonlySet<string> = new Set([
  'interval',
  'suspectAfter',
  'deadAfter',
] satisfies (keyof HeartbeatOptions)[]);

/** Throws a HeartwireError (`ERR_HW_OPTION`) that names the first value that makes no sense. */
export function resolveHeartbeat(given: HeartbeatPreset | HeartbeatOptions | false): Heartbeat {
  if (given === false) return { ...HEARTBEAT_PRESETS.default, intervalMs: Infinity };
  if (typeof given === 'string') return presetOf(given);
  if (typeof given !== 'object' || given === null) {
    throw optionError(`heartbeat is ${String(given)}, not one of ${presets()}, { interval, … } or false`);
  }
  const unknown = Object.keys(given).find((name) => !NAMES.has(name));
  if (unknown !== undefined) {
    throw optionError(`heartbeat.${unknown} does not exist; there are ${[...NAMES].join(', ')}`);
  }
  return ownHeartbeat(given);
}

function presetOf(name: HeartbeatPreset): Heartbeat {
  if (!Object.hasOwn(HEARTBEAT_PRESETS, name)) throw optionError(`heartbeat is "${name}", not one of ${presets()}`);
  return HEARTBEAT_PRESETS[name];
}

function presets(): string {
  return Object.keys(HEARTBEAT_PRESETS).join(', ');
}

function ownHeartbeat(given: HeartbeatOptions): Heartbeat {
  const { interval } = given;
  if (!(Number.isInteger(interval) && interval >= INTERVAL_MIN_MS && interval <= MAX_MS)) {
    throw optionError(`heartbeat.interval is ${interval}, not an integer of ${INTERVAL_MIN_MS} or more (milliseconds)`);
  }
  const suspectAfter = given.suspectAfter ?? interval;
  const deadAfter = given.deadAfter ?? Math.max(3 * interval, DEAD_MIN_MS);
  checkSuspect(suspectAfter);
  checkDead(deadAfter, suspectAfter, given.deadAfter === undefined);
  return { intervalMs: interval, suspect: fixedMargin(suspectAfter), dead: fixedMargin(deadAfter) };
}

function checkSuspect(suspectAfter: number): void {
  if (Number.isFinite(suspectAfter) && suspectAfter > 0) return;
  const detail = `heartbeat.suspectAfter is ${suspectAfter}, not a number above 0: how many milliseconds longer than the interval the peer may be silent`;
  throw optionError(detail);
}

function checkDead(deadAfter: number, suspectAfter: number, isDefault: boolean): void {
  if (!(Number.isFinite(deadAfter) && deadAfter <= MAX_MS)) {
    throw optionError(`heartbeat.deadAfter is ${deadAfter}; for a peer that is never judged, set heartbeat: false`);
  }
  if (deadAfter < DEAD_MIN_MS) {
    const why = 'TCP takes that long to send a lost segment again, so less would kill a peer for a single one';
    throw optionError(`heartbeat.deadAfter is ${deadAfter}, less than ${DEAD_MIN_MS} ms: ${why}`);
  }
  if (deadAfter > suspectAfter) return;
  const own = isDefault ? ', three intervals, as none is given' : '';
  const detail = `heartbeat.deadAfter (${deadAfter}${own}) is not above suspectAfter (${suspectAfter}): a peer is suspect before it is dead`;
  throw optionError(detail);
}
