/**
 * A connection on its way to become a session of a server: from the link to WELCOME or REJECT.
 *
 * The order of the checks is that of PROTOCOL.md §6: what the connection machine can judge, then `authenticate`. Until then a stranger has
 * cost one small machine and one timer.
 */
import type { ConnectionEvent } from '../connection/connection-event.ts';
import { Connection } from '../connection/connection.ts';
import type { Hello } from '../connection/handshake.ts';
import type { CloseCause } from '../errors/close-cause.ts';
import { withEvidence } from '../errors/with-evidence.ts';
import { Refusal } from '../errors/refusal.ts';
import type { Link, LinkInfo, LinkSink } from '../transport/transport.ts';
import { encodeTextWithin, decodeText } from '../wire/text.ts';
import { HANDSHAKE_MAX_BYTES } from '../wire/wire-limit.ts';
import type { BudgetAccount } from './byte-budget.ts';
import { DeadlineTimer } from './deadline-timer.ts';
import type { ResolvedOptions } from './options.ts';
import { OutgoingLink } from './outgoing-link.ts';
import { decodePayload } from './payload.ts';
import { newAbortController } from './platform.ts';

export interface AcceptanceHost {
  readonly options: ResolvedOptions;
  authenticate(auth: unknown, peer: LinkInfo, signal: AbortSignal): unknown;
  /** A client was accepted: make its session, or find the one it goes on with; it says WELCOME or REJECT. Returns the sink for what follows, null after REJECT. */
  accepted(connection: Connection, link: OutgoingLink, auth: unknown, hello: Hello): LinkSink | null;
  /** It is over. `cause`: why it did not become a session; null when it did, and for one that left without a word. */
  ended(acceptance: Acceptance, cause: CloseCause | null): void;
}

const MESSAGE_MAX_BYTES = 256;
const RETRY_AFTER_MS = 1000;

export class Acceptance implements LinkSink {
  /** What `authenticate` threw, when it is no Refusal. */
  error: unknown = undefined;
  readonly #host: AcceptanceHost;
  readonly #info: LinkInfo;
  readonly #connection: Connection;
  readonly #timer: DeadlineTimer;
  readonly #abort = newAbortController();
  readonly #account: BudgetAccount | undefined;
  #link: OutgoingLink | null = null;
  /** Who gets what the link says, once there is a session. */
  #successor: LinkSink | null = null;
  #cause: CloseCause | null = null;
  #hasSpoken = false;

  constructor(host: AcceptanceHost, info: LinkInfo) {
    const { announcement, budget, heartbeat, limits, random, clock } = host.options;
    // As much as a handshake may take, whatever it will take.
    this.#account = budget?.open();
    this.#account?.update(HANDSHAKE_MAX_BYTES);
    this.#host = host;
    this.#info = info;
    this.#connection = new Connection(
      {
        role: 'server',
        announcement,
        heartbeat,
        handshakeMs: limits.handshakeTimeout,
        frameMs: limits.frameTimeout,
        random,
      },
      clock.now(),
    );
    this.#timer = new DeadlineTimer(clock, {
      nextMs: () => this.#connection.nextDeadlineMs,
      onDue: () => this.#handleDeadline(),
      onStall: (stalledMs) => this.#connection.stalled(stalledMs, clock.now()),
    });
  }

  open(link: Link): void {
    this.#link = new OutgoingLink(link, this.#host.options.clock);
    this.#timer.update();
  }

  bytes(chunk: Uint8Array): void {
    if (this.#successor !== null) return this.#successor.bytes(chunk);
    this.#hasSpoken = true;
    this.#connection.receiveBytes(chunk, this.#host.options.clock.now());
    this.#processEvents();
  }

  drained(): void {
    if (this.#successor !== null) this.#successor.drained();
    else this.#link?.drained();
  }

  pong(): void {
    this.#successor?.pong?.();
  }

  readEnded(): void {
    if (this.#successor !== null) return this.#successor.readEnded();
    this.#connection.receiveEnd();
    this.#processEvents();
    this.#end({ kind: 'finished' }, false);
  }

  closed(cause: CloseCause): void {
    if (this.#successor !== null) return this.#successor.closed(cause);
    this.#link?.gone();
    this.#connection.close();
    this.#end(cause, false);
    this.#host.ended(this, this.#isProbe ? null : withEvidence(this.#cause!, cause.evidence));
  }

  /** It came and left without a word: so balancers look, every few seconds, whether we are there, and nobody wants to read of it. */
  get #isProbe(): boolean {
    return !this.#hasSpoken && (this.#cause?.kind === 'finished' || this.#cause?.kind === 'reset');
  }

  /** The server is closing: nobody is accepted any more. An ERROR would tell the client that there is no point in coming again. */
  abandon(): void {
    this.#connection.reject({ code: 'ERR_HW_SHUTTING_DOWN', message: 'the server is shutting down' });
    this.#processEvents();
  }

  /** The server keeps too much already. */
  evict(): void {
    if (this.#connection.state !== 'deciding')
      return this.#end({ kind: 'evicted', heldBytes: HANDSHAKE_MAX_BYTES }, true);
    const message = 'the server keeps too much already';
    this.#connection.reject({ code: 'ERR_HW_BUSY', message, retryAfterMs: RETRY_AFTER_MS });
    this.#processEvents();
  }

  #handleDeadline(): void {
    this.#connection.handleDeadline(this.#host.options.clock.now());
    this.#processEvents();
  }

  #processEvents(): void {
    for (const event of this.#connection.takeEvents()) this.#process(event);
    this.#timer.update();
  }

  #process(event: ConnectionEvent): void {
    if (event.type === 'hello') void this.#decide(event.hello);
    else if (event.type === 'ended') this.#end(event.cause, event.hard);
  }

  async #decide(hello: Hello): Promise<void> {
    const { codec } = this.#host.options;
    const { auth } = hello;
    try {
      const credentials = auth === null ? undefined : decodePayload(codec, auth);
      const principal = await this.#host.authenticate(credentials, this.#info, this.#abort.signal);
      this.#accept(principal, hello);
    } catch (error) {
      if (!(error instanceof Refusal)) this.error = error;
      this.#connection.reject(rejectionOf(error));
      this.#processEvents();
    }
  }

  #accept(principal: unknown, hello: Hello): void {
    // The connection may have ended while somebody looked the client up.
    if (this.#connection.state !== 'deciding') return;
    this.#successor = this.#host.accepted(this.#connection, this.#link!, principal, hello);
    if (this.#successor === null) return this.#processEvents();
    this.#account?.close();
    this.#timer.stop();
    this.#host.ended(this, null);
  }

  /** Nothing more comes of it; the first cause is the true one. */
  #end(cause: CloseCause, hard: boolean): void {
    if (this.#cause !== null) return;
    this.#cause = cause;
    this.#account?.close();
    this.#connection.close();
    this.#timer.stop();
    this.#abort.abort();
    const last = this.#connection.takeOutgoing(this.#host.options.clock.now());
    if (last !== null) this.#link?.write(last);
    if (hard) this.#link?.abort();
    else this.#link?.end();
  }
}

/** Only a Refusal says why; the text of any other error stays here. */
function rejectionOf(error: unknown): { readonly code: string; readonly message: string } {
  if (!(error instanceof Refusal)) return { code: 'ERR_HW_AUTH', message: '' };
  return { code: 'ERR_HW_REJECTED', message: decodeText(encodeTextWithin(error.message, MESSAGE_MAX_BYTES)) };
}
