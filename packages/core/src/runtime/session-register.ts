/**
 * Which sessions a server keeps, and who may go on with them.
 *
 * A session belongs to whoever has its token, as the principal that began it. Everything is checked before anything is changed, so that a refused
 * attempt leaves no trace (promise P18): the token in constant time, the principal, the number of the attempt, the positions of both sides, and
 * how often its client has come back of late.
 */
import type { Hello, Resumption, Tombstone } from '../connection/handshake.ts';
import { TokenBucket, type Rate } from '../connection/token-bucket.ts';
import type { ErrorCode } from '../errors/error-code.ts';
import type { SessionHandle } from './session-handle.ts';
import { hashToken, isSameHash } from './token-hash.ts';
import { type Grave, type TombstoneLimits, Tombstones } from './tombstones.ts';

interface Entry {
  readonly handle: SessionHandle;
  readonly tokenHash: Uint8Array;
  readonly principal: string;
  readonly attachments: TokenBucket;
  /** The number of the connection that carries the session, or did last: its epoch. */
  epoch: number;
  /** When the session ended while handlers of it ran; null while it has not. */
  endedAtMs: number | null;
}

/** What came of an attempt to go on with a session. `retryAfterMs`: when it may be repeated; null when that is of no use. */
export type Judgement =
  | { readonly handle: SessionHandle }
  | { readonly code: ErrorCode; readonly retryAfterMs: number | null; readonly tombstone: Tombstone | null };

/** How often one session may be attached to another connection. Whoever loses ten connections a second for ever is still served. PROTOCOL.md §15. */
export const ATTACHMENT_RATE: Rate = { burst: 256, perSecond: 10 };

const UNKNOWN = no('ERR_HW_RESUME_UNKNOWN');
const STALE = no('ERR_HW_RESUME_STALE');
const MISMATCH = no('ERR_HW_RESUME_MISMATCH');
/** The session is over, but handlers still run whose outcome is not known: ask again, so often and for so long. */
const ENDING_RETRY_MS = 1000;
const ENDING_MAX_MS = 5000;

export class SessionRegister {
  readonly #entries = new Map<string, Entry>();
  /** Sessions that are over and still have handlers that run. */
  readonly #ending = new Set<Entry>();
  readonly #tombstones: Tombstones;
  readonly #hash: (token: Uint8Array) => Uint8Array;
  /** What the token of a session that does not exist is compared with, so that it costs the same as a wrong one. */
  readonly #decoy: Uint8Array;

  constructor(limits: TombstoneLimits, hash: (token: Uint8Array) => Uint8Array = hashToken) {
    this.#tombstones = new Tombstones(limits);
    this.#hash = hash;
    this.#decoy = hash(new Uint8Array(0));
  }

  /** Remembers a new session, so that it can be gone on with; of its token only the hash. */
  add(handle: SessionHandle, token: Uint8Array, principal: string, epoch: number, nowMs: number): void {
    const attachments = new TokenBucket(ATTACHMENT_RATE, nowMs);
    const tokenHash = this.#hash(token);
    this.#entries.set(handle.id, { handle, tokenHash, principal, attachments, epoch, endedAtMs: null });
  }

  /** The session is over. What its client may still ask is kept. */
  bury(handle: SessionHandle, nowMs: number): void {
    const entry = this.#entries.get(handle.id);
    if (entry === undefined) return;
    entry.endedAtMs = nowMs;
    if (isWorking(entry, nowMs)) this.#ending.add(entry);
    else this.#entomb(entry, nowMs);
    // The oldest come first; whoever is asked for earlier is looked at then.
    for (const one of this.#ending) {
      if (nowMs < one.endedAtMs! + ENDING_MAX_MS) return;
      this.#entomb(one, nowMs);
    }
  }

  #entomb(entry: Entry, nowMs: number): void {
    const { handle, tokenHash, principal, epoch } = entry;
    const { session } = handle.driver;
    this.#ending.delete(entry);
    this.#entries.delete(handle.id);
    if (!session.isConfirmed) return;
    this.#tombstones.add(handle.id, { tokenHash, principal, epoch, tombstone: session.takeTombstone() }, nowMs);
  }

  #find(id: string, nowMs: number): Entry | Grave | null {
    const entry = this.#entries.get(id);
    if (entry === undefined) return this.#tombstones.find(id, nowMs);
    if (entry.endedAtMs === null || isWorking(entry, nowMs)) return entry;
    this.#entomb(entry, nowMs);
    return this.#tombstones.find(id, nowMs);
  }

  /** Whether the client may go on with the session that it names. Changes nothing, unless it may: then its attempt is the session's epoch. */
  admit(resumption: Resumption, { attempt }: Hello, principal: string, nowMs: number): Judgement {
    const entry = this.#find(resumption.session, nowMs);
    // Whoever does not own the session learns no more than whether it got everything right.
    const isOwner = isSameHash(entry?.tokenHash ?? this.#decoy, this.#hash(resumption.token));
    if (entry === null || !isOwner || entry.principal !== principal) return UNKNOWN;
    if (attempt <= entry.epoch) return STALE;
    if ('tombstone' in entry) return { ...UNKNOWN, tombstone: entry.tombstone };
    const { session } = entry.handle.driver;
    if (session.status === 'closed') return { ...no('ERR_HW_BUSY'), retryAfterMs: ENDING_RETRY_MS };
    if (!session.mayResume(resumption)) return MISMATCH;
    const { attachments } = entry;
    if (!attachments.take(1, nowMs)) return { ...no('ERR_HW_BUSY'), retryAfterMs: attachments.waitMs(nowMs) };
    entry.epoch = attempt;
    return { handle: entry.handle };
  }
}

/** Whether more may become known of it than is. */
function isWorking({ handle, endedAtMs }: Entry, nowMs: number): boolean {
  return endedAtMs === null || (handle.driver.session.isWorking && nowMs < endedAtMs + ENDING_MAX_MS);
}

function no(code: ErrorCode): Exclude<Judgement, { readonly handle: SessionHandle }> {
  return { code, retryAfterMs: null, tombstone: null };
}
