/**
 * Which sessions a server keeps, and who may go on with them.
 *
 * A session belongs to whoever has its token, as the principal that began it. Everything is checked before anything is changed, so that a refused
 * attempt leaves no trace (promise P18): the token in constant time, the principal, the number of the attempt, the positions of both sides, and
 * how often its client has come back of late.
 */
import type { Hello, Resumption } from '../connection/handshake.ts';
import { TokenBucket, type Rate } from '../connection/token-bucket.ts';
import type { ErrorCode } from '../errors/error-code.ts';
import type { SessionHandle } from './session-handle.ts';
import { hashToken, isSameHash } from './token-hash.ts';

interface Entry {
  readonly handle: SessionHandle;
  readonly tokenHash: Uint8Array;
  readonly principal: string;
  readonly attachments: TokenBucket;
  /** The number of the connection that carries the session, or did last: its epoch. */
  epoch: number;
}

/** What came of an attempt to go on with a session. `retryAfterMs`: when it may be repeated; null when that is of no use. */
export type Judgement =
  | { readonly handle: SessionHandle }
  | { readonly code: ErrorCode; readonly retryAfterMs: number | null };

/** How often one session may be attached to another connection. Whoever loses ten connections a second for ever is still served. PROTOCOL.md §15. */
export const ATTACHMENT_RATE: Rate = { burst: 256, perSecond: 10 };

const UNKNOWN: Judgement = { code: 'ERR_HW_RESUME_UNKNOWN', retryAfterMs: null };
const STALE: Judgement = { code: 'ERR_HW_RESUME_STALE', retryAfterMs: null };
const MISMATCH: Judgement = { code: 'ERR_HW_RESUME_MISMATCH', retryAfterMs: null };

export class SessionRegister {
  readonly #entries = new Map<string, Entry>();
  readonly #hash: (token: Uint8Array) => Uint8Array;
  /** What the token of a session that does not exist is compared with, so that it costs the same as a wrong one. */
  readonly #decoy: Uint8Array;

  constructor(hash: (token: Uint8Array) => Uint8Array = hashToken) {
    this.#hash = hash;
    this.#decoy = hash(new Uint8Array(0));
  }

  /** Remembers a new session, so that it can be gone on with; of its token only the hash. */
  add(handle: SessionHandle, token: Uint8Array, principal: string, epoch: number, nowMs: number): void {
    const attachments = new TokenBucket(ATTACHMENT_RATE, nowMs);
    this.#entries.set(handle.id, { handle, tokenHash: this.#hash(token), principal, attachments, epoch });
  }

  delete(handle: SessionHandle): void {
    this.#entries.delete(handle.id);
  }

  /** Whether the client may go on with the session that it names. Changes nothing, unless it may: then its attempt is the session's epoch. */
  admit(resumption: Resumption, { attempt }: Hello, principal: string, nowMs: number): Judgement {
    const entry = this.#entries.get(resumption.session);
    // Whoever does not own the session learns no more than whether it got everything right.
    const isOwner = isSameHash(entry?.tokenHash ?? this.#decoy, this.#hash(resumption.token));
    if (entry === undefined || !isOwner || entry.principal !== principal) return UNKNOWN;
    if (attempt <= entry.epoch) return STALE;
    const { session } = entry.handle.driver;
    if (session.status === 'closed') return UNKNOWN;
    if (!session.mayResume(resumption)) return MISMATCH;
    const { attachments } = entry;
    if (!attachments.take(1, nowMs)) return { code: 'ERR_HW_BUSY', retryAfterMs: attachments.waitMs(nowMs) };
    entry.epoch = attempt;
    return { handle: entry.handle };
  }
}
