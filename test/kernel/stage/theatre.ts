/** Runs situations one after the other: gives each its stage, lets it happen, watches, and returns what both sides saw. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ObserverCommand, PeerCommand, Report, TransportName } from '../programs/word.ts';
import { certificate, key } from '../../support/tls/localhost.ts';
import { nowAt } from '../programs/narrate.ts';
import { observationOf, type Observation } from './observation.ts';
import { startProgram } from './program.ts';
import type { Situation } from './situation.ts';
import { isConnection, Stage, type Observer, type Peer } from './stage.ts';

const WATCH_MS = 2_000;
/** How long the other side may take to see the end, too. Only waited out where it never does. */
const SETTLE_MS = 1_000;

/** How to start the two programs: runtime, namespace, file. */
export interface TheatreOptions {
  readonly observer: readonly string[];
  readonly peer: readonly string[];
  /** The address of the machine that the peer is on. */
  readonly host: string;
}

/** What a situation looked like. */
export interface Performance {
  readonly observer: Observation;
  readonly peer: Observation | null;
  /** What the heartbeat of a second connection said, and when after the mark; null where none ran. */
  readonly heartbeat: { readonly status: string; readonly afterMs: number } | null;
}

export class Theatre {
  readonly #options: TheatreOptions;
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'heartwire-kernel-'));
  #observer: Observer | undefined;
  #count = 0;

  constructor(options: TheatreOptions) {
    this.#options = options;
  }

  /** Let a situation happen over a transport. */
  async perform(situation: Situation, transport: TransportName): Promise<Performance> {
    const plain = await this.#run(situation, transport, false);
    if (situation.heartbeat === undefined) return { ...plain, heartbeat: null };
    const { heartbeat } = await this.#run(situation, transport, true);
    return { ...plain, heartbeat };
  }

  async close(): Promise<void> {
    await this.#observer?.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #run(situation: Situation, transport: TransportName, beats: boolean): Promise<Performance> {
    const observer = await this.#useObserver();
    const peer = await startProgram<PeerCommand>(this.#options.peer);
    this.#count += 1;
    const id = `${situation.name}-${this.#count}`;
    const heartbeat = beats ? situation.heartbeat! : false;
    try {
      const address = await this.#listen(peer, transport, heartbeat);
      const stage = new Stage({ transport, observer, peer, address, id, heartbeat });
      await situation.happen(stage);
      return await this.#watch(situation, stage, beats);
    } finally {
      await peer.close();
      observer.throwIn({ do: 'destroy', id });
      await observer.until('the session to close', isSessionClosed(id));
      observer.reports.length = 0;
    }
  }

  async #useObserver(): Promise<Observer> {
    this.#observer ??= await startProgram<ObserverCommand>(this.#options.observer);
    return this.#observer;
  }

  async #listen(peer: Peer, transport: TransportName, heartbeat: Situation['heartbeat'] | false): Promise<string> {
    const socketFile = path.join(this.#folder, `${this.#count}.sock`);
    const { host } = this.#options;
    const tls = { cert: certificate.toString(), key: key.toString() };
    await peer.tell({ do: 'listen', transport, host, path: socketFile, tls, heartbeat: heartbeat ?? false });
    const listening = await peer.until(
      'the peer to listen',
      (report): report is Extract<Report, { say: 'listening' }> => report.say === 'listening',
    );
    return listening.address;
  }

  async #watch(situation: Situation, stage: Stage, beats: boolean): Promise<Performance> {
    const { observer, peer, id, markedAt } = stage;
    const watchMs = Math.max(1, markedAt + (situation.watchMs ?? WATCH_MS) - nowAt());
    const isOver = beats
      ? observer.until('a verdict', isDead(id), watchMs)
      : observer.until('the end', isConnection('closed', id), watchMs);
    // That nothing comes is an answer, too.
    await isOver.catch(ignore);
    if (peer.isAlive) await peer.until('its end', isConnection('closed'), SETTLE_MS).catch(ignore);
    const dead = observer.reports.find(isDead(id));
    return {
      observer: observationOf(observer.reports, id, markedAt),
      peer: observationOf(peer.reports, 'peer-1', markedAt),
      heartbeat: dead === undefined ? null : { status: dead.status, afterMs: dead.at - markedAt },
    };
  }
}

function isSessionClosed(id: string): (report: Report) => report is Extract<Report, { say: 'session-closed' }> {
  return (report): report is Extract<Report, { say: 'session-closed' }> =>
    report.say === 'session-closed' && report.id === id;
}

function isDead(id: string): (report: Report) => report is Extract<Report, { say: 'liveness' }> {
  return (report): report is Extract<Report, { say: 'liveness' }> =>
    report.say === 'liveness' && report.id === id && report.status === 'dead';
}

function ignore(): void {}
