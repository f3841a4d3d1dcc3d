/** A client that is nothing but a connection: it shakes hands as a test wants it to, and says only what the test says. */
import { Connection, type Greeting } from '../../packages/core/src/connection/connection.ts';
import type { ConnectionEvent } from '../../packages/core/src/connection/connection-event.ts';
import type { Resumption, Welcome } from '../../packages/core/src/connection/handshake.ts';
import type { CloseCause } from '../../packages/core/src/errors/close-cause.ts';
import type { FrameWriter } from '../../packages/core/src/wire/frame-writer.ts';
import { FrameType } from '../../packages/core/src/wire/frame-type.ts';
import type { Link, LinkSink } from '../../packages/core/src/transport/transport.ts';
import { GREETING } from './greetings.ts';
import { connectionOptions } from './connection-pair.ts';
import type { VirtualWorld } from './virtual-world.ts';

export class RawClient implements LinkSink {
  readonly events: ConnectionEvent[] = [];
  readonly #world: VirtualWorld;
  readonly #connection: Connection;
  readonly #greeting: Greeting;
  readonly #isMute: boolean;
  #link: Link | null = null;
  /** Why the link is gone; null while it is not. */
  cause: CloseCause | null = null;

  private constructor(world: VirtualWorld, greeting: Partial<Greeting>, isMute: boolean) {
    this.#world = world;
    this.#isMute = isMute;
    this.#greeting = { ...GREETING, ...greeting };
    this.#connection = new Connection(connectionOptions('client'), world.clock.now());
  }

  /** Dials, says HELLO, and waits for what the server says. One that is mute does not answer, not even with the PING that follows WELCOME. */
  static async dial(world: VirtualWorld, greeting: Partial<Greeting> = {}, isMute = false): Promise<RawClient> {
    const client = new RawClient(world, greeting, isMute);
    world.dialer.dial(client, new AbortController().signal);
    await world.clock.settle();
    return client;
  }

  get welcome(): Welcome | undefined {
    return this.events.find((event) => event.type === 'welcome')?.welcome;
  }

  /** The code of the server's REJECT. */
  get rejection(): string | undefined {
    const ended = this.events.find((event) => event.type === 'ended');
    return ended?.cause.kind === 'refused' ? ended.cause.code : undefined;
  }

  /** The codes of all GOAWAYs. */
  get goaways(): number[] {
    return this.events.flatMap((event) => (event.type === FrameType.GOAWAY ? [event.code] : []));
  }

  /** What to say to go on with the session that the server welcomed, where nothing has been said in it. */
  get resumption(): Resumption {
    const { session, token } = this.welcome!;
    return { session, token: token!, received: 0, digest: 0x811c_9dc5, isGoodbyeDone: false };
  }

  async say(write: (writer: FrameWriter) => void): Promise<void> {
    write(this.#connection.writer);
    this.#flush();
    await this.#world.clock.settle();
  }

  /** Says bytes that need not be frames. */
  async sayBytes(pieces: readonly Uint8Array[]): Promise<void> {
    for (const piece of pieces) if (this.cause === null) this.#link!.write(piece);
    await this.#world.clock.settle();
  }

  /** Drops the link. */
  async abort(): Promise<void> {
    this.#link!.abort();
    await this.#world.clock.settle();
  }

  open(link: Link): void {
    this.#link = link;
    this.#connection.hello(this.#greeting, this.#world.clock.now());
    this.#flush();
  }

  bytes(chunk: Uint8Array): void {
    this.#connection.receiveBytes(chunk, this.#world.clock.now());
    this.events.push(...this.#connection.takeEvents());
    if (this.#isMute) return;
    this.#connection.writeControl(this.#world.clock.now());
    this.#flush();
  }

  drained(): void {}

  /** It goes on talking; the server drops it at last. */
  readEnded(): void {}

  closed(cause: CloseCause): void {
    this.cause = cause;
  }

  #flush(): void {
    const bytes = this.#connection.takeOutgoing(this.#world.clock.now());
    if (bytes !== null) this.#link!.write(bytes);
  }
}
