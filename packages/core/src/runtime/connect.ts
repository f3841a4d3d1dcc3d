import { Connection } from '../connection/connection.ts';
import type { CloseCause } from '../errors/close-cause.ts';
import type { Dialer } from '../transport/transport.ts';
import { HANDSHAKE_MAX_BYTES } from '../wire/wire-limit.ts';
import type { AnyContract, Contract } from './contract.ts';
import { optionError } from './limits.ts';
import { resolveOptions, type CommonOptions, type ResolvedOptions } from './options.ts';
import type { OutgoingLink } from './outgoing-link.ts';
import { encodePayload } from './payload.ts';
import { newAbortController } from './platform.ts';
import type { Session } from './session-api.ts';
import { SessionHandle } from './session-handle.ts';

export interface ConnectOptions extends CommonOptions {
  /** Credentials for the server's `authenticate`, or a function that fetches them; anything that the codec can encode, up to 7 KiB. */
  readonly auth?: unknown;
  /** When it is aborted, the session is destroyed. */
  readonly signal?: AbortSignal;
}

/** What the handshake may hold besides the credentials. */
const HANDSHAKE_RESERVE_BYTES = 1024;

/**
 * Begins a session with the server behind `dialer`, and returns it at once.
 *
 * Handlers that are attached in the same turn miss nothing, and messages may be sent at once: they wait until the session is open.
 * `session.ready` tells when that is, or why it will not be. Throws a {@link HeartwireError} (`ERR_HW_OPTION`) when an option makes no sense.
 */
export function connect<C extends Contract = AnyContract>(
  dialer: Dialer,
  options: ConnectOptions = {},
): Session<C['up'], C['down'], undefined> {
  const resolved = resolveOptions(options);
  const session = new SessionHandle(resolved, { transport: dialer.name, address: dialer.address });
  const attempt = new DialAttempt(session, dialer, resolved);
  destroyOnAbort(session, options.signal);
  void attempt.start(options.auth);
  return session as unknown as Session<C['up'], C['down'], undefined>;
}

/** One dial, from the credentials to HELLO. */
class DialAttempt {
  readonly #session: SessionHandle;
  readonly #dialer: Dialer;
  readonly #options: ResolvedOptions;
  readonly #abort = newAbortController();
  #auth: Uint8Array | null = null;
  #cancelDeadline: (() => void) | null = null;
  #isDialing = false;
  #isOverdue = false;

  constructor(session: SessionHandle, dialer: Dialer, options: ResolvedOptions) {
    this.#session = session;
    this.#dialer = dialer;
    this.#options = options;
  }

  async start(auth: unknown): Promise<void> {
    const { driver } = this.#session;
    const { clock, limits } = this.#options;
    // The credentials count, too: whoever fetches them may wait for ever.
    this.#cancelDeadline = clock.schedule(() => this.#expire(), limits.dialTimeout);
    void this.#session.closed.then(() => this.#cancelDeadline?.());
    try {
      this.#auth = await this.#encodeAuth(auth);
    } catch (error) {
      driver.destroy(authFailed(error));
      return;
    }
    if (driver.session.status === 'closed') return;
    this.#isDialing = true;
    driver.dialing({ made: (link) => this.#made(link), abandon: () => this.#abandon() }, this.#dialer.address);
    this.#dialer.dial(
      {
        open: (link) => driver.open(link),
        bytes: (chunk) => driver.bytes(chunk),
        drained: () => driver.drained(),
        readEnded: () => driver.readEnded(),
        closed: (cause) => this.#closed(cause),
      },
      this.#abort.signal,
    );
  }

  async #encodeAuth(auth: unknown): Promise<Uint8Array | null> {
    const value: unknown = typeof auth === 'function' ? await (auth as () => unknown)() : auth;
    if (value === undefined) return null;
    const bytes = encodePayload(this.#options.codec, value);
    const max = HANDSHAKE_MAX_BYTES - HANDSHAKE_RESERVE_BYTES;
    if (bytes.length > max) throw optionError(`auth takes ${bytes.length} bytes, at most ${max} fit`);
    return bytes;
  }

  #made(link: OutgoingLink): void {
    this.#cancelDeadline?.();
    const { announcement, heartbeat, limits, random, clock } = this.#options;
    const connection = new Connection(
      {
        role: 'client',
        announcement,
        heartbeat,
        handshakeMs: limits.handshakeTimeout,
        frameMs: limits.frameTimeout,
        random,
      },
      clock.now(),
    );
    const session = this.#session;
    session.peer = { transport: link.info.transport, address: link.info.address ?? this.#dialer.address };
    connection.hello(this.#auth, clock.now());
    session.driver.attach(connection, link);
  }

  #expire(): void {
    if (!this.#isDialing) return this.#session.driver.destroy(this.#overdue);
    this.#isOverdue = true;
    this.#abort.abort();
  }

  #abandon(): void {
    this.#cancelDeadline?.();
    this.#abort.abort();
  }

  #closed(cause: CloseCause): void {
    this.#cancelDeadline?.();
    this.#session.driver.closed(this.#isOverdue ? this.#overdue : cause);
  }

  get #overdue(): CloseCause {
    return { kind: 'timeout', of: 'dial', silentFor: this.#options.limits.dialTimeout };
  }
}

function destroyOnAbort(session: SessionHandle, signal: AbortSignal | undefined): void {
  if (signal === undefined) return;
  const destroy = (): void => session.destroy();
  if (signal.aborted) return destroy();
  signal.addEventListener('abort', destroy, { once: true });
  void session.closed.then(() => signal.removeEventListener('abort', destroy));
}

function authFailed(error: unknown): CloseCause {
  const message = error instanceof Error ? error.message : String(error);
  return {
    kind: 'refused',
    by: 'application',
    code: 'ERR_HW_AUTH',
    message: `the credentials cannot be had: ${message}`,
  };
}
