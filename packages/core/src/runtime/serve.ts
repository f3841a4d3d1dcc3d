import { Subject } from 'rxjs';
import type { Connection } from '../connection/connection.ts';
import type { Hello, Resumption } from '../connection/handshake.ts';
import type { CloseCause } from '../errors/close-cause.ts';
import { ERROR_CODES } from '../errors/error-code.ts';
import type { LinkInfo, LinkSink, Listener, Listening } from '../transport/transport.ts';
import { Acceptance, type AcceptanceHost } from './acceptance.ts';
import type { Audience, Group } from './audience-api.ts';
import type { AnyContract, Contract } from './contract.ts';
import { ByteBudget } from './byte-budget.ts';
import { evictionOrder } from './eviction-order.ts';
import { Groups } from './groups.ts';
import { optionError } from './limits.ts';
import { resolveOptions, type ResolvedOptions } from './options.ts';
import type { OutgoingLink } from './outgoing-link.ts';
import { randomId, randomToken, reportError } from './platform.ts';
import type { ResumeOptions, ServeOptions, Server, ServerEvent, ServerSession } from './server-api.ts';
import type { CloseOptions } from './session-api.ts';
import { SessionHandle, type Peer } from './session-handle.ts';
import { SessionRegister } from './session-register.ts';
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
  readonly #budget: ByteBudget;
  readonly #register = new SessionRegister();
  readonly #resumeWindowMs: number;
  #listening: Listening[] = [];
  #isClosing = false;
  #wakeWhenEmpty: (() => void) | null = null;

  constructor(given: ServeOptions<C>) {
    const resolved = resolveOptions(given);
    this.#budget = new ByteBudget(resolved.limits.totalBytes, () => this.#relieve());
    this.options = Object.freeze({ ...resolved, budget: this.#budget });
    this.#given = given;
    this.#resumeWindowMs = resolveResumeWindow(given.resume);
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

  accepted(connection: Connection, link: OutgoingLink, auth: unknown, hello: Hello): LinkSink | null {
    const principal = this.#given.principal?.(auth) ?? '';
    if (hello.resumption !== null) return this.#resume(connection, link, auth, hello, hello.resumption, principal);
    const handle = this.#newHandle(connection, link);
    const token = this.#resumeWindowMs > 0 && hello.keep ? randomToken() : null;
    const terms = { id: randomId(), token, windowMs: token === null ? 0 : this.#resumeWindowMs };
    handle.id = terms.id;
    handle.auth = auth;
    this.#handles.add(handle);
    this.#groups.enter(handle);
    if (token !== null) this.#register.add(handle, token, principal, hello.attempt);
    const session = handle as unknown as ServerSession<C>;
    this.sessions.set(handle.id, session);
    connection.welcome({ session: terms.id, token, windowMs: terms.windowMs, resumed: null }, this.options.clock.now());
    const sink = handle.driver.open(connection, link, terms);
    this.#introduce(session);
    return sink;
  }

  /** Everything from the last check on happens in one step: nobody can come between. */
  #resume(
    connection: Connection,
    link: OutgoingLink,
    auth: unknown,
    hello: Hello,
    resumption: Resumption,
    principal: string,
  ): LinkSink | null {
    const judgement = this.#register.admit(resumption, hello, principal);
    if ('code' in judgement) {
      const { code } = judgement;
      connection.reject({ code, message: ERROR_CODES[code], retryAfterMs: null });
      return null;
    }
    const { handle } = judgement;
    handle.auth = auth;
    handle.peer = peerOf(connection, link);
    const { driver } = handle;
    const { id, windowMs } = driver.session.terms!;
    connection.welcome(
      { session: id, token: null, windowMs, resumed: driver.session.position },
      this.options.clock.now(),
    );
    return driver.resume(connection, link, resumption);
  }

  #newHandle(connection: Connection, link: OutgoingLink): SessionHandle {
    const handle: SessionHandle = new SessionHandle(this.options, peerOf(connection, link), false, {
      opened: () => {},
      waiting: (cause) => this.#suspended(handle, cause),
      ended: () => this.#forget(handle),
    });
    return handle;
  }

  #suspended({ driver }: SessionHandle, cause: CloseCause): void {
    const { clock } = this.options;
    if (driver.session.status !== 'suspended') return;
    const expiresAt = clock.now() + clock.epochOffset + this.#resumeWindowMs;
    driver.streams.state.set({ status: 'suspended', cause, retryAt: null, expiresAt });
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

  /** Too much is kept: somebody has to go, until it is less. */
  #relieve(): void {
    for (const acceptance of this.#acceptances.keys()) {
      if (!this.#budget.isExceeded) return;
      acceptance.evict();
    }
    for (const handle of evictionOrder(this.#handles)) {
      if (!this.#budget.isExceeded) return;
      const { heldBytes } = handle;
      const cause: CloseCause = { kind: 'evicted', heldBytes };
      this.events$.next({ type: 'evicted', session: handle.id, heldBytes, cause });
      handle.driver.evict(cause);
    }
  }

  #forget(handle: SessionHandle): void {
    this.#handles.delete(handle);
    this.#register.delete(handle);
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

const RESUME_WINDOW_MS = 120_000;

function resolveResumeWindow(given: ResumeOptions | false | undefined): number {
  if (given === false) return 0;
  const { window = RESUME_WINDOW_MS } = given ?? {};
  if (Number.isInteger(window) && window >= 1 && window < 2 ** 31) return window;
  throw optionError(`resume.window is ${window}, not an integer of 1 or more`);
}

function peerOf(connection: Connection, { info }: OutgoingLink): Peer {
  const { transport, address } = info;
  const name = connection.peer?.name ?? null;
  return { transport, ...(address === undefined ? {} : { address }), ...(name === null ? {} : { name }) };
}
