/** What `connect` and `serve` have in common: options as given, and resolved once into a frozen whole. */
import {
  fixedMargin,
  HEARTBEAT_PRESETS,
  type Heartbeat,
  type HeartbeatPreset,
} from '../connection/heartbeat-preset.ts';
import type { Announcement } from '../connection/handshake.ts';
import type { Codec } from '../wire/codec.ts';
import { msgpackCodec } from '../wire/msgpack-codec.ts';
import { encodeText } from '../wire/text.ts';
import type { ByteBudget } from './byte-budget.ts';
import { systemClock, type Clock } from './clock.ts';
import { optionError, resolveLimits, type LimitOptions, type Limits } from './limits.ts';
import { randomFraction } from './platform.ts';

/** A heartbeat of your own. All in milliseconds. */
export interface HeartbeatOptions {
  /** The longest silence, promised to the peer and wanted from it; 50 or more. */
  readonly interval: number;
  /** How much longer than the interval the peer may be silent before it is *suspect*. Default: the interval. */
  readonly suspectAfter?: number;
  /** How much longer than the interval before it is *dead*, and the connection is dropped. Default: three intervals. */
  readonly deadAfter?: number;
}

export interface CommonOptions {
  /** How fast a loss is noticed; `false`: the peer is never judged. Default `'default'`: suspect within 18 s, dead within 30 s. */
  readonly heartbeat?: HeartbeatPreset | HeartbeatOptions | false;
  readonly limits?: LimitOptions;
  /** When a delivery resolves, unless `send` says otherwise. Default `'handled'`. */
  readonly confirm?: 'handled' | 'delivered';
  /** How long the fate of a message may stay open when `send` does not say, in milliseconds; `Infinity`: for ever. Default 120000. */
  readonly sendTimeout?: number;
  /** Messages of a type that has no consumer: refuse them (default), or hold them until it has one, within the window. */
  readonly unhandled?: 'refuse' | 'hold';
  /** How payloads are encoded; the peer must use one of the same name. Default: MessagePack. */
  readonly codec?: Codec;
  /** Where the time comes from. Default: the platform. */
  readonly clock?: Clock;
  /** Numbers from 0 up to 1. Default: the platform. */
  readonly random?: () => number;
  /** What the program calls itself, at most 128 bytes; the peer sees it in `session.peer.name`. */
  readonly name?: string;
}

export interface ResolvedOptions {
  readonly heartbeat: Heartbeat;
  readonly limits: Limits;
  readonly confirm: 'handled' | 'delivered';
  readonly sendTimeoutMs: number;
  readonly unhandled: 'refuse' | 'hold';
  readonly codec: Codec;
  readonly clock: Clock;
  readonly random: () => number;
  readonly announcement: Announcement;
  /** Where a server counts what its sessions keep; null for a client. */
  readonly budget: ByteBudget | null;
}

const NAME_MAX_BYTES = 128;
const SEND_TIMEOUT_MS = 120_000;
const INTERVAL_MIN_MS = 50;
/** Nobody is bound to a shorter silence than this by the other side alone. */
const FLOOR_MS = 1000;

/** Throws a HeartwireError (`ERR_HW_OPTION`) that names the option and its value. */
export function resolveOptions(given: CommonOptions): ResolvedOptions {
  const limits = resolveLimits(given.limits);
  const heartbeat = resolveHeartbeat(given.heartbeat ?? 'default');
  const codec = given.codec ?? msgpackCodec;
  oneOf('confirm', given.confirm, ['handled', 'delivered']);
  const { sendTimeout = SEND_TIMEOUT_MS } = given;
  if (!(sendTimeout > 0)) throw optionError(`sendTimeout is ${sendTimeout}, not more than 0`);
  oneOf('unhandled', given.unhandled, ['refuse', 'hold']);
  if (given.name !== undefined && encodeText(given.name).length > NAME_MAX_BYTES) {
    throw optionError(`name is longer than ${NAME_MAX_BYTES} bytes`);
  }
  return Object.freeze({
    heartbeat,
    limits,
    confirm: given.confirm ?? 'handled',
    sendTimeoutMs: given.sendTimeout ?? SEND_TIMEOUT_MS,
    unhandled: given.unhandled ?? 'refuse',
    codec,
    clock: given.clock ?? systemClock,
    random: given.random ?? randomFraction,
    announcement: announcementOf(limits, heartbeat, codec, given.name),
    budget: null,
  });
}

function announcementOf(limits: Limits, { intervalMs }: Heartbeat, codec: Codec, name?: string): Announcement {
  const { frameMaxBytes, messageMaxBytes, windowMessages, windowBytes, maxRequests } = limits;
  return Object.freeze({
    frameMaxBytes,
    messageMaxBytes,
    windowMessages,
    windowBytes,
    maxRequests,
    promiseMs: intervalMs,
    wantMs: intervalMs,
    floorMs: Math.min(FLOOR_MS, intervalMs),
    name: name ?? null,
    codec: codec.name,
  });
}

function resolveHeartbeat(given: HeartbeatPreset | HeartbeatOptions | false): Heartbeat {
  if (given === false) return { ...HEARTBEAT_PRESETS.default, intervalMs: Infinity };
  if (typeof given === 'string') {
    if (!Object.hasOwn(HEARTBEAT_PRESETS, given)) {
      throw optionError(`heartbeat is "${given}", not one of ${Object.keys(HEARTBEAT_PRESETS).join(', ')}`);
    }
    return HEARTBEAT_PRESETS[given];
  }
  const { interval, suspectAfter = interval, deadAfter = 3 * interval } = given;
  if (!(Number.isInteger(interval) && interval >= INTERVAL_MIN_MS && interval < 2 ** 31)) {
    throw optionError(`heartbeat.interval is ${interval}, not an integer of ${INTERVAL_MIN_MS} or more`);
  }
  if (!(suspectAfter > 0 && deadAfter > suspectAfter && deadAfter < 2 ** 31)) {
    throw optionError(`heartbeat: 0 < suspectAfter (${suspectAfter}) < deadAfter (${deadAfter}) does not hold`);
  }
  return { intervalMs: interval, suspect: fixedMargin(suspectAfter), dead: fixedMargin(deadAfter) };
}

function oneOf(name: string, value: string | undefined, allowed: readonly string[]): void {
  if (value === undefined || allowed.includes(value)) return;
  throw optionError(`${name} is "${value}", not one of ${allowed.join(', ')}`);
}
