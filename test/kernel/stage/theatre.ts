/** Runs situations one after the other: gives each its stage, lets it happen, watches, and returns what both sides saw. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ObserverCommand, PeerCommand, Report, TransportName } from '../programs/word.ts';
import { certificate, key } from '../../support/tls/localhost.ts';
import type { Network } from '../network/network.ts';
import { nowAt } from '../programs/narrate.ts';
import { nameOfCause, observationOf, type Observation } from './observation.ts';
import { startProgram } from './program.ts';
import type { Situation } from './situation.ts';
import { isConnection, isSaying, Stage, type Observer, type Peer } from './stage.ts';

const WATCH_MS = 2_000;
/** How long the other side may take to see the end, too. Only waited out where it never does. */
const SETTLE_MS = 1_000;
/** The same where it had no connection, or this side saw no end. */
const MOMENT_MS = 50;

/** How to start the two programs: runtime, namespace, file. */
export interface TheatreOptions {
  readonly observer: readonly string[];
  readonly peer: readonly string[];
  /** The address of the machine that the peer is on. */
  readonly host: string;
  /** What is between the two machines; each situation finds it whole. */
  readonly network?: Network;
}

/** What a situation looked like. */
export interface Performance {
  readonly observer: Observation;
  readonly peer: Observation | null;
  /**
   * What a heartbeat of a second connection led to, and when after the mark: `dead`, its verdict, or the cause of the end if it made the kernel
   * speak first. Null where none ran, and when it led to nothing.
   */
  readonly heartbeat: { readonly status: string; readonly afterMs: number } | null;
}

export class Theatre {
  readonly #options: TheatreOptions;
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'heartwire-kernel-'));
  #observer: Observer | undefined;
  #peer: Peer | undefined;
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
    await Promise.all([this.#observer?.close(), this.#peer?.close()]);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #run(situation: Situation, transport: TransportName, beats: boolean): Promise<Performance> {
    const { network } = this.#options;
    await network?.restore();
    const [observer, peer] = await Promise.all([this.#useObserver(situation), this.#usePeer(situation)]);
    this.#count += 1;
    const id = `${situation.name}-${this.#count}`;
    const heartbeat = beats ? situation.heartbeat! : false;
    try {
      const address = await this.#listen(peer, transport, heartbeat, situation.listen);
      const stage = new Stage({ transport, observer, peer, address, id, heartbeat, network });
      await situation.happen(stage);
      return await this.#watch(situation, stage, beats);
    } catch (error) {
      // Whatever they are at, it is not what the next situation begins with.
      await Promise.all([observer.close(), peer.close()]);
      throw error;
    } finally {
      await this.#clear(observer, peer, id, situation);
    }
  }

  /** What is left of a situation must not reach the next one. */
  async #clear(observer: Observer, peer: Peer, id: string, { files }: Situation): Promise<void> {
    if (files?.peer !== undefined || peer.isStopped) await peer.close();
    // One that ends by itself may do so right now.
    else if (peer.isAlive) await peer.tell({ do: 'leave' }).catch(() => peer.close());
    peer.reports.length = 0;
    if (files?.observer !== undefined) await observer.close();
    if (!observer.isAlive) return;
    observer.throwIn({ do: 'destroy', id });
    await observer.until('the session to close', isSaying('session-closed', id));
    observer.reports.length = 0;
  }

  async #useObserver({ files }: Situation): Promise<Observer> {
    if (files?.observer !== undefined) return startProgram(this.#options.observer, files.observer);
    if (this.#observer?.isAlive !== true) this.#observer = await startProgram<ObserverCommand>(this.#options.observer);
    return this.#observer;
  }

  async #usePeer({ files }: Situation): Promise<Peer> {
    if (files?.peer !== undefined) return startProgram(this.#options.peer, files.peer);
    if (this.#peer?.isAlive !== true) this.#peer = await startProgram<PeerCommand>(this.#options.peer);
    return this.#peer;
  }

  async #listen(
    peer: Peer,
    transport: TransportName,
    heartbeat: Situation['heartbeat'] | false,
    more: Situation['listen'],
  ): Promise<string> {
    const socketFile = path.join(this.#folder, `${this.#count}.sock`);
    const { host } = this.#options;
    const tls = { cert: certificate.toString(), key: key.toString() };
    const usual = { do: 'listen', transport, host, path: socketFile, tls, heartbeat: heartbeat ?? false } as const;
    await peer.tell({ ...usual, ...more, tls: { ...tls, ...more?.tls } });
    const listening = await peer.until(
      'the peer to listen',
      (report): report is Extract<Report, { say: 'listening' }> => report.say === 'listening',
    );
    return listening.address;
  }

  async #watch(situation: Situation, stage: Stage, beats: boolean): Promise<Performance> {
    const { observer, peer, id, markedAt } = stage;
    const watchMs = Math.max(1, markedAt + (situation.watchMs ?? WATCH_MS) - nowAt());
    const isOver = observer.until('the end', beats ? isVerdict(id) : isConnection('closed', id), watchMs);
    // That nothing comes is an answer, too.
    await isOver.catch(ignore);
    if (peer.isAlive)
      await peer.until('its end', isConnection('closed'), peerWatchMs(situation, stage, beats)).catch(ignore);
    return {
      observer: observationOf(observer.reports, id, markedAt),
      peer: observationOf(peer.reports, 'peer-1', markedAt),
      heartbeat: verdictOf(observer.reports, id, markedAt),
    };
  }
}

/** How long the peer may take to see its end: as long as the situation says; else long, if there is one to see, and a moment, if not. */
function peerWatchMs(situation: Situation, { peer, observer, id, markedAt }: Stage, beats: boolean): number {
  const isOver = observer.reports.some(isConnection('closed', id));
  const settleMs = isOver && peer.reports.some(isConnection('open')) ? SETTLE_MS : MOMENT_MS;
  if (beats || situation.peerWatchMs === undefined) return settleMs;
  return Math.max(settleMs, markedAt + situation.peerWatchMs - nowAt());
}

type Verdict = Extract<Report, { say: 'liveness' | 'connection' }>;

/** The heartbeat says dead, or the connection is at its end before. */
function isVerdict(id: string): (report: Report) => report is Verdict {
  const isClosed = isConnection('closed', id);
  return (report): report is Verdict =>
    isClosed(report) || (report.say === 'liveness' && report.id === id && report.status === 'dead');
}

function verdictOf(reports: readonly Report[], id: string, markedAt: number): Performance['heartbeat'] {
  const verdict = reports.find(isVerdict(id));
  if (verdict === undefined) return null;
  const afterMs = verdict.at - markedAt;
  if (verdict.say === 'liveness') return { status: verdict.status, afterMs };
  return { status: nameOfCause(verdict.state.cause!), afterMs };
}

function ignore(): void {}
