/** How sessions outlive their connections on a server: the options, their defaults, and the check of what the caller gives. PROTOCOL.md §15, §19. */
import { optionError } from './limits.ts';
import type { TombstoneOptions } from './tombstones.ts';

export interface ResumeOptions {
  /** How long a session waits for its client after its connection is lost, in milliseconds. Default 120000. */
  readonly window?: number;
  /** How many sessions may wait for their clients at once; with one more the one that has waited longest ends. Default 10000. */
  readonly maxSessions?: number;
  /**
   * How many bytes the waiting sessions may hold together: the payloads of messages in both directions that are not settled, and 256 bytes for each; with more
   * the session that has waited longest ends, until it is enough. Default 256 MiB.
   */
  readonly maxBytes?: number;
  /**
   * How many sessions of one principal are kept, connected ones counted; with more the one that has waited longest ends. One that is connected never ends for
   * another one. Without the option `principal` it has no meaning. Default 1024.
   */
  readonly maxPerPrincipal?: number;
  /** What is kept of sessions that are over, so that a client that comes back late learns what became of its messages; `false`: nothing. */
  readonly tombstones?: TombstoneOptions | false;
}

export type ResolvedResume = Required<Omit<ResumeOptions, 'tombstones'>>;

/** What may be too much. */
export type ResumeLimit = 'maxSessions' | 'maxBytes' | 'maxPerPrincipal';

export const DEFAULT_RESUME: ResolvedResume = {
  window: 120_000,
  maxSessions: 10_000,
  maxBytes: 268_435_456,
  maxPerPrincipal: 1024,
};

const LARGEST: ResolvedResume = {
  window: 2 ** 31 - 1,
  maxSessions: Number.MAX_SAFE_INTEGER,
  maxBytes: Number.MAX_SAFE_INTEGER,
  maxPerPrincipal: Number.MAX_SAFE_INTEGER,
};

/** Fills in what is missing; null: sessions end with their connections. Throws a HeartwireError that names the first value that makes no sense. */
export function resolveResume(given: ResumeOptions | false = {}): ResolvedResume | null {
  if (given === false) return null;
  const resolved: { -readonly [K in keyof ResolvedResume]: number } = { ...DEFAULT_RESUME };
  for (const name of Object.keys(DEFAULT_RESUME) as (keyof ResolvedResume)[]) {
    const value = given[name];
    if (value === undefined) continue;
    if (!Number.isInteger(value) || value < 1 || value > LARGEST[name]) {
      throw optionError(`resume.${name} is ${value}, not an integer of 1 or more`);
    }
    resolved[name] = value;
  }
  return Object.freeze(resolved);
}
