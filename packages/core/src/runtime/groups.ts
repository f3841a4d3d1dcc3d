/**
 * The sessions of a server, all of them and by groups.
 *
 * Names may come from clients and may be many, so a group is kept only while it has members; an object that somebody still holds looks its
 * members up by name. A session knows its groups, so that its end costs no search.
 */
import type { Audience, Group } from './audience-api.ts';
import { SessionAudience } from './audience.ts';
import type { Recipient } from './broadcast.ts';
import type { Contract } from './contract.ts';
import { optionError } from './limits.ts';
import { Members } from './members.ts';
import type { ResolvedOptions } from './options.ts';
import type { ServerSession } from './server-api.ts';
import type { SessionHandle } from './session-handle.ts';

const NOBODY: readonly Recipient[] = [];

export class Groups<C extends Contract> {
  readonly everyone: Audience<C>;
  readonly #options: ResolvedOptions;
  readonly #all = new Members<SessionHandle>();
  readonly #kept = new Map<string, { readonly group: Group<C>; readonly members: Members<SessionHandle> }>();
  readonly #namesOf = new Map<SessionHandle, Set<string>>();

  constructor(options: ResolvedOptions) {
    this.#options = options;
    this.everyone = new SessionAudience(options, () => this.#all.list());
  }

  /** How many groups are kept: those that have members. */
  get count(): number {
    return this.#kept.size;
  }

  /** A new session of the server. */
  enter(session: SessionHandle): void {
    this.#all.add(session);
  }

  /** A session has ended: it leaves every group. */
  leave(session: SessionHandle): void {
    this.#all.delete(session);
    for (const name of this.#namesOf.get(session) ?? []) this.delete(name, session);
  }

  /** Throws `ERR_HW_OPTION` when the name is no text. */
  group(name: string): Group<C> {
    if (typeof name !== 'string') throw optionError(`the name of a group is ${String(name)}`);
    return this.#kept.get(name)?.group ?? new NamedGroup(this, this.#options, name);
  }

  membersOf(name: string): Members<SessionHandle> | undefined {
    return this.#kept.get(name)?.members;
  }

  add(group: Group<C>, session: SessionHandle): void {
    if (!this.#all.has(session)) return refuseStranger(session);
    const { name } = group;
    const kept = this.#kept.get(name) ?? { group, members: new Members<SessionHandle>() };
    this.#kept.set(name, kept);
    kept.members.add(session);
    const names = this.#namesOf.get(session) ?? new Set();
    this.#namesOf.set(session, names.add(name));
  }

  delete(name: string, session: SessionHandle): boolean {
    const members = this.membersOf(name);
    if (members?.delete(session) !== true) return false;
    if (members.size === 0) this.#kept.delete(name);
    const names = this.#namesOf.get(session)!;
    names.delete(name);
    if (names.size === 0) this.#namesOf.delete(session);
    return true;
  }
}

class NamedGroup<C extends Contract> extends SessionAudience<C> implements Group<C> {
  readonly name: string;
  readonly #groups: Groups<C>;

  constructor(groups: Groups<C>, options: ResolvedOptions, name: string) {
    super(options, () => groups.membersOf(name)?.list() ?? NOBODY);
    this.name = name;
    this.#groups = groups;
  }

  get size(): number {
    return this.#groups.membersOf(this.name)?.size ?? 0;
  }

  add(session: ServerSession<C>): Disposable {
    this.#groups.add(this, session as unknown as SessionHandle);
    return { [Symbol.dispose]: () => void this.delete(session) };
  }

  delete(session: ServerSession<C>): boolean {
    return this.#groups.delete(this.name, session as unknown as SessionHandle);
  }
}

/** Whoever looked something up before adding a session cannot know that it ended meanwhile; a session of somebody else is a mistake. */
function refuseStranger(session: SessionHandle): void {
  if (session.state$.value.status !== 'closed') throw optionError('it is no session of this server');
}
