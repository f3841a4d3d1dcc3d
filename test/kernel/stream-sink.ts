/** A sink that compares what comes with what the peer writes (schedule-plan.ts), byte by byte, and keeps nothing. */
import type { CloseCause, Link, LinkSink } from '@heartwire/core/transport';
import { patternAt } from './schedule-plan.ts';

export class StreamSink implements LinkSink {
  /** The port of the side that dialed. */
  port: number;
  link: Link | null = null;
  cause: CloseCause | null = null;
  bytesRead = 0;
  /** What the transport did that it must not do. */
  readonly faults: string[] = [];
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
    if (!patternAt(this.port, this.bytesRead, chunk.length).equals(chunk))
      this.faults.push(`other bytes from ${this.bytesRead} on`);
    this.bytesRead += chunk.length;
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
