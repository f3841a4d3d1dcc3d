/** A server that is nothing but connections: it answers each HELLO as a test wants it to, and says only what the test says. */
import { Connection } from '../../packages/core/src/connection/connection.ts';
import type { ConnectionEvent } from '../../packages/core/src/connection/connection-event.ts';
import type { Hello } from '../../packages/core/src/connection/handshake.ts';
import type { FrameWriter } from '../../packages/core/src/wire/frame-writer.ts';
import type { TestClock } from '@heartwire/core/testing';
import type { Link, LinkSink, Listener } from '@heartwire/core/transport';
import { connectionOptions } from './connection-pair.ts';

/** Says WELCOME or REJECT. */
export type Greeter = (connection: Connection, hello: Hello, nowMs: number) => void;

export class RawServer {
  /** One after the other; what each was told stands in its events. */
  readonly connections: RawConnection[] = [];
  readonly #clock: TestClock;
  readonly #greet: Greeter;

  private constructor(clock: TestClock, greet: Greeter) {
    this.#clock = clock;
    this.#greet = greet;
  }

  static async listen(listener: Listener, clock: TestClock, greet: Greeter): Promise<RawServer> {
    const server = new RawServer(clock, greet);
    await listener.listen(() => {
      const connection = new RawConnection(clock, server.#greet);
      server.connections.push(connection);
      return connection;
    });
    return server;
  }

  /** The newest connection. */
  get last(): RawConnection {
    return this.connections.at(-1)!;
  }

  /** On the newest connection; then everything happens that follows from it. */
  async say(write: (writer: FrameWriter) => void): Promise<void> {
    this.last.say(write);
    await this.#clock.settle();
  }
}

export class RawConnection implements LinkSink {
  readonly events: ConnectionEvent[] = [];
  readonly #clock: TestClock;
  readonly #greet: Greeter;
  readonly #connection: Connection;
  #link: Link | null = null;
  isGone = false;

  constructor(clock: TestClock, greet: Greeter) {
    this.#clock = clock;
    this.#greet = greet;
    this.#connection = new Connection(connectionOptions('server'), clock.now());
  }

  say(write: (writer: FrameWriter) => void): void {
    write(this.#connection.writer);
    this.#flush();
  }

  /** Drops the link. */
  abort(): void {
    this.#link!.abort();
  }

  open(link: Link): void {
    this.#link = link;
  }

  bytes(chunk: Uint8Array): void {
    const nowMs = this.#clock.now();
    this.#connection.receiveBytes(chunk, nowMs);
    for (const event of this.#connection.takeEvents()) {
      this.events.push(event);
      if (event.type === 'hello') this.#greet(this.#connection, event.hello, nowMs);
    }
    this.#connection.writeControl(nowMs);
    this.#flush();
  }

  drained(): void {}

  readEnded(): void {
    this.#link!.end();
  }

  closed(): void {
    this.isGone = true;
  }

  #flush(): void {
    const bytes = this.#connection.takeOutgoing(this.#clock.now());
    if (bytes !== null) this.#link!.write(bytes);
  }
}
