/**
 * Which sessions a server keeps, and who may go on with them.
 *
 * A session belongs to whoever has its token, as the principal that began it. Everything is checked before anything is changed, so that a refused
 * attempt leaves no trace (promise P18): the token in constant time, the principal, the number of the attempt, and then the positions of both sides.
 */
import type { Hello, Resumption, Tombstone } from '../connection/handshake.ts';
import type { ErrorCode } from '../errors/error-code.ts';
import type { SessionHandle } from './session-handle.ts';
import { type Grave, type TombstoneLimits, Tombstones } from './tombstones.ts';

interface Entry {
  readonly handle: SessionHandle;
  readonly token: Uint8Array;
  readonly principal: string;
  /** The number of the connection that carries the session, or did last: its epoch. */
  epoch: number;
  /** When the session ended while handlers of it ran; null while it has not. */
  endedAtMs: number | null;
}

/** What came of an attempt to go on with a session. */
export type Judgement =
  | { readonly handle: SessionHandle }
  | { readonly code: ErrorCode; readonly retryAfterMs: number | null; readonly tombstone: Tombstone | null };

const UNKNOWN = no('ERR_HW_RESUME_UNKNOWN');
/** The session is over, but handlers still run whose outcome is not known: ask again, so often and for so long. */
const ENDING_RETRY_MS = 1000;
const ENDING_MAX_MS = 60_000;

export class SessionRegister {
  readonly #entries = new Map<string, Entry>();
  /** Sessions that are over and still have handlers that run. */
  readonly #ending = new Set<Entry>();
  readonly #tombstones: Tombstones;

  constructor(limits: TombstoneLimits) {
    this.#tombstones = new Tombstones(limits);
  }

  /** Remembers a new session, so that it can be gone on with. */
  add(handle: SessionHandle, token: Uint8Array, principal: string, epoch: number): void {
    this.#entries.set(handle.id, { handle, token, principal, epoch, endedAtMs: null });
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
    const { handle, token, principal, epoch } = entry;
    const { session } = handle.driver;
    this.#ending.delete(entry);
    this.#entries.delete(handle.id);
    if (!session.isConfirmed) return;
    this.#tombstones.add(handle.id, { token, principal, epoch, tombstone: session.takeTombstone() }, nowMs);
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
    const isOwner = isSame(entry?.token ?? DECOY, resumption.token);
    if (entry === null || !isOwner || entry.principal !== principal) return UNKNOWN;
    if (attempt <= entry.epoch) return no('ERR_HW_RESUME_STALE');
    if ('tombstone' in entry) return { ...UNKNOWN, tombstone: entry.tombstone };
    const { session } = entry.handle.driver;
    if (session.status === 'closed') return { ...no('ERR_HW_BUSY'), retryAfterMs: ENDING_RETRY_MS };
    if (!session.mayResume(resumption)) return no('ERR_HW_RESUME_MISMATCH');
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

const DECOY = new Uint8Array(32);

/** Takes the same time wherever the first difference is. */
function isSame(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let index = 0; index < a.length; index += 1) difference |= a[index]! ^ (b[index] ?? 0);
  return difference === 0;
}
