/** One attempt of a client to make a connection: from the credentials to HELLO. */
import { Connection } from '../connection/connection.ts';
import type { CloseCause } from '../errors/close-cause.ts';
import type { Dialer, Link, LinkSink } from '../transport/transport.ts';
import { HANDSHAKE_MAX_BYTES } from '../wire/wire-limit.ts';
import type { Attachment } from './attachment.ts';
import type { DialGoal } from './driver-contract.ts';
import { optionError } from './limits.ts';
import type { ResolvedOptions } from './options.ts';
import { OutgoingLink } from './outgoing-link.ts';
import { encodePayload } from './payload.ts';
import { newAbortController } from './platform.ts';
import type { SessionHandle } from './session-handle.ts';

export interface DialOptions {
  readonly auth: unknown;
  /** Whether the session should outlive its connections. */
  readonly keep: boolean;
  /** Which of the session's attempts this is; the first is 1. */
  readonly attempt: number;
}

/** What the handshake may hold besides the credentials. */
const HANDSHAKE_RESERVE_BYTES = 1024;

export class DialAttempt implements LinkSink {
  readonly #session: SessionHandle;
  readonly #dialer: Dialer;
  readonly #options: ResolvedOptions;
  readonly #dial: DialOptions;
  readonly #goal: DialGoal;
  readonly #abort = newAbortController();
  #auth: Uint8Array | null = null;
  #cancelDeadline: (() => void) | null = null;
  #attachment: Attachment | null = null;
  #isDialing = false;
  #isOverdue = false;
  #isAbandoned = false;

  constructor(session: SessionHandle, dialer: Dialer, options: ResolvedOptions, dial: DialOptions, goal: DialGoal) {
    this.#session = session;
    this.#goal = goal;
    this.#dialer = dialer;
    this.#options = options;
    this.#dial = dial;
  }

  async start(): Promise<void> {
    const { clock, limits } = this.#options;
    this.#goal.dialing({ abandon: () => this.#abandon() }, this.#dialer.address, this.#dial.attempt);
    // Whoever was told may have called it off.
    if (this.#isAbandoned) return;
    // The credentials count, too: whoever fetches them may wait for ever.
    this.#cancelDeadline = clock.schedule(() => this.#expire(), limits.dialTimeout);
    try {
      this.#auth = await this.#encodeAuth();
    } catch (error) {
      if (!this.#isAbandoned && !this.#isOverdue) this.closed(authFailed(error));
      return;
    }
    if (this.#isAbandoned || this.#isOverdue) return;
    this.#isDialing = true;
    try {
      this.#dialer.dial(this, this.#abort.signal);
    } catch (error) {
      this.closed(dialerFailed(error));
    }
  }

  // What the transport says.

  open(link: Link): void {
    this.#cancelDeadline?.();
    const { transport, address = this.#dialer.address } = link.info;
    this.#attachment = this.#goal.made({
      link: new OutgoingLink(link, this.#options.clock),
      greet: () => this.#hello(),
      introduce: () => {
        this.#session.peer = { transport, address };
      },
    });
  }

  bytes(chunk: Uint8Array): void {
    this.#attachment?.bytes(chunk);
  }

  drained(): void {
    this.#attachment?.drained();
  }

  pong(): void {
    this.#attachment?.pong();
  }

  readEnded(): void {
    this.#attachment?.readEnded();
  }

  closed(cause: CloseCause): void {
    this.#cancelDeadline?.();
    if (this.#attachment !== null) this.#attachment.closed(cause);
    else this.#goal.dialFailed(this.#isOverdue ? this.#overdue : cause);
  }

  #hello(): Connection {
    const { announcement, heartbeat, limits, random, clock } = this.#options;
    const { keep, attempt } = this.#dial;
    const nowMs = clock.now();
    const timeouts = { handshakeMs: limits.handshakeTimeout, frameMs: limits.frameTimeout };
    const connection = new Connection({ role: 'client', announcement, heartbeat, ...timeouts, random }, nowMs);
    const { resumption } = this.#session.driver.session;
    connection.hello({ auth: this.#auth, keep, attempt, resumption }, nowMs);
    return connection;
  }

  async #encodeAuth(): Promise<Uint8Array | null> {
    const { auth } = this.#dial;
    const value: unknown = typeof auth === 'function' ? await (auth as () => unknown)() : auth;
    if (value === undefined) return null;
    const bytes = encodePayload(this.#options.codec, value);
    const max = HANDSHAKE_MAX_BYTES - HANDSHAKE_RESERVE_BYTES;
    if (bytes.length > max) throw optionError(`auth takes ${bytes.length} bytes, at most ${max} fit`);
    return bytes;
  }

  #expire(): void {
    this.#isOverdue = true;
    if (this.#isDialing) this.#abort.abort();
    else this.closed(this.#overdue);
  }

  #abandon(): void {
    this.#cancelDeadline?.();
    this.#isAbandoned = true;
    if (this.#isDialing) this.#abort.abort();
    else this.closed({ kind: 'destroyed' });
  }

  get #overdue(): CloseCause {
    return { kind: 'timeout', of: 'dial', silentFor: this.#options.limits.dialTimeout };
  }
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

/** A dialer is the application's choice, and may be its own. */
export function dialerFailed(error: unknown): CloseCause {
  const message = error instanceof Error ? error.message : String(error);
  return { kind: 'refused', by: 'application', code: 'ERR_HW_OPTION', message: `the dialer cannot be had: ${message}` };
}
