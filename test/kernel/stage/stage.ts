/**
 * Where a situation happens: an observer, a peer, and the moment of the fault.
 *
 * The observer's process is used for many situations, each with a session of its own name. The peer's is used until a situation stops or kills it.
 */
import type { ObserverCommand, PeerCommand, Report, SpokenHeartbeat, TransportName } from '../programs/word.ts';
import { certificate } from '../../support/tls/localhost.ts';
import type { Network } from '../network/network.ts';
import { nowAt } from '../programs/narrate.ts';
import { untilConnections } from './kernel-connections.ts';
import type { Program } from './program.ts';

export type Observer = Program<ObserverCommand>;
export type Peer = Program<PeerCommand>;

const DEADLINE_MS = 10_000;
const DIALS_MAX = 3;

const KNOCK_MS = 10;

type ConnectCommand = Extract<ObserverCommand, { do: 'connect' }>;

export interface StageOptions {
  readonly transport: TransportName;
  readonly observer: Observer;
  readonly peer: Peer;
  /** Where the peer listens. */
  readonly address: string;
  /** The name of the session. */
  readonly id: string;
  readonly heartbeat: SpokenHeartbeat;
  /** What is between the two, where it is not loopback. */
  readonly network?: Network | undefined;
}

export class Stage {
  readonly transport: TransportName;
  readonly observer: Observer;
  readonly peer: Peer;
  readonly address: string;
  readonly id: string;
  readonly #heartbeat: SpokenHeartbeat;
  readonly #network: Network | undefined;
  /** When the fault happened, in wall-clock epoch milliseconds. */
  markedAt = 0;

  constructor({ transport, observer, peer, address, id, heartbeat, network }: StageOptions) {
    this.transport = transport;
    this.observer = observer;
    this.peer = peer;
    this.address = address;
    this.id = id;
    this.#heartbeat = heartbeat;
    this.#network = network;
  }

  /** The network between the two. Throws on loopback. */
  get network(): Network {
    if (this.#network === undefined) throw new Error('this situation needs a network');
    return this.#network;
  }

  /** The fault happens now. */
  mark(): void {
    this.markedAt = nowAt();
  }

  /** Dial, and wait for nothing. */
  async dial(options: Partial<ConnectCommand> = {}): Promise<void> {
    const { transport, address, id } = this;
    const ca = certificate.toString();
    await this.observer.tell({ do: 'connect', id, transport, address, ca, heartbeat: this.#heartbeat, ...options });
  }

  /** Dial, and wait until the connection has shown that it works, and is idle again. */
  async open(options: Partial<ConnectCommand> = {}): Promise<void> {
    await this.dial(options);
    for (let dials = 1; this.#network !== undefined && dials < DIALS_MAX && !(await this.#hasOpened()); dials += 1) {
      this.#forget();
      await this.dial(options);
    }
    await this.peer.until('the peer to be open', isConnection('open'));
    await this.peer.tell({ do: 'settle' });
  }

  /** Whether the dial led to a connection. Packets may be lost in a network that was mended just before. */
  async #hasOpened(): Promise<boolean> {
    const isOpen = isConnection('open', this.id);
    const isOver = isSaying('session-closed', this.id);
    const isEither = (report: Report): report is Report => isOpen(report) || isOver(report);
    return isOpen(await this.observer.until('the dial to end', isEither));
  }

  /** A dial in vain is no part of the situation. */
  #forget(): void {
    const { reports } = this.observer;
    const others = reports.filter((report) => !('id' in report) || report.id !== this.id);
    reports.splice(0, reports.length, ...others);
  }

  /**
   * What happens while the observer's event loop stands still; the mark is where it goes on. When it goes on, everything has long arrived. `send` is sent in the very
   * turn that stood still, before anything is read.
   */
  async whileFrozen(happen: () => Promise<void>, send?: { count: number; bytes: number }): Promise<void> {
    const { observer, id } = this;
    observer.throwIn({ do: 'freeze', id, ...(send === undefined ? {} : { send }) });
    await observer.until('it to freeze', isSaying('frozen', id));
    await happen();
    this.mark();
    // One that came before the process had stopped itself would be lost.
    const knock = setInterval(() => observer.signal('SIGCONT'), KNOCK_MS);
    try {
      await observer.until('it to go on', isSaying('thawed', id));
    } finally {
      clearInterval(knock);
    }
  }

  /** Wait until the peer has handled so many messages. */
  async peerHandled(count: number): Promise<void> {
    await this.peer.until(
      `${count} messages of the observer`,
      (report): report is Extract<Report, { say: 'handled' }> => report.say === 'handled' && report.count >= count,
    );
  }

  /** Wait until the observer is told of such an event. */
  async observerHears(type: string): Promise<void> {
    const isIt = (report: Report): report is Extract<Report, { say: 'event' }> =>
      report.say === 'event' && report.id === this.id && report.type === type;
    await this.observer.until(`the event ${type}`, isIt);
  }

  /** Wait until the observer's event loop has gone round, twice: what was due has been done then. */
  async observerCaughtUp(): Promise<void> {
    for (let round = 0; round < 2; round += 1) await this.observer.tell({ do: 'busy', ms: 0 });
  }

  /** Wait until the observer has handled so many messages. */
  async handled(count: number): Promise<void> {
    await this.observer.until(
      `${count} messages`,
      (report): report is Extract<Report, { say: 'handled' }> =>
        report.say === 'handled' && report.id === this.id && report.count >= count,
    );
  }

  /** Wait until no packet is under way: the kernels of both sides have given away and been confirmed all that they had. */
  async quiet(): Promise<void> {
    const signal = AbortSignal.timeout(DEADLINE_MS);
    for (const { pid } of [this.observer, this.peer]) {
      await untilConnections(
        pid,
        (all) => all.every(({ unreadBytes, unacknowledgedBytes }) => unreadBytes + unacknowledgedBytes === 0),
        signal,
      );
    }
  }

  /** Wait until the kernel of one side has sent something so many times again in vain. */
  async retransmits(side: 'observer' | 'peer', count: number): Promise<void> {
    const signal = AbortSignal.timeout(DEADLINE_MS);
    await untilConnections(this[side].pid, (all) => all.some(({ retransmits }) => retransmits >= count), signal);
  }
}

export function isConnection(
  phase: string,
  id?: string,
): (report: Report) => report is Extract<Report, { say: 'connection' }> {
  return (report): report is Extract<Report, { say: 'connection' }> =>
    report.say === 'connection' && report.state.phase === phase && (id === undefined || report.id === id);
}

export function isSaying<S extends 'frozen' | 'thawed' | 'session-closed'>(
  say: S,
  id: string,
): (report: Report) => report is Extract<Report, { say: S }> {
  return (report): report is Extract<Report, { say: S }> => report.say === say && 'id' in report && report.id === id;
}
