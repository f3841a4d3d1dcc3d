/**
 * A server and its clients in one process and in virtual time, through the public functions: what the tests of the runtime stand on. Every
 * write to a link is written down, and at the end nothing may be left: no timer, no connection, no session.
 */
import * as assert from 'uvu/assert';
import { connect, serve, type AnyContract, type ConnectOptions, type ServeOptions, type Server } from '@heartwire/core';
import type { ServerEvent, ServerSession, Session } from '@heartwire/core';
import { memoryNetwork, testClock, type Network, type TestClock } from '@heartwire/core/testing';
import type { Dialer, LinkSink, Listener } from '@heartwire/core/transport';
import type { ResolvedOptions } from '../../packages/core/src/runtime/options.ts';

export type AnyServerSession = ServerSession<AnyContract>;
export type ClientSession = Session<AnyContract['up'], AnyContract['down'], undefined>;

export interface WorldOptions {
  readonly server?: ServeOptions<AnyContract>;
  readonly seed?: number;
}

/** Both ends of an open session. */
export interface OpenSession {
  readonly client: ClientSession;
  readonly server: AnyServerSession;
}

export class VirtualWorld {
  readonly clock: TestClock = testClock();
  readonly network: Network;
  readonly dialer: Dialer;
  readonly listener: Listener;
  /** The pieces that each side wrote to its links. */
  readonly writes: { readonly client: Uint8Array[]; readonly server: Uint8Array[] } = { client: [], server: [] };
  /** Every session that the server ever had. */
  readonly serverSessions: AnyServerSession[] = [];
  server!: Server<AnyContract>;

  constructor(seed: number) {
    const { dialer, listener, network } = memoryNetwork({ clock: this.clock, seed });
    const { client, server } = this.writes;
    this.network = network;
    this.dialer = { ...dialer, dial: (sink, signal) => dialer.dial(noting(sink, client), signal) };
    this.listener = {
      ...listener,
      listen: (accept) => listener.listen((info) => noting(accept(info), server)),
    };
  }

  static async start({ server = {}, seed = 1 }: WorldOptions = {}): Promise<VirtualWorld> {
    const world = new VirtualWorld(seed);
    world.server = await serve(world.listener, {
      clock: world.clock,
      ...server,
      session(session, own) {
        world.serverSessions.push(session);
        server.session?.(session, own);
      },
    });
    return world;
  }

  connect(options: ConnectOptions = {}): ClientSession {
    return connect(this.dialer, { clock: this.clock, reconnect: false, ...options });
  }

  /** Connects, and waits until both sides are open. */
  async open(options: ConnectOptions = {}): Promise<OpenSession> {
    const client = this.connect(options);
    await this.clock.settle();
    const { value } = client.state$;
    assert.ok(value.status === 'open' && !value.resumed, JSON.stringify(value));
    return { client, server: this.serverSessions.at(-1)! };
  }

  /** What the server counts of the payloads that its sessions keep. */
  get keptBytes(): number {
    return (this.server as unknown as { readonly options: ResolvedOptions }).options.budget!.bytes;
  }

  /** Ends everything and looks for what is left. */
  async close(): Promise<void> {
    const closed = this.server.close();
    await this.clock.settle();
    // The longest that a goodbye, a lingering link and an inbox that nobody empties may take together.
    for (let second = 0; second < 12 && this.clock.pending > 0; second += 1) await this.clock.advance(1000);
    await this.clock.settle();
    await closed;
    assert.is(this.clock.pending, 0, 'a timer is left');
    assert.is(this.network.connections, 0, 'a connection is left');
    assert.is(this.server.sessions.size, 0, 'a session is left');
    assert.is(this.keptBytes, 0, 'payload is counted that nobody keeps');
  }
}

/** A sink whose link notes what is written. */
function noting(sink: LinkSink, writes: Uint8Array[]): LinkSink {
  return {
    open: (link) =>
      sink.open({
        ...link,
        write(bytes) {
          writes.push(bytes);
          return link.write(bytes);
        },
      }),
    bytes: (chunk) => sink.bytes(chunk),
    drained: () => sink.drained(),
    pong: () => sink.pong?.(),
    readEnded: () => sink.readEnded(),
    closed: (cause) => sink.closed(cause),
  };
}

/** The error that `promise` rejects with; throws when it resolves. */
export async function rejectionOf<E = { code: string }>(promise: PromiseLike<unknown>): Promise<E> {
  return promise.then(
    (value) => {
      throw new Error(`it resolved with ${JSON.stringify(value)}`);
    },
    (error: unknown) => error as E,
  );
}

/** Everything that a stream says from now on. */
export function watch<T>(stream: { subscribe(next: (value: T) => void): unknown }): T[] {
  const seen: T[] = [];
  stream.subscribe((value) => seen.push(value));
  return seen;
}

/** A connection that came to nothing. */
export type Rejection = ServerEvent & { readonly type: 'rejected' };

export function watchRejections({ server }: VirtualWorld): Rejection[] {
  const seen: Rejection[] = [];
  server.events$.subscribe((event) => event.type === 'rejected' && seen.push(event));
  return seen;
}
