/**
 * Which sessions a server keeps, and who may go on with them.
 *
 * A session belongs to whoever has its token, as the principal that began it. Everything is checked before anything is changed, so that a refused
 * attempt leaves no trace (promise P18): the token in constant time, the principal, the number of the attempt, and then the positions of both sides.
 */
import type { Hello, Resumption } from '../connection/handshake.ts';
import type { ErrorCode } from '../errors/error-code.ts';
import type { SessionHandle } from './session-handle.ts';

interface Entry {
  readonly handle: SessionHandle;
  readonly token: Uint8Array;
  readonly principal: string;
  /** The number of the connection that carries the session, or did last: its epoch. */
  epoch: number;
}

/** What came of an attempt to go on with a session. */
export type Judgement = { readonly handle: SessionHandle } | { readonly code: ErrorCode };

const UNKNOWN: Judgement = { code: 'ERR_HW_RESUME_UNKNOWN' };

export class SessionRegister {
  readonly #entries = new Map<string, Entry>();

  /** Remembers a new session, so that it can be gone on with. */
  add(handle: SessionHandle, token: Uint8Array, principal: string, epoch: number): void {
    this.#entries.set(handle.id, { handle, token, principal, epoch });
  }

  delete(handle: SessionHandle): void {
    this.#entries.delete(handle.id);
  }

  /** Whether the client may go on with the session that it names. Changes nothing, unless it may: then its attempt is the session's epoch. */
  admit(resumption: Resumption, { attempt }: Hello, principal: string): Judgement {
    const entry = this.#entries.get(resumption.session);
    // Whoever does not own the session learns no more than whether it got everything right.
    const isOwner = isSame(entry?.token ?? DECOY, resumption.token);
    if (entry === undefined || !isOwner || entry.principal !== principal) return UNKNOWN;
    if (attempt <= entry.epoch) return { code: 'ERR_HW_RESUME_STALE' };
    const { session } = entry.handle.driver;
    if (session.status === 'closed') return UNKNOWN;
    if (!session.mayResume(resumption)) return { code: 'ERR_HW_RESUME_MISMATCH' };
    entry.epoch = attempt;
    return { handle: entry.handle };
  }
}

const DECOY = new Uint8Array(32);

/** Takes the same time wherever the first difference is. */
function isSame(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let index = 0; index < a.length; index += 1) difference |= a[index]! ^ (b[index] ?? 0);
  return difference === 0;
}
