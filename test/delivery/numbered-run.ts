/**
 * Numbered messages over real connections that are cut again and again, and what became of each of them (promises P1, P2, P3, P5, P19).
 *
 * Proxies cut at bytes that a seed draws, some of them in the handshake, by FIN, close and reset; one end may learn of it later than the other. The session is confirmed
 * before the first cut, because a session is kept from the first word of its client on (docs/delivery.md).
 */
import { connect, serve, type AnySession, type DeliveryError, type ReconnectOptions } from '@heartwire/core';
import { tcp, tcpServer } from '@heartwire/transport-tcp';
import { ws, wsServer } from '@heartwire/transport-ws';
import { SeededRandom } from '../support/seeded-random.ts';
import { withDeadline } from '../support/with-deadline.ts';
import { Arrivals } from './arrivals.ts';
import { CutPlan } from './cut-plan.ts';
import { startCuttingProxy } from './cutting-proxy.ts';
import { portOf, through } from './proxy.ts';

export type Direction = 'up' | 'down';
export type Transport = 'tcp' | 'ws';

export interface NumberedRunOptions {
  /** More than one: each connection is made over the next of them. */
  readonly transports: readonly Transport[];
  readonly directions: readonly Direction[];
  /** In each direction. */
  readonly messages: number;
  readonly cuts: number;
  readonly seed: number;
  readonly deadlineMs: number;
}

/** What became of the messages of one direction. */
export interface DirectionResult {
  /** How many ended in which way, as the sender knows it. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** As the receiver's handler saw it. */
  readonly lost: number;
  readonly duplicated: number;
  readonly reordered: number;
}

export interface NumberedRunResult {
  readonly cuts: number;
  readonly cutInHandshake: number;
  readonly resumed: number;
  /** Events of either side that are none of the session's going on. */
  readonly otherEvents: readonly string[];
  readonly sessions: number;
  readonly usedTransports: readonly string[];
  readonly seconds: number;
  readonly directions: Readonly<Partial<Record<Direction, DirectionResult>>>;
}

/** Short pauses: this is about cuts, not about waiting. */
export const RECONNECT: ReconnectOptions = { initial: 5, max: 40 };

const SMALL_MAX_CHARACTERS = 400;
/** One of so many is cut into chunks. */
const LARGE_EACH = 250;
const LARGE_CHARACTERS = 40_000;
/** What a message takes on average, with its frame. */
const MEAN_BYTES = 25 + SMALL_MAX_CHARACTERS / 2 + LARGE_CHARACTERS / LARGE_EACH;
/** The plan wants to be through before the messages are; what is sent again makes up for more. */
const CUT_SHARE = 0.8;
/** One handler of so many does not finish in the turn in which it began. */
const SLOW_EACH = 40;
const SENT_BETWEEN_WAITS = 64;

const SERVERS = {
  tcp: () => tcpServer({ port: 0, host: '127.0.0.1' }),
  ws: () => wsServer({ port: 0, host: '127.0.0.1' }),
} as const;
const DIALERS = { tcp, ws } as const;

export async function runNumbered(options: NumberedRunOptions): Promise<NumberedRunResult> {
  const { transports, directions, messages, cuts, seed, deadlineMs } = options;
  const startedAtMs = performance.now();
  const meanBytes = Math.round((CUT_SHARE * MEAN_BYTES * messages * directions.length) / cuts);
  const plan = new CutPlan(seed, cuts, meanBytes);
  const server = await serve(transports.map((transport) => SERVERS[transport]()));
  const proxies = await Promise.all(server.addresses.map((address) => startCuttingProxy(portOf(address), plan)));
  const dialers = transports.map((transport, at) => DIALERS[transport](through(proxies[at]!, server.addresses[at]!)));
  const client = connect(dialers, { reconnect: RECONNECT });
  await client.ready;
  await client.ping();
  const peer = server.sessions.get(client.id)!;
  const otherEvents: string[] = [];
  let resumed = 0;
  const broken = new Promise<void>((resolve) => {
    for (const session of [client, peer]) {
      session.events$.subscribe(({ type }) => {
        if (type === 'resumed') return void (resumed += session === client ? 1 : 0);
        otherEvents.push(type);
        resolve();
      });
    }
  });
  const used = new Set<string>();
  client.state$.subscribe(() => used.add(client.peer.transport));
  const ends = { up: [client, peer], down: [peer, client] } as const;
  const running = directions.map((direction, at) => {
    const [sender, receiver] = ends[direction];
    return new NumberedStream(sender, receiver, messages, seed + at);
  });
  plan.arm();
  try {
    const all = Promise.all(running.map((stream) => stream.sendAll()));
    await withDeadline(deadlineMs, Promise.race([all, broken]), () =>
      running.map((stream) => stream.describe()).join('; '),
    );
    const results = directions.map((direction, at) => [direction, running[at]!.result] as const);
    return {
      cuts: plan.made,
      cutInHandshake: plan.early,
      resumed,
      otherEvents,
      sessions: server.sessions.size,
      usedTransports: [...used].sort(),
      seconds: (performance.now() - startedAtMs) / 1000,
      directions: Object.fromEntries(results),
    };
  } finally {
    client.destroy();
    await server.close({ timeout: 0 });
    await Promise.all(proxies.map((proxy) => proxy.close()));
  }
}

/** All messages of one direction. */
class NumberedStream {
  readonly #sender: AnySession;
  readonly #count: number;
  readonly #random: SeededRandom;
  readonly #arrivals: Arrivals;
  readonly #outcomes: Record<string, number> = {};

  constructor(sender: AnySession, receiver: AnySession, count: number, seed: number) {
    this.#sender = sender;
    this.#count = count;
    this.#random = new SeededRandom(seed);
    this.#arrivals = new Arrivals(count);
    receiver.handle('say', ({ number }: { number: number }) => {
      this.#arrivals.add(number);
      // What is received and not settled when a cut comes must not be handled again either.
      return number % SLOW_EACH === 0 ? new Promise((done) => setImmediate(done)) : undefined;
    });
  }

  async sendAll(): Promise<void> {
    const decided: Promise<void>[] = [];
    for (let number = 0; number < this.#count; number += 1) {
      if (number % SENT_BETWEEN_WAITS === 0) await this.#sender.writable();
      const isLarge = number % LARGE_EACH === LARGE_EACH - 1;
      const characters = isLarge ? LARGE_CHARACTERS : this.#random.integer(0, SMALL_MAX_CHARACTERS);
      const delivery = this.#sender.send('say', { number, text: 'x'.repeat(characters) });
      decided.push(
        delivery.then(
          ({ stage }) => this.#note(stage),
          (error: unknown) => this.#note((error as DeliveryError).outcome),
        ),
      );
    }
    await Promise.all(decided);
  }

  get result(): DirectionResult {
    const { lost, duplicated, reordered } = this.#arrivals;
    return { outcomes: this.#outcomes, lost, duplicated, reordered };
  }

  describe(): string {
    return `${this.#arrivals.count} of ${this.#count} arrived, outcomes ${JSON.stringify(this.#outcomes)}, ${this.#sender.state$.value.status}`;
  }

  #note(outcome: string): void {
    this.#outcomes[outcome] = (this.#outcomes[outcome] ?? 0) + 1;
  }
}
