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
import { sumUp } from './drain-report.ts';
import { Groups } from './groups.ts';
import { optionError } from './limits.ts';
import { Milestones } from './milestones.ts';
import { resolveOptions, type ResolvedOptions } from './options.ts';
import type { OutgoingLink } from './outgoing-link.ts';
import { peerOf } from './peer.ts';
import { randomId, randomToken, reportError } from './platform.ts';
import type { DrainOptions, DrainReport, ServeOptions, Server, ServerEvent, ServerSession } from './server-api.ts';
import { ServerStatsFeed, type ServerStats } from './server-stats.ts';
import type { StateStream } from '../state-stream.ts';
import type { AnySession, CloseOptions, CloseReport } from './session-api.ts';
import { SessionHandle } from './session-handle.ts';
import { DEFAULT_RESUME, resolveResume, type ResolvedResume, type ResumeLimit } from './resume-options.ts';
import { SessionRegister } from './session-register.ts';
import { SuspendedSessions } from './suspended-sessions.ts';
import { resolveTombstones } from './tombstones.ts';
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
  readonly #register: SessionRegister;
  readonly #suspendedSessions: SuspendedSessions<SessionHandle>;
  /** Null: sessions end with their connections. */
  readonly #resumeOptions: ResolvedResume | null;
  #listening: Listening[] = [];
  #isClosing = false;
  readonly #milestones = new Milestones();
  readonly #stats: ServerStatsFeed;

  constructor(given: ServeOptions<C>) {
    const resolved = resolveOptions(given);
    this.#budget = new ByteBudget(resolved.limits.totalBytes, () => this.#relieve());
    this.options = Object.freeze({ ...resolved, budget: this.#budget });
    this.#given = given;
    this.#resumeOptions = resolveResume(given.resume);
    this.#register = new SessionRegister(resolveTombstones(given.resume === false ? false : given.resume?.tombstones));
    this.#suspendedSessions = new SuspendedSessions(this.#resumeOptions ?? DEFAULT_RESUME, (handle, limit) =>
      this.#evict(handle, limit),
    );
    this.#groups = new Groups(this.options);
    this.#turnstile = new Turnstile(this.options.clock, () => this.#milestones.look());
    this.#stats = new ServerStatsFeed(this.options.clock, {
      handles: this.#handles,
      handshakes: () => this.#acceptances.size,
      turnedAway: () => this.#turnstile.turnedAway,
      heldBytes: () => this.#budget.bytes,
    });
  }

  get stats$(): StateStream<ServerStats> {
    return this.#stats.stream;
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

  drain({ reconnectAfter, ...options }: DrainOptions = {}): Promise<DrainReport> {
    if (reconnectAfter === undefined) return this.#end((session) => session.drain(options));
    if (!(reconnectAfter >= 0 && reconnectAfter < 2 ** 31)) throw optionError(`reconnectAfter is ${reconnectAfter}`);
    const comeAgain = { minMs: Math.round(reconnectAfter), maxMs: Math.round(2 * reconnectAfter) };
    return this.#end((session) => session.leave(options, comeAgain));
  }

  close(options: CloseOptions = {}): Promise<DrainReport> {
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
    if (this.#isClosing) {
      connection.reject({ code: 'ERR_HW_SHUTTING_DOWN', message: ERROR_CODES.ERR_HW_SHUTTING_DOWN });
      return null;
    }
    const handle = this.#newHandle(connection, link);
    const windowMs = this.#resumeOptions?.window ?? 0;
    const token = windowMs > 0 && hello.keep ? randomToken() : null;
    const nowMs = this.options.clock.now();
    // The client alone keeps the token itself.
    const terms = { id: randomId(), token: null, windowMs: token === null ? 0 : windowMs };
    handle.id = terms.id;
    handle.auth = auth;
    this.#handles.add(handle);
    this.#groups.enter(handle);
    if (token !== null) this.#keep(handle, token, principal, hello);
    const session = handle as unknown as ServerSession<C>;
    this.sessions.set(handle.id, session);
    connection.welcome({ session: terms.id, token, windowMs: terms.windowMs, resumed: null }, nowMs);
    this.#stats.counts.begun += 1;
    const sink = handle.driver.open(connection, link, terms);
    this.#introduce(session);
    return sink;
  }

  /** It may be gone on with. */
  #keep(handle: SessionHandle, token: Uint8Array, principal: string, { attempt }: Hello): void {
    this.#register.add(handle, token, principal, attempt, this.options.clock.now());
    this.#suspendedSessions.add(handle, this.#given.principal === undefined ? null : principal);
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
    const judgement = this.#register.admit(resumption, hello, principal, this.options.clock.now());
    if ('code' in judgement) {
      connection.reject({ message: ERROR_CODES[judgement.code], ...judgement });
      return null;
    }
    const { handle } = judgement;
    this.#stats.counts.resumed += 1;
    this.#suspendedSessions.resume(handle);
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
      changed: () => this.#suspendedSessions.changed(handle),
      ended: () => this.#forget(handle),
    });
    return handle;
  }

  #suspended(handle: SessionHandle, cause: CloseCause): void {
    const { clock } = this.options;
    const { session, streams } = handle.driver;
    // One that has begun to say goodbye waits, too.
    if (session.status === 'suspended') {
      const expiresAt = clock.now() + clock.epochOffset + session.terms!.windowMs;
      streams.state.set({ status: 'suspended', cause, retryAt: null, expiresAt });
    }
    this.#suspendedSessions.suspend(handle);
  }

  /** It has to go, because too much is kept. One that is over already only loses what waits for its handlers, and nobody is told. */
  #evict(handle: SessionHandle, limit: ResumeLimit | 'totalBytes'): void {
    const { heldBytes } = handle;
    if (!handle.driver.hasEnded) {
      this.#stats.counts.evicted += 1;
      this.events$.next({ type: 'evicted', session: handle as AnySession, limit, heldBytes });
    }
    handle.driver.evict({ kind: 'evicted', heldBytes });
  }

  ended(acceptance: Acceptance, cause: Parameters<AcceptanceHost['ended']>[1]): void {
    const peer = this.#acceptances.get(acceptance);
    this.#acceptances.delete(acceptance);
    if (cause !== null && peer !== undefined) {
      const { error } = acceptance;
      this.#stats.counts.rejected += 1;
      this.events$.next({ type: 'rejected', peer, cause, ...(error === undefined ? {} : { error }) });
    }
    this.#milestones.look();
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
    // Whoever lost the connection of a session that is being ended may come back and finish it.
    if (this.#isClosing && this.#handles.size === 0) return this.#turnstile.turnAway('ERR_HW_SHUTTING_DOWN');
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
      this.#evict(handle, 'totalBytes');
    }
  }

  #forget(handle: SessionHandle): void {
    this.#handles.delete(handle);
    this.#register.bury(handle, this.options.clock.now());
    this.#suspendedSessions.delete(handle);
    this.#groups.leave(handle);
    this.sessions.delete(handle.id);
    this.#milestones.look();
  }

  async #end(endSession: (session: SessionHandle) => Promise<CloseReport>): Promise<DrainReport> {
    this.#isClosing = true;
    const ends = [...this.#handles].map((handle) => this.#endOne(handle, endSession));
    await this.#milestones.until(() => this.#handles.size === 0);
    const listening = this.#listening.map((one) => one.close());
    for (const acceptance of this.#acceptances.keys()) acceptance.abandon();
    await this.#milestones.until(() => this.#acceptances.size === 0 && this.#turnstile.isEmpty);
    await Promise.all(listening);
    this.session$.complete();
    this.events$.complete();
    this.#stats.complete();
    return sumUp(await Promise.all(ends));
  }

  /** Nobody is there to say goodbye to a session that waits for its client, and where nothing is in doubt there is no reason to wait. */
  #endOne(handle: SessionHandle, endSession: (session: SessionHandle) => Promise<CloseReport>): Promise<CloseReport> {
    const report = endSession(handle);
    const { session } = handle.driver;
    if (this.#suspendedSessions.has(handle) && session.undecided === 0) handle.driver.giveUp({ kind: 'destroyed' });
    return report;
  }
}
