/** What `connect` and `serve` have in common: options as given, and resolved once into a frozen whole. */
import type { Heartbeat, HeartbeatPreset } from '../connection/heartbeat-preset.ts';
import type { Announcement } from '../connection/handshake.ts';
import type { Codec } from '../wire/codec.ts';
import { msgpackCodec } from '../wire/msgpack-codec.ts';
import { encodeText } from '../wire/text.ts';
import type { ByteBudget } from './byte-budget.ts';
import { systemClock, type Clock } from './clock.ts';
import { resolveHeartbeat, type HeartbeatOptions } from './heartbeat-options.ts';
import { optionError, resolveLimits, type LimitOptions, type Limits } from './limits.ts';
import { randomFraction } from './platform.ts';

export interface CommonOptions {
  /**
   * How fast a loss is noticed: a preset, numbers of your own, or `false`: the peer is never judged, and nothing is sent that is not due otherwise. Default `'default'`: suspect within 18 s, dead
   * within 30 s. docs/liveness.md has the bounds of each preset. Of what the two sides want, each is bound to the shorter interval.
   */
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

function oneOf(name: string, value: string | undefined, allowed: readonly string[]): void {
  if (value === undefined || allowed.includes(value)) return;
  throw optionError(`${name} is "${value}", not one of ${allowed.join(', ')}`);
}
