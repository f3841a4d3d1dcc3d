/**
 * What a server still knows of sessions that are over, for clients that come back late: so that *unknown* is said only where it is (promise P4).
 *
 * A tombstone is a few hundred bytes and is kept for an hour; the oldest give way when there are too many, in all or of one principal. No timer is involved:
 * whatever is too old is found when the next one comes.
 */
import type { Tombstone } from '../connection/handshake.ts';
import { optionError } from './limits.ts';

export interface TombstoneOptions {
  /** How long what is known of a session is kept after its end, in milliseconds. Default 3600000 (an hour); 0: not at all. */
  readonly keep?: number;
  /** How many bytes all of them may take; each takes about 600. The oldest give way. Default 16777216. */
  readonly maxBytes?: number;
  /** How many are kept of one principal; where there are no principals it does not count. The oldest give way. Default 64. */
  readonly maxPerPrincipal?: number;
}

/** A session that is over, and whose it was. */
export interface Grave {
  readonly tokenHash: Uint8Array;
  readonly principal: string;
  readonly epoch: number;
  readonly tombstone: Tombstone;
}

export interface TombstoneLimits {
  /** How long each is kept, in milliseconds; 0: not at all. */
  readonly keepMs: number;
  readonly maxBytes: number;
  /** How many of one principal; where all clients are one principal it does not count. */
  readonly maxPerPrincipal: number;
}

interface Kept {
  readonly grave: Grave;
  readonly bytes: number;
  readonly untilMs: number;
}

/** What one costs besides its last words, about. */
const OVERHEAD_BYTES = 512;

export class Tombstones {
  readonly #limits: TombstoneLimits;
  /** The oldest first. */
  readonly #kept = new Map<string, Kept>();
  readonly #idsOf = new Map<string, Set<string>>();
  #bytes = 0;

  constructor(limits: TombstoneLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#kept.size;
  }

  add(id: string, grave: Grave, nowMs: number): void {
    const { keepMs, maxBytes, maxPerPrincipal } = this.#limits;
    this.#dropUntil(nowMs);
    if (keepMs === 0) return;
    const bytes = OVERHEAD_BYTES + grave.tombstone.lastWords.length;
    this.#kept.set(id, { grave, bytes, untilMs: nowMs + keepMs });
    this.#bytes += bytes;
    const ids = this.#idsOf.get(grave.principal) ?? new Set();
    this.#idsOf.set(grave.principal, ids.add(id));
    if (grave.principal !== '' && ids.size > maxPerPrincipal) this.#drop(first(ids));
    while (this.#bytes > maxBytes) this.#drop(first(this.#kept.keys()));
  }

  find(id: string, nowMs: number): Grave | null {
    this.#dropUntil(nowMs);
    return this.#kept.get(id)?.grave ?? null;
  }

  #dropUntil(nowMs: number): void {
    for (const [id, { untilMs }] of this.#kept) {
      if (untilMs > nowMs) return;
      this.#drop(id);
    }
  }

  #drop(id: string): void {
    const { grave, bytes } = this.#kept.get(id)!;
    this.#kept.delete(id);
    this.#bytes -= bytes;
    const ids = this.#idsOf.get(grave.principal)!;
    ids.delete(id);
    if (ids.size === 0) this.#idsOf.delete(grave.principal);
  }
}

const NONE: TombstoneLimits = { keepMs: 0, maxBytes: 0, maxPerPrincipal: 0 };

/** Throws a HeartwireError (`ERR_HW_OPTION`) when an option makes no sense. */
export function resolveTombstones(given: TombstoneOptions | false | undefined): TombstoneLimits {
  if (given === false) return NONE;
  const { keep = 3_600_000, maxBytes = 16_777_216, maxPerPrincipal = 64 } = given ?? {};
  for (const [name, value] of Object.entries({ keep, maxBytes, maxPerPrincipal })) {
    if (!(Number.isInteger(value) && value >= 0))
      throw optionError(`resume.tombstones.${name} is ${value}, not an integer of 0 or more`);
  }
  return { keepMs: keep, maxBytes, maxPerPrincipal };
}

function first(ids: Iterable<string>): string {
  for (const id of ids) return id;
  throw new Error('there is none');
}
