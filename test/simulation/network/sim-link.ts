/**
 * One simulated connection: two ends in two processes, two pipes between them, and the ways in which it can break.
 *
 * What a fault does, each end sees on its own, perhaps long after the other one or never: that is what networks are like.
 */
import type { Clock, CloseCause } from '@heartwire/core';
import type { Link, LinkInfo, LinkSink } from '@heartwire/core/transport';
import type { SeededRandom } from '../../support/seeded-random.ts';
import type { SimProcess } from '../world/sim-process.ts';
import { Pipe, type Arrival, type LinkWeather } from './pipe.ts';

/** Told of everything that happens on the wire. */
export interface WireWatcher {
  wrote(end: LinkEnd, bytes: Uint8Array): void;
  arrived(end: LinkEnd, what: Arrival): void;
  closed(end: LinkEnd, cause: CloseCause): void;
  /** A process began to dial; so many of its dials are under way. */
  dials?(process: SimProcess, count: number): void;
}

export interface LinkSettings {
  readonly clock: Clock;
  readonly random: SeededRandom;
  readonly weather: LinkWeather;
  readonly watcher: WireWatcher;
}

export class SimLink {
  readonly name: string;
  readonly client: LinkEnd;
  readonly server: LinkEnd;

  constructor(name: string, settings: LinkSettings, client: SimProcess, server: SimProcess) {
    this.name = name;
    this.client = new LinkEnd(this, 'client', client, settings);
    this.server = new LinkEnd(this, 'server', server, settings);
    this.client.join(this.server, settings);
    this.server.join(this.client, settings);
  }

  get ends(): readonly [LinkEnd, LinkEnd] {
    return [this.client, this.server];
  }

  /** Nobody who is alive has anything to do with it any more. */
  get isOver(): boolean {
    return this.ends.every((end) => end.isClosed || !end.process.isAlive);
  }

  /** Faults are over: what was held flows, and whoever waits for somebody who is gone is told. */
  heal(): void {
    for (const end of this.ends) {
      if (!end.process.isAlive || end.isClosed) end.outgoing.reset(0, false);
      end.outgoing.heal();
    }
  }
}

export class LinkEnd implements Link {
  readonly info: LinkInfo = { transport: 'sim', address: 'sim' };
  readonly link: SimLink;
  readonly role: 'client' | 'server';
  readonly process: SimProcess;
  /** From here to the other end. */
  outgoing!: Pipe;
  isClosed = false;
  readonly #settings: LinkSettings;
  #sink: LinkSink | null = null;
  #hasEnded = false;
  #hasReadEnd = false;
  /** A reset came before the dial had come to its end. */
  #isStillborn = false;

  constructor(link: SimLink, role: 'client' | 'server', process: SimProcess, settings: LinkSettings) {
    this.link = link;
    this.role = role;
    this.process = process;
    this.#settings = settings;
  }

  /** Whether its process takes part in it: it was opened and not closed. */
  get isStanding(): boolean {
    return this.#sink !== null && !this.isClosed && this.process.isAlive;
  }

  /** Whether its process may still write on it. */
  get isWriting(): boolean {
    return this.isStanding && !this.#hasEnded;
  }

  join(other: LinkEnd, { clock, random, weather }: LinkSettings): void {
    this.outgoing = new Pipe(clock, random, weather, {
      arrive: (what) => other.#arrive(what),
      drained: () => this.#drained(),
    });
  }

  open(sink: LinkSink): void {
    this.#sink = sink;
    sink.open(this);
    if (this.#isStillborn) this.close({ kind: 'reset' });
  }

  write(bytes: Uint8Array): boolean {
    if (this.#hasEnded || this.isClosed || !this.process.isAlive) return true;
    this.#settings.watcher.wrote(this, bytes);
    return this.outgoing.write(bytes);
  }

  end(): void {
    if (this.#hasEnded || this.isClosed) return;
    this.#hasEnded = true;
    this.outgoing.end();
    this.#closeIfBothEnded();
  }

  abort(): void {
    if (this.isClosed || !this.process.isAlive) return;
    this.outgoing.reset(1, this.#settings.random.next() < 0.5);
    this.close({ kind: 'destroyed' });
  }

  /** The dial was given up before the connection stood: nobody is told here, and the other end sees a reset. */
  abandon(): void {
    this.outgoing.reset(0, true);
    this.isClosed = true;
  }

  /** This end is over; its process is told in a moment. */
  close(cause: CloseCause): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#settings.watcher.closed(this, cause);
    this.#settings.clock.schedule(() => {
      if (this.process.isAlive) this.#sink?.closed(cause);
    }, 0);
  }

  /** The process has crashed; what the other end sees of it is another matter. */
  die(how: 'reset' | 'fin' | 'silent'): void {
    if (how === 'reset') this.outgoing.reset(1, this.#settings.random.next() < 0.5);
    else if (how === 'fin') this.outgoing.end();
    this.isClosed = true;
  }

  #arrive(what: Arrival): void {
    if (this.isClosed || !this.process.isAlive) return;
    if (this.#sink === null) this.#isStillborn ||= what === 'reset';
    if (this.#sink === null) return;
    this.#settings.watcher.arrived(this, what);
    if (what === 'reset') this.close({ kind: 'reset' });
    else if (what === 'end') this.#endReading();
    else this.#sink.bytes(what);
  }

  #endReading(): void {
    this.#hasReadEnd = true;
    this.#sink!.readEnded();
    this.#closeIfBothEnded();
  }

  #drained(): void {
    if (!this.isClosed && !this.#hasEnded && this.process.isAlive) this.#sink?.drained();
  }

  #closeIfBothEnded(): void {
    if (this.#hasReadEnd && this.#hasEnded) this.close({ kind: 'finished' });
  }
}
