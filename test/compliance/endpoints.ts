import {
  connect,
  serve,
  type AnyContract,
  type ConnectOptions,
  type Dialer,
  type ServeOptions,
  type Server,
  type ServerSession,
  type Session,
} from '@heartwire/core';
import type { ComplianceTarget } from './compliance-target.ts';
import { severable, type Severable } from './severable.ts';

export type AnyServer = Server<AnyContract>;
export type AnyServeOptions = ServeOptions<AnyContract>;
export type PeerSession = ServerSession<AnyContract>;
export type ClientSession = Session<AnyContract['up'], AnyContract['down'], undefined>;

/** Both ends of one open session. */
export interface Pair {
  readonly server: AnyServer;
  readonly client: ClientSession;
  /** The same session, as the server holds it. */
  readonly peer: PeerSession;
}

/** A way to a server that can be cut. */
export interface Line extends Severable {
  join(options: ConnectOptions): Promise<Pair>;
}

/** Makes the servers and the sessions of one case, and ends whatever the case has left. */
export class Endpoints {
  readonly target: ComplianceTarget;
  readonly #servers: AnyServer[] = [];
  readonly #clients: ClientSession[] = [];

  constructor(target: ComplianceTarget) {
    this.target = target;
  }

  async serve(options: AnyServeOptions = {}): Promise<AnyServer> {
    const server = await serve(this.target.listener, options);
    this.#servers.push(server);
    return server;
  }

  /** Begins a session; it is not open yet. */
  connect(server: AnyServer, options: ConnectOptions = {}): ClientSession {
    return this.connectTo(addressOf(server), options);
  }

  connectTo(address: string, options: ConnectOptions = {}): ClientSession {
    return this.#connectBy(this.target.dialer(address), options);
  }

  /** A way to `server` that the case can cut. */
  severable(server: AnyServer): Line {
    const line = severable(this.target.dialer(addressOf(server)));
    const join = async (options: ConnectOptions): Promise<Pair> => {
      const client = this.#connectBy(line.dialer, options);
      await client.ready;
      return { server, client, peer: peerOf(server, client) };
    };
    return Object.defineProperties({ join } as Line, Object.getOwnPropertyDescriptors(line));
  }

  #connectBy(dialer: Dialer, options: ConnectOptions): ClientSession {
    const client: ClientSession = connect(dialer, { reconnect: false, ...options });
    this.#clients.push(client);
    return client;
  }

  /** A client of `server` whose session is open, and the server's end of it. */
  async join(server: AnyServer, options: ConnectOptions = {}): Promise<Pair> {
    const client = this.connect(server, options);
    await client.ready;
    return { server, client, peer: peerOf(server, client) };
  }

  /** A server and one client, with their session open. */
  async pair(options: { server?: AnyServeOptions; client?: ConnectOptions } = {}): Promise<Pair> {
    return this.join(await this.serve(options.server), options.client);
  }

  /** Ends everything, and checks that the servers hold nothing any more. */
  async close(): Promise<void> {
    for (const client of this.#clients) client.destroy();
    await Promise.all(this.#clients.map((client) => client.closed));
    await Promise.all(this.#servers.map((server) => server.close({ timeout: 0 })));
    const left = this.#servers.flatMap((server) => [...server.sessions.keys()]);
    if (left.length > 0) throw new Error(`the server still holds ${left.join(', ')}`);
    await this.target.close();
  }

  /** How things stand, for the report of a case that did not end. */
  describe(): string {
    const peers = this.#servers.flatMap((server) => [...server.sessions.values()]);
    const show = (session: ClientSession | PeerSession): string =>
      `${session.state$.value.status}/${session.connection$.value.phase}`;
    return `clients ${this.#clients.map(show).join(' ') || 'none'}; servers' sessions ${peers.map(show).join(' ') || 'none'}`;
  }
}

/** Where `server` listens. */
export function addressOf(server: AnyServer): string {
  const [address] = server.addresses;
  if (address === undefined) throw new Error('the server has no address');
  return address;
}

function peerOf(server: AnyServer, client: ClientSession): PeerSession {
  const peer = server.sessions.get(client.id);
  if (peer === undefined) throw new Error(`the server does not know the session ${client.id}`);
  return peer;
}
