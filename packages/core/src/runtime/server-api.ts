/** The public shape of a server: types only. */
import type { Observable } from 'rxjs';
import type { CloseCause } from '../errors/close-cause.ts';
import type { LinkInfo } from '../transport/transport.ts';
import type { Audience, Group } from './audience-api.ts';
import type { Contract } from './contract.ts';
import type { CommonOptions } from './options.ts';
import type { ResumeLimit, ResumeOptions } from './resume-options.ts';
import type { StateStream } from '../state-stream.ts';
import type { ServerStats } from './server-stats.ts';
import type { AnySession, CloseOptions, Session } from './session-api.ts';

/** A session as the server holds it: it sends `down` and receives `up`. */
export type ServerSession<C extends Contract> = Session<C['down'], C['up'], C['auth']>;

/** Something that the server wants to be known. */
export type ServerEvent =
  /**
   * A connection ended before it became a session: a stranger, a wrong version, silence, or refused credentials. `error` is what `authenticate`
   * threw, when it is no Refusal: the client learns that it was not accepted, and nothing else. Who connects and leaves without a word, as the probes of balancers do, is not told.
   */
  | { readonly type: 'rejected'; readonly peer: LinkInfo; readonly cause: CloseCause; readonly error?: unknown }
  /**
   * Too much was kept, and this session had to end, with the cause `evicted`: `limit` is the one of {@link ResumeOptions} that was reached, or `totalBytes` of the limits. `heldBytes`
   * were kept for it. Its client, when it comes back, begins a new session.
   */
  | {
      readonly type: 'evicted';
      readonly session: AnySession;
      readonly limit: ResumeLimit | 'totalBytes';
      readonly heldBytes: number;
    };

export interface ServeOptions<C extends Contract> extends CommonOptions {
  /**
   * Says who the client is, from the credentials of its HELLO; the result is `session.auth`. Throw to refuse: the client learns the
   * code, and the message only of a {@link Refusal}. `signal` is aborted when the connection ends meanwhile. Default: everybody may, and `auth` is undefined.
   */
  readonly authenticate?: (auth: unknown, peer: LinkInfo, signal: AbortSignal) => C['auth'] | Promise<C['auth']>;
  /**
   * Whose session this is, from what `authenticate` made of the credentials: only the same principal may go on with it. Default: the same for
   * everybody, so that the session's secret alone decides.
   */
  readonly principal?: (auth: C['auth']) => string;
  /** How sessions outlive their connections; `false`: they do not. */
  readonly resume?: ResumeOptions | false;
  /**
   * Called for each new session, before its first message is handled: the place to attach handlers. The first one may come before `serve` has
   * resolved, so the server is handed in.
   */
  readonly session?: (session: ServerSession<C>, server: Server<C>) => void;
}

export interface DrainOptions extends CloseOptions {
  /**
   * A restart: clients that reconnect end this session in order, keep what they have not sent, and begin a new session under the same object, at a random
   * moment between so many milliseconds and twice as many from then. Default: it is the end, and no client comes again by itself.
   */
  readonly reconnectAfter?: number;
}

/** How the sessions of a server ended. */
export interface DrainReport {
  readonly sessions: number;
  /** How many of them ended with a goodbye of both sides. */
  readonly closed: number;
  /** What became of the messages whose fate was decided from the call on, over all sessions. */
  readonly handled: number;
  readonly notDelivered: number;
  readonly refused: number;
  readonly unknown: number;
}

export interface Server<C extends Contract> extends AsyncDisposable {
  /** Where it listens, as URLs that a dialer accepts. */
  readonly addresses: readonly string[];
  /** The sessions that are open, by id. */
  readonly sessions: ReadonlyMap<string, ServerSession<C>>;
  /** Each new session, after the `session` option has been called. Completes when the server closes. */
  readonly session$: Observable<ServerSession<C>>;
  readonly events$: Observable<ServerEvent>;
  /**
   * The figures of the server, for a dashboard or an exporter: see {@link ServerStats}. A subscriber is told once a second, if anything has changed; `value` is summed up when it is read. Nothing is
   * kept for it, and without a subscriber it costs nothing. Completes when the server has closed.
   */
  readonly stats$: StateStream<ServerStats>;
  /** All sessions that are open. */
  readonly everyone: Audience<C>;
  /** The sessions that you put together under this name. Throws `ERR_HW_OPTION` when it is no text. */
  group(name: string): Group<C>;
  /**
   * Begins no new session, drains those that there are, stops listening, and resolves when nothing of the server remains. Until then a client that loses its connection may come back
   * to its session; one whose client is away ends at once where nothing of ours is in doubt. With `reconnectAfter` the clients come again, each at a moment of its own. Throws
   * `ERR_HW_OPTION`.
   */
  drain(options?: DrainOptions): Promise<DrainReport>;
  /** As `drain`, but closes the sessions: what was not written is withdrawn, and no client comes again by itself. */
  close(options?: CloseOptions): Promise<DrainReport>;
}
