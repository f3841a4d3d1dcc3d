/**
 * A sink that writes down all that a transport tells it, checks the order of the calls, and lets a test wait for one.
 *
 * Source of the order: the contract in packages/core/src/transport/transport.ts.
 */
import type { CloseCause, Link, LinkSink } from '@heartwire/core/transport';
import { withDeadline } from './with-deadline.ts';

/** Generous, because it is only ever waited out by a test that fails. */
const DEADLINE_MS = 5_000;

/** Records every call; see the file. */
export class RecordingSink implements LinkSink {
  /** The names of the calls so far; successive `bytes` are one. */
  readonly calls: string[] = [];
  /** What broke the contract. Empty in every good test; `assertOrderly` throws otherwise. */
  readonly faults: string[] = [];
  readonly #chunks: Uint8Array[] = [];
  readonly #waiting = new Set<() => void>();
  #link: Link | undefined;
  #cause: CloseCause | undefined;
  #drains = 0;
  #pongs = 0;

  /** The link; throws before `open`. */
  get link(): Link {
    if (this.#link === undefined) throw new Error('the link is not open');
    return this.#link;
  }

  get cause(): CloseCause | undefined {
    return this.#cause;
  }

  get byteLength(): number {
    return this.#chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
  }

  /** All bytes so far, as one array. */
  get received(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.#chunks));
  }

  /** All bytes so far, read as UTF-8. */
  get text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }

  open(link: Link): void {
    if (this.calls.length > 0) this.faults.push(`open after ${this.calls.join(' ')}`);
    this.#link = link;
    this.#record('open');
  }

  bytes(chunk: Uint8Array): void {
    if (!(chunk instanceof Uint8Array)) this.faults.push('bytes that are no Uint8Array');
    if (this.calls.includes('readEnded')) this.faults.push('bytes after readEnded');
    this.#chunks.push(chunk);
    this.#record('bytes');
  }

  drained(): void {
    this.#drains += 1;
    this.#record('drained');
  }

  pong(): void {
    this.#pongs += 1;
    this.#record('pong');
  }

  readEnded(): void {
    if (this.calls.includes('readEnded')) this.faults.push('readEnded twice');
    this.#record('readEnded');
  }

  closed(cause: CloseCause): void {
    this.#cause = cause;
    this.#record('closed');
  }

  opened(): Promise<Link> {
    return this.#until('open', () => this.#link);
  }

  /** Resolves when so many bytes, or this text, have arrived. */
  async arrived(what: number | string): Promise<void> {
    const hasArrived = typeof what === 'number' ? () => this.byteLength >= what : () => this.text.includes(what);
    await this.#until(`${what} to arrive`, () => hasArrived() || undefined);
  }

  async readHasEnded(): Promise<void> {
    await this.#until('readEnded', () => this.calls.includes('readEnded') || undefined);
  }

  /** Resolves with the cause when it is closed, or with true when only the peer's direction has ended. */
  readHasEndedOrClosed(): Promise<CloseCause | true> {
    return this.#until('readEnded or closed', () => this.#cause ?? (this.calls.includes('readEnded') || undefined));
  }

  async hasDrained(times = 1): Promise<void> {
    await this.#until(`drained (${times})`, () => this.#drains >= times || undefined);
  }

  async hasPonged(): Promise<void> {
    await this.#until('pong', () => this.#pongs > 0 || undefined);
  }

  /** Resolves with the cause; throws when the calls broke the contract. */
  async hasClosed(): Promise<CloseCause> {
    const cause = await this.#until('closed', () => this.#cause);
    // What wrongly follows `closed` follows at once.
    await new Promise((done) => setImmediate(done));
    this.assertOrderly();
    return cause;
  }

  assertOrderly(): void {
    if (this.faults.length > 0) throw new Error(`the transport broke its contract: ${this.faults.join('; ')}`);
  }

  #record(call: string): void {
    if (this.calls.includes('closed')) this.faults.push(`${call} after closed`);
    else if (call !== 'open' && call !== 'closed' && this.#link === undefined) this.faults.push(`${call} before open`);
    if (call !== 'bytes' || this.calls.at(-1) !== 'bytes') this.calls.push(call);
    for (const look of this.#waiting) look();
  }

  #until<T>(what: string, probe: () => T | undefined): Promise<T> {
    let look: () => void = () => {};
    const found = new Promise<T>((done) => {
      look = () => {
        const value = probe();
        if (value !== undefined) done(value);
      };
      this.#waiting.add(look);
      look();
    });
    const wait = withDeadline(DEADLINE_MS, found, () => `${what}, after: ${this.calls.join(' ') || 'no call'}`);
    return wait.finally(() => this.#waiting.delete(look));
  }
}
