/**
 * The network of a simulated world: one address where a server may listen, dialers for any number of clients, and all connections between them.
 */
import type { Clock } from '@heartwire/core';
import type { Dialer, LinkInfo, LinkSink, Listener } from '@heartwire/core/transport';
import type { SeededRandom } from '../../support/seeded-random.ts';
import type { SimProcess } from '../world/sim-process.ts';
import type { LinkWeather } from './pipe.ts';
import { SimLink, type WireWatcher } from './sim-link.ts';

/** What becomes of a dial; `straggling`: the client loses the connection soon, and what it has written by then arrives much later. */
export type DialFate = 'open' | 'refused' | 'hole' | 'slow' | 'straggling';

/** The weather of the network; each is asked when a dial begins. */
export interface NetworkWeather {
  drawDialFate(): DialFate;
  drawLink(): LinkWeather;
}

interface Listening {
  readonly process: SimProcess;
  readonly accept: (info: LinkInfo) => LinkSink;
}

const SLOW_DIAL_MAX_MS = 6000;
const STRAGGLING_MAX_MS = 3000;
const STRAGGLING_LOST_MAX_MS = 100;

export class SimNetwork {
  readonly #clock: Clock;
  readonly #random: SeededRandom;
  readonly #weather: NetworkWeather;
  readonly #watcher: WireWatcher;
  #links: SimLink[] = [];
  #linkCount = 0;
  #listening: Listening | null = null;

  constructor(clock: Clock, random: SeededRandom, weather: NetworkWeather, watcher: WireWatcher) {
    this.#clock = clock;
    this.#random = random;
    this.#weather = weather;
    this.#watcher = watcher;
  }

  /** The connections that somebody still has. */
  get links(): readonly SimLink[] {
    this.#links = this.#links.filter((link) => !link.isOver);
    return this.#links;
  }

  listener(process: SimProcess): Listener {
    return {
      name: 'sim',
      listen: (accept) => {
        this.#listening = { process, accept };
        return Promise.resolve({
          address: 'sim',
          close: () => {
            if (this.#listening?.process === process) this.#listening = null;
            return Promise.resolve();
          },
        });
      },
    };
  }

  dialer(process: SimProcess): Dialer {
    return { name: 'sim', address: 'sim', dial: (sink, signal) => this.#dial(process, sink, signal) };
  }

  heal(): void {
    for (const link of this.links) link.heal();
  }

  #dial(process: SimProcess, sink: LinkSink, signal: AbortSignal): void {
    const drawn = this.#weather.drawDialFate();
    const nowMs = this.#clock.now();
    const fate = nowMs < process.awayUntilMs ? 'refused' : nowMs < process.unheardUntilMs ? 'hole' : drawn;
    process.dials += 1;
    this.#watcher.dials?.(process, process.dials);
    const weather = this.#weather.drawLink();
    let isDecided = false;
    const decide = (act: () => void): void => {
      if (isDecided || !process.isAlive) return;
      isDecided = true;
      end();
      act();
    };
    let isUnderWay = true;
    const end = (): void => {
      if (isUnderWay) process.dials -= 1;
      isUnderWay = false;
    };
    const giveUp = (): void => decide(() => sink.closed({ kind: 'destroyed' }));
    const abort = (): void => {
      end();
      this.#clock.schedule(giveUp, 0);
    };
    signal.addEventListener('abort', abort, { once: true });
    if (fate === 'hole') return;
    const wayMs = weather.latencyMs + (fate === 'slow' ? this.#random.integer(500, SLOW_DIAL_MAX_MS) : 0);
    const refuse = (): void => decide(() => sink.closed(REFUSED));
    this.#clock.schedule(() => {
      if (isDecided || !process.isAlive) return;
      const listening = this.#listening;
      if (fate === 'refused' || listening === null || !listening.process.isAlive) {
        this.#clock.schedule(refuse, weather.latencyMs);
        return;
      }
      const link = this.#connect(process, listening, weather);
      // The server has the connection first; the client learns of it one way later, and before any byte of the server.
      this.#clock.schedule(() => {
        if (isDecided || !process.isAlive) return link.client.abandon();
        if (fate === 'straggling') this.#straggle(link);
        decide(() => link.client.open(sink));
      }, weather.latencyMs);
      link.server.open(listening.accept(link.server.info));
    }, wayMs);
  }

  #straggle({ client, server }: SimLink): void {
    client.outgoing.hold(this.#clock.now() + this.#random.integer(1, STRAGGLING_MAX_MS));
    server.outgoing.reset(this.#random.integer(0, STRAGGLING_LOST_MAX_MS), true);
  }

  #connect(client: SimProcess, server: Listening, weather: LinkWeather): SimLink {
    const settings = { clock: this.#clock, random: this.#random, weather, watcher: this.#watcher };
    const link = new SimLink(`l${(this.#linkCount += 1)}`, settings, client, server.process);
    link.client.outgoing.hold(Math.max(client.swallowedUntilMs, server.process.pausedUntilMs));
    link.server.outgoing.hold(client.swallowedUntilMs);
    this.#links.push(link);
    return link;
  }
}

const REFUSED = {
  kind: 'refused',
  by: 'host',
  code: 'ECONNREFUSED',
  message: 'nobody listens here',
} as const;
