/** The numbers that bound a session, their defaults, and the check of what the caller gives. PROTOCOL.md §15. */
import { HeartwireError } from '../errors/heartwire-error.ts';
import { IN_FLIGHT_FLOOR_BYTES, IN_FLIGHT_MAX_BYTES } from '../session/transit.ts';
import { VOLATILE_MAX_KEYS } from '../session/volatile-channel.ts';

export interface LimitOptions {
  /** The largest message that is accepted, in encoded bytes. Default 1 MiB. */
  readonly messageMaxBytes?: number;
  /** The largest frame that is accepted, in bytes, at least 1024. Default 64 KiB. */
  readonly frameMaxBytes?: number;
  /** How many messages of the peer may be unsettled here at once, 1 to 32768. Default 4096. */
  readonly windowMessages?: number;
  /** How many bytes of them, at least `messageMaxBytes`. Default 16 MiB. */
  readonly windowBytes?: number;
  /** How many requests of the peer may await their answer at once, 1 to 32768. Default 256. */
  readonly maxRequests?: number;
  /** How many messages may wait to be written; more are refused with the outcome `overflow`. Default 16384. */
  readonly outboxMaxMessages?: number;
  /** How many bytes of them. Default 32 MiB. */
  readonly outboxMaxBytes?: number;
  /**
   * How many payload bytes may be on the way: written, and not received by the peer. At least 32 KiB; less of it is used at the beginning of a connection and while the way is slow. More is faster over
   * long ways, and lets heartbeats and volatile values wait longer behind large messages. Default 256 KiB.
   */
  readonly inFlightMaxBytes?: number;
  /** How many types and keys of volatile values may wait in each direction, 1 to 65536; beyond that the oldest value is dropped. Default 1024. */
  readonly volatileMaxKeys?: number;
  /** How long making a connection may take, fetching the credentials included, in milliseconds. Default 10000. */
  readonly dialTimeout?: number;
  /** How long the handshake may take, in milliseconds. Default 10000. */
  readonly handshakeTimeout?: number;
  /** How long one frame may take from its first byte to its last, in milliseconds. Default 30000. */
  readonly frameTimeout?: number;
  /**
   * Server: how many payload bytes all its sessions may keep, in both directions, at least 64 KiB. Above it connections are dropped until it is less: those that shake hands, then
   * sessions without a connection, then those that keep most. Each is told as an event of the server. Default 512 MiB.
   */
  readonly totalBytes?: number;
  /** Server: how many connections may be shaking hands at once; more are turned away with `ERR_HW_BUSY`. Default 1024. */
  readonly maxHandshakes?: number;
}

export type Limits = Required<LimitOptions>;

export const DEFAULT_LIMITS: Limits = {
  messageMaxBytes: 1_048_576,
  frameMaxBytes: 65_536,
  windowMessages: 4096,
  windowBytes: 16_777_216,
  maxRequests: 256,
  outboxMaxMessages: 16_384,
  outboxMaxBytes: 33_554_432,
  inFlightMaxBytes: IN_FLIGHT_MAX_BYTES,
  volatileMaxKeys: VOLATILE_MAX_KEYS,
  dialTimeout: 10_000,
  handshakeTimeout: 10_000,
  frameTimeout: 30_000,
  totalBytes: 536_870_912,
  maxHandshakes: 1024,
};

/** [smallest, largest] of each. */
const RANGES: Readonly<Record<keyof Limits, readonly [number, number]>> = {
  messageMaxBytes: [1, 2 ** 32],
  frameMaxBytes: [1024, 2 ** 30],
  windowMessages: [1, 32_768],
  windowBytes: [1, Number.MAX_SAFE_INTEGER],
  maxRequests: [1, 32_768],
  outboxMaxMessages: [1, Number.MAX_SAFE_INTEGER],
  outboxMaxBytes: [1, Number.MAX_SAFE_INTEGER],
  inFlightMaxBytes: [IN_FLIGHT_FLOOR_BYTES, Number.MAX_SAFE_INTEGER],
  volatileMaxKeys: [1, 65_536],
  dialTimeout: [1, 2 ** 31 - 1],
  handshakeTimeout: [1, 2 ** 31 - 1],
  frameTimeout: [1, 2 ** 31 - 1],
  totalBytes: [65_536, Number.MAX_SAFE_INTEGER],
  maxHandshakes: [1, Number.MAX_SAFE_INTEGER],
};

/** Fills in what is missing. Throws a HeartwireError that names the first value that makes no sense. */
export function resolveLimits(given: LimitOptions = {}): Limits {
  const limits = { ...DEFAULT_LIMITS };
  for (const key of Object.keys(RANGES) as (keyof Limits)[]) {
    const value = given[key];
    if (value === undefined) continue;
    const [min, max] = RANGES[key];
    if (!Number.isInteger(value) || value < min || value > max) {
      throw optionError(`limits.${key} is ${value}, not an integer from ${min} to ${max}`);
    }
    limits[key] = value;
  }
  if (given.windowBytes === undefined) limits.windowBytes = Math.max(limits.windowBytes, limits.messageMaxBytes);
  if (limits.windowBytes < limits.messageMaxBytes) {
    throw optionError(`limits.windowBytes (${limits.windowBytes}) is less than limits.messageMaxBytes`);
  }
  return Object.freeze(limits);
}

export function optionError(detail: string): HeartwireError {
  return new HeartwireError('ERR_HW_OPTION', { by: 'local', detail });
}
