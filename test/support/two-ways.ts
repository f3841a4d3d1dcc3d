/**
 * A server that clients reach by two ways, each of which can be broken by itself: the first, third, … attempt of a client takes the one, the others the other. Everything in virtual time.
 */
import { connect, serve, type AnyContract, type ConnectOptions, type ServeOptions, type Server } from '@heartwire/core';
import type { SessionEvent } from '@heartwire/core';
import { memoryNetwork, testClock, type Network, type TestClock } from '@heartwire/core/testing';
import type { Dialer, LinkSink } from '@heartwire/core/transport';
import type { AnyServerSession, ClientSession } from './virtual-world.ts';

export class TwoWays {
  readonly clock: TestClock = testClock();
  readonly first: Network;
  readonly second: Network;
  readonly dialers: readonly [Dialer, Dialer];
  /** When each dial began. */
  readonly dialedAtMs: number[] = [];
  /** How long the second way takes to be made. */
  dialMs = 0;
  server!: Server<AnyContract>;
  client!: ClientSession;
  peer!: AnyServerSession;
  readonly events: SessionEvent[] = [];
  readonly #listeners: Parameters<typeof serve>[0];

  constructor(seed = 1) {
    const ways = [memoryNetwork({ clock: this.clock, seed }), memoryNetwork({ clock: this.clock, seed: seed + 1 })];
    this.first = ways[0]!.network;
    this.second = ways[1]!.network;
    this.#listeners = ways.map(({ listener }) => listener);
    this.dialers = [this.#noting(ways[0]!.dialer, () => 0), this.#noting(ways[1]!.dialer, () => this.dialMs)];
  }

  /** Opens a session over the first way, and lets it stand until its server knows that it may be resumed. */
  async open(client: ConnectOptions = {}, server: ServeOptions<AnyContract> = {}): Promise<this> {
    this.server = await serve(this.#listeners, { clock: this.clock, heartbeat: client.heartbeat ?? 'game', ...server });
    this.client = connect([...this.dialers], { clock: this.clock, heartbeat: 'game', ...client });
    this.client.events$.subscribe((event) => this.events.push(event));
    // Handshakes, and the first PING.
    await this.clock.advance(2000);
    this.peer = this.server.sessions.get(this.client.id)!;
    return this;
  }

  /** Lets time pass in small steps until something is so. Returns when it was; throws when it does not come. */
  async until(what: string, isSo: () => boolean, withinMs = 60_000, stepMs = 10): Promise<number> {
    for (const endMs = this.clock.now() + withinMs; this.clock.now() <= endMs;) {
      if (isSo()) return this.clock.now();
      await this.clock.advance(stepMs);
    }
    throw new Error(`${what} did not come within ${withinMs} ms`);
  }

  isSuspected = (): boolean => this.client.liveness$.value.status === 'suspect';

  /** Ends both sides, and returns how many timers are left. */
  async close(): Promise<number> {
    this.first.heal();
    this.second.heal();
    this.client.destroy();
    const closed = this.server.close();
    for (let second = 0; second < 12; second += 1) await this.clock.advance(1000);
    await closed;
    return this.clock.pending;
  }

  #noting(dialer: Dialer, dialMs: () => number): Dialer {
    return {
      ...dialer,
      dial: (sink: LinkSink, signal: AbortSignal) => {
        this.dialedAtMs.push(this.clock.now());
        const waitMs = dialMs();
        if (waitMs === 0) return dialer.dial(sink, signal);
        const cancel = this.clock.schedule(() => {
          signal.removeEventListener('abort', giveUp);
          dialer.dial(sink, signal);
        }, waitMs);
        const giveUp = (): void => {
          cancel();
          this.clock.schedule(() => sink.closed({ kind: 'destroyed' }), 0);
        };
        signal.addEventListener('abort', giveUp, { once: true });
      },
    };
  }
}
