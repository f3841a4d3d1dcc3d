/** A sink that compares what comes with what the peer writes (schedule-plan.ts), byte by byte, and keeps nothing. */
import type { CloseCause, Link, LinkSink } from '@heartwire/core/transport';
import { patternAt } from './schedule-plan.ts';

export class StreamSink implements LinkSink {
  /** The port of the side that dialed; 0 while it is not known. */
  port: number;
  link: Link | null = null;
  cause: CloseCause | null = null;
  bytesRead = 0;
  /** What the transport did that it must not do. */
  readonly faults: string[] = [];
  /** What came while the port was not known. */
  readonly #unidentified: Uint8Array[] = [];
  #hasReadEnded = false;
  readonly #changed: () => void;

  constructor(port: number, changed: () => void) {
    this.port = port;
    this.#changed = changed;
  }

  open(link: Link): void {
    if (this.link !== null || this.cause !== null) this.faults.push('open comes late or twice');
    this.link = link;
    this.#changed();
  }

  bytes(chunk: Uint8Array): void {
    if (this.#hasReadEnded || this.cause !== null) this.faults.push(`${chunk.length} bytes behind the end`);
    if (this.port === 0) this.#unidentified.push(chunk);
    else if (!patternAt(this.port, this.bytesRead, chunk.length).equals(chunk))
      this.faults.push(`other bytes from ${this.bytesRead} on`);
    this.bytesRead += chunk.length;
  }

  /** A kernel that has seen the reset does not tell the port any more: then what came says whose it is. */
  isOf(port: number): boolean {
    if (this.port !== 0) return this.port === port;
    const came = Buffer.concat(this.#unidentified);
    return came.length > 0 && patternAt(port, 0, came.length).equals(came);
  }

  drained(): void {}

  readEnded(): void {
    if (this.#hasReadEnded || this.cause !== null) this.faults.push('readEnded comes late or twice');
    this.#hasReadEnded = true;
    this.link?.end();
  }

  closed(cause: CloseCause): void {
    if (this.cause !== null) this.faults.push('closed twice');
    this.cause = cause;
    this.#changed();
  }
}
