/** A server, a real proxy in front of it, and clients that dial the proxy: what each of them sees. */
import {
  connect,
  serve,
  type AnyContract,
  type AnySession,
  type CloseCause,
  type ConnectOptions,
  type Dialer,
  type ServeOptions,
  type Server,
} from '@heartwire/core';
import { tcp, tcpServer } from '@heartwire/transport-tcp';
import { ws, wsServer } from '@heartwire/transport-ws';
import { withDeadline } from '../support/with-deadline.ts';
import { findProxy, ProxyProgram, type ProxyName, type ProxyOptions } from './proxy-program.ts';

export type AnyServer = Server<AnyContract>;
export type Transport = 'ws' | 'tcp';

/** Short, so that a proxy that is back is found soon. */
const RECONNECT = { initial: 50, max: 500 } as const;

/** Resolves at the first event of this type from now on. */
export function told(session: AnySession, wanted: string, deadlineMs: number): Promise<void> {
  const heard = new Promise<void>((done) => {
    session.events$.subscribe(({ type }) => {
      if (type === wanted) done();
    });
  });
  return withDeadline(deadlineMs, heard, `the event ${wanted}`);
}

/** What a client was told from its beginning on. */
export class Watched {
  readonly session: AnySession;
  readonly states: string[] = [];
  /** Why each connection that stood was lost. */
  readonly losses: CloseCause[] = [];
  /** Why each connection, and each dial, came to its end. */
  readonly causes: CloseCause[] = [];
  #lastLoss: CloseCause | undefined;

  constructor(session: AnySession) {
    this.session = session;
    session.state$.subscribe((state) => {
      if (state.status !== this.states.at(-1)) this.states.push(state.status);
      if (state.status !== 'suspended' || state.cause === this.#lastLoss) return;
      this.#lastLoss = state.cause;
      this.losses.push(state.cause);
    });
    session.connection$.subscribe((state) => {
      if (state.phase === 'closed') this.causes.push(state.cause);
    });
  }

  /** The first cause of a connection or a dial, old or new, that is like this. */
  cause(deadlineMs: number, isIt: (cause: CloseCause) => boolean): Promise<CloseCause> {
    const heard = new Promise<CloseCause>((done) => {
      const look = (): void => {
        const found = this.causes.find(isIt);
        if (found !== undefined) done(found);
      };
      look();
      this.session.connection$.subscribe(look);
    });
    return withDeadline(deadlineMs, heard, () => `a cause, after ${JSON.stringify(this.causes)}`);
  }
}

export class BehindProxy {
  readonly proxy: ProxyProgram;
  server: AnyServer | null = null;
  readonly #clients: AnySession[] = [];

  private constructor(proxy: ProxyProgram) {
    this.proxy = proxy;
  }

  /** Runs `act` with a proxy that is not started yet and no server behind it, and removes all of it afterwards. */
  static async with(name: ProxyName, options: ProxyOptions, act: (scene: BehindProxy) => Promise<void>): Promise<void> {
    const found = findProxy(name);
    if ('unavailable' in found) throw new Error(found.unavailable);
    const scene = new BehindProxy(await ProxyProgram.prepare(name, found, options));
    try {
      await act(scene);
    } finally {
      for (const client of scene.#clients) client.destroy();
      await scene.server?.close({ timeout: 0 });
      await scene.proxy.remove();
    }
  }

  /** A server, and then the proxy: one that looks whether the server is there finds it. */
  async begin(options: ServeOptions<AnyContract> = {}): Promise<AnyServer> {
    const server = await this.serve(options);
    await this.proxy.start();
    return server;
  }

  async serve(options: ServeOptions<AnyContract> = {}): Promise<AnyServer> {
    const { wsTarget, tcpTarget } = this.proxy;
    const host = '127.0.0.1';
    this.server = await serve([wsServer({ port: wsTarget, host }), tcpServer({ port: tcpTarget, host })], options);
    return this.server;
  }

  dial(transport: Transport, options: ConnectOptions = {}, headers: Readonly<Record<string, string>> = {}): Watched {
    const { wsPort, tcpPort } = this.proxy;
    const dialer = transport === 'ws' ? ws(`ws://127.0.0.1:${wsPort}/hw`, { headers }) : tcp(`127.0.0.1:${tcpPort}`);
    return this.#watch(dialer, options);
  }

  /** Over WebSocket, with the word that says which of several servers. */
  dialTo(to: string): Watched {
    return this.#watch(ws(`ws://127.0.0.1:${this.proxy.wsPort}/hw?to=${to}`), {});
  }

  #watch(dialer: Dialer, options: ConnectOptions): Watched {
    const session = connect(dialer, { reconnect: RECONNECT, ...options });
    this.#clients.push(session);
    return new Watched(session);
  }
}
