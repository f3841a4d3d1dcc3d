import { Subject } from 'rxjs';
import type { Connection } from '../connection/connection.ts';
import type { LinkInfo, LinkSink, Listener, Listening } from '../transport/transport.ts';
import { Acceptance, type AcceptanceHost } from './acceptance.ts';
import type { Audience, Group } from './audience-api.ts';
import type { AnyContract, Contract } from './contract.ts';
import { Groups } from './groups.ts';
import { resolveOptions, type ResolvedOptions } from './options.ts';
import type { OutgoingLink } from './outgoing-link.ts';
import { randomId, reportError } from './platform.ts';
import type { ServeOptions, Server, ServerEvent, ServerSession } from './server-api.ts';
import type { CloseOptions } from './session-api.ts';
import { SessionHandle } from './session-handle.ts';
import { Turnstile } from './turnstile.ts';

/**
 * Listens, and makes a session of every client that comes. Resolves when all listeners listen.
 *
 * Rejects with the listener's error (an address in use, for example) when one of them cannot; the others are closed again then. Throws a
 * {@link HeartwireError} (`ERR_HW_OPTION`) when an option makes no sense.
 */
export async function serve<C extends Contract = AnyContract>(
  listeners: Listener | readonly Listener[],
  options: ServeOptions<C> = {},
): Promise<Server<C>> {
  const server = new HeartwireServer<C>(options);
  await server.listen(Array.isArray(listeners) ? (listeners as readonly Listener[]) : [listeners as Listener]);
  return server;
}

class HeartwireServer<C extends Contract> implements Server<C>, AcceptanceHost {
  readonly options: ResolvedOptions;
  readonly sessions: Map<string, ServerSession<C>> = new Map();
  readonly session$: Subject<ServerSession<C>> = new Subject();
  readonly events$: Subject<ServerEvent> = new Subject();
  readonly #given: ServeOptions<C>;
  readonly #acceptances = new Map<Acceptance, LinkInfo>();
  readonly #handles = new Set<SessionHandle>();
  readonly #groups: Groups<C>;
  readonly #turnstile: Turnstile;
  #listening: Listening[] = [];
  #isClosing = false;
  #wakeWhenEmpty: (() => void) | null = null;

  constructor(given: ServeOptions<C>) {
    this.options = resolveOptions(given);
    this.#given = given;
    this.#groups = new Groups(this.options);
    this.#turnstile = new Turnstile(this.options.clock, () => this.#wakeIfEmpty());
  }

  get addresses(): readonly string[] {
    return this.#listening.map(({ address }) => address);
  }

  get everyone(): Audience<C> {
    return this.#groups.everyone;
  }

  group(name: string): Group<C> {
    return this.#groups.group(name);
  }

  async listen(listeners: readonly Listener[]): Promise<void> {
    const results = await Promise.allSettled(
      listeners.map((listener) => listener.listen((info) => this.#accept(info))),
    );
    this.#listening = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    const failure = results.find((result) => result.status === 'rejected');
    if (failure === undefined) return;
    await this.close();
    throw failure.reason;
  }

  drain(options: CloseOptions = {}): Promise<void> {
    return this.#end((session) => session.drain(options));
  }

  close(options: CloseOptions = {}): Promise<void> {
    return this.#end((session) => session.close(options));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.drain();
  }

  // What a connection on its way needs.

  authenticate(auth: unknown, peer: LinkInfo, signal: AbortSignal): unknown {
    return this.#given.authenticate?.(auth, peer, signal);
  }

  accepted(connection: Connection, link: OutgoingLink, auth: unknown): LinkSink {
    const name = connection.peer?.name ?? null;
    const { transport, address } = link.info;
    const peer = { transport, ...(address === undefined ? {} : { address }), ...(name === null ? {} : { name }) };
    const handle = new SessionHandle(this.options, peer, (ended) => this.#forget(ended));
    handle.id = randomId();
    handle.auth = auth;
    this.#handles.add(handle);
    this.#groups.enter(handle);
    const session = handle as unknown as ServerSession<C>;
    this.sessions.set(handle.id, session);
    connection.welcome(handle.id, this.options.clock.now());
    handle.driver.attach(connection, link);
    this.#introduce(session);
    return handle.driver;
  }

  ended(acceptance: Acceptance, cause: Parameters<AcceptanceHost['ended']>[1]): void {
    const peer = this.#acceptances.get(acceptance);
    this.#acceptances.delete(acceptance);
    if (cause !== null && peer !== undefined) {
      const { error } = acceptance;
      this.events$.next({ type: 'rejected', peer, cause, ...(error === undefined ? {} : { error }) });
    }
    this.#wakeIfEmpty();
  }

  /** The session stands already, so that it may be sent to, or ended, at once; nothing has been read for it yet. */
  #introduce(session: ServerSession<C>): void {
    try {
      this.#given.session?.(session, this);
    } catch (error) {
      reportError(error);
    }
    this.session$.next(session);
  }

  #accept(info: LinkInfo): LinkSink {
    if (this.#isClosing) return this.#turnstile.turnAway('ERR_HW_SHUTTING_DOWN');
    if (this.#acceptances.size >= this.options.limits.maxHandshakes) return this.#turnstile.turnAway('ERR_HW_BUSY');
    const acceptance = new Acceptance(this, info);
    this.#acceptances.set(acceptance, info);
    return acceptance;
  }

  #forget(handle: SessionHandle): void {
    this.#handles.delete(handle);
    this.#groups.leave(handle);
    this.sessions.delete(handle.id);
    this.#wakeIfEmpty();
  }

  async #end(endSession: (session: SessionHandle) => Promise<unknown>): Promise<void> {
    this.#isClosing = true;
    const listening = this.#listening.map((one) => one.close());
    for (const acceptance of this.#acceptances.keys()) acceptance.abandon();
    for (const handle of this.#handles) void endSession(handle);
    await this.#whenEmpty();
    await Promise.all(listening);
    this.session$.complete();
    this.events$.complete();
  }

  #whenEmpty(): Promise<void> {
    return new Promise((resolve) => {
      const before = this.#wakeWhenEmpty;
      this.#wakeWhenEmpty = () => {
        before?.();
        resolve();
      };
      this.#wakeIfEmpty();
    });
  }

  #wakeIfEmpty(): void {
    if (this.#handles.size === 0 && this.#acceptances.size === 0 && this.#turnstile.isEmpty) this.#wakeWhenEmpty?.();
  }
}
