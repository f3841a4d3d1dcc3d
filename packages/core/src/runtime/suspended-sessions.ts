/**
 * The sessions that wait for their clients, and which of them ends when there are too many. PROTOCOL.md §15.
 *
 * Three limits: how many wait, how many bytes they hold together, and how many sessions one principal has, so that nobody fills the first two
 * alone. Whatever is too much, the one that has waited longest goes: it is the one whose client is least likely to come. A session that
 * has a connection never goes.
 */
import type { ResolvedResume, ResumeLimit } from './resume-options.ts';
import { soon } from './platform.ts';

/** What is asked of a session here. */
export interface Suspendable {
  /** What it holds for a client that may come back. */
  readonly heldBytes: number;
}

interface Principal {
  /** All its sessions, connected or not. */
  total: number;
  readonly suspended: Set<Suspendable>;
}

export class SuspendedSessions<S extends Suspendable> {
  readonly #limits: Pick<ResolvedResume, ResumeLimit>;
  readonly #evict: (session: S, limit: ResumeLimit) => void;
  /** What each one holds; the one that has waited longest first. */
  readonly #heldBytes = new Map<S, number>();
  readonly #principals = new Map<string, Principal>();
  readonly #principalOf = new Map<S, string>();
  /** Those that may hold more than was counted. */
  readonly #changed = new Set<S>();
  #bytes = 0;

  /** `evict` ends a session; it is not among the suspended ones any more. */
  constructor(limits: Pick<ResolvedResume, ResumeLimit>, evict: (session: S, limit: ResumeLimit) => void) {
    this.#limits = limits;
    this.#evict = evict;
  }

  /** A session that may be gone on with begins; `principal` is null where nobody is told apart. */
  add(session: S, principal: string | null): void {
    if (principal === null) return;
    const of = this.#principals.get(principal) ?? { total: 0, suspended: new Set() };
    of.total += 1;
    this.#principals.set(principal, of);
    this.#principalOf.set(session, principal);
    this.#trimPrincipal(of);
  }

  /** It has lost its connection. */
  suspend(session: S): void {
    const { heldBytes } = session;
    this.#heldBytes.set(session, heldBytes);
    this.#bytes += heldBytes;
    const principal = this.#principal(session);
    principal?.suspended.add(session);
    if (principal !== undefined) this.#trimPrincipal(principal);
    this.#trim();
  }

  has(session: S): boolean {
    return this.#heldBytes.has(session);
  }

  /** It goes on. */
  resume(session: S): void {
    this.#bytes -= this.#heldBytes.get(session) ?? 0;
    this.#heldBytes.delete(session);
    this.#changed.delete(session);
    this.#principal(session)?.suspended.delete(session);
  }

  /** It has ended. */
  delete(session: S): void {
    this.resume(session);
    const name = this.#principalOf.get(session);
    if (name === undefined) return;
    this.#principalOf.delete(session);
    const principal = this.#principals.get(name)!;
    principal.total -= 1;
    if (principal.total === 0) this.#principals.delete(name);
  }

  /** It may hold more than before. Looked at when what runs now is over: nobody's `send()` ends another one's session under its feet. */
  changed(session: S): void {
    if (!this.#heldBytes.has(session)) return;
    if (this.#changed.size === 0) soon(() => this.#count());
    this.#changed.add(session);
  }

  #count(): void {
    for (const session of this.#changed) {
      const { heldBytes } = session;
      this.#bytes += heldBytes - this.#heldBytes.get(session)!;
      this.#heldBytes.set(session, heldBytes);
    }
    this.#changed.clear();
    this.#trim();
  }

  #trim(): void {
    const { maxSessions, maxBytes } = this.#limits;
    while (this.#heldBytes.size > maxSessions) this.#end(this.#heldBytes.keys(), 'maxSessions');
    while (this.#bytes > maxBytes) this.#end(this.#heldBytes.keys(), 'maxBytes');
  }

  #trimPrincipal({ total, suspended }: Principal): void {
    let left = total;
    while (left > this.#limits.maxPerPrincipal && suspended.size > 0) {
      left -= 1;
      this.#end(suspended.keys() as Iterator<S>, 'maxPerPrincipal');
    }
  }

  #end(sessions: Iterator<S>, limit: ResumeLimit): void {
    const session = sessions.next().value as S;
    this.delete(session);
    this.#evict(session, limit);
  }

  #principal(session: S): Principal | undefined {
    const name = this.#principalOf.get(session);
    return name === undefined ? undefined : this.#principals.get(name);
  }
}
