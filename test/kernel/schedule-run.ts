/**
 * One batch of a plan, over the transports, against a peer in a process of its own; and what it broke of promise P9: every byte that the kernel had
 * acknowledged to the peer before the fault is read, in order, before the one `closed` with the right cause.
 */
import { existsSync } from 'node:fs';
import type { CloseCause, Dialer, Listener, Listening } from '@heartwire/core/transport';
import { tcp, tcpServer } from '@heartwire/transport-tcp';
import { ws, wsServer } from '@heartwire/transport-ws';
import { withDeadline } from '../support/with-deadline.ts';
import { block, type PeerProcess } from './peer-process.ts';
import type { Arrival } from './peer-word.ts';
import type { BatchPlan, ConnectionPlan } from './schedule-plan.ts';
import { StreamSink } from './stream-sink.ts';

/** PEM, for `localhost`. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/** One connection and its end. */
export interface Outcome extends Arrival {
  readonly plan: ConnectionPlan;
  readonly bytesRead: number;
  readonly cause: CloseCause['kind'];
}

export interface BatchResult {
  readonly outcomes: readonly Outcome[];
  /** Empty in every good run. */
  readonly violations: readonly string[];
}

const DEADLINE_MS = 15_000;
/** Longer than the guard waits for bytes after a failed write. */
const STALL_MS = 330;

/** `mark` is a file that is not there; the peer makes it. */
export async function runBatch(
  plan: BatchPlan,
  peer: PeerProcess,
  { tls, mark }: { tls: Certificate; mark: string },
): Promise<BatchResult> {
  const stage = new Stage(plan);
  try {
    await stage.open(peer, tls);
    const timers = stage.startOurs();
    await peer.order({ type: 'go', mark });
    if (plan.isHasty) await stage.blockOften(mark);
    else if (plan.busy === 'spells') for (const ms of plan.spellsMs) timers.push(setTimeout(() => block(ms), ms));
    if (plan.busy === 'through' || plan.busy === 'stalled') await stage.blockThrough(peer, mark);
    const { arrivals } = await peer.next('struck');
    await stage.closed();
    timers.forEach(clearTimeout);
    return judge(plan, stage.sinks, arrivals);
  } finally {
    await stage.close();
  }
}

/** Our side of a batch. */
class Stage {
  readonly sinks: StreamSink[] = [];
  readonly #plan: BatchPlan;
  #listening: Listening | undefined;
  #look: () => void = () => {};

  constructor(plan: BatchPlan) {
    this.#plan = plan;
  }

  async open(peer: PeerProcess, tls: Certificate): Promise<void> {
    const batch = { type: 'batch', plan: this.#plan, tls } as const;
    if (this.#plan.dialer === 'peer') {
      this.#listening = await this.#listener(tls).listen(({ address = '' }) => this.#addSink(portOf(address)));
      await peer.order({ ...batch, port: portOf(new URL(this.#listening.address).host) });
    } else {
      await peer.order({ ...batch, port: null });
      const { port } = await peer.next('listening');
      for (const _ of this.#plan.connections) this.#dial(port, tls.cert);
    }
    const { ports } = await peer.next('ready');
    if (this.#plan.isHasty) return;
    await this.#until(
      'everything to be open',
      () => this.sinks.filter(({ link }) => link !== null).length === this.#count,
    );
    // As the plan counts them.
    this.sinks.sort((a, b) => ports.indexOf(a.port) - ports.indexOf(b.port));
  }

  /** What we write and end ourselves, as planned. */
  startOurs(): NodeJS.Timeout[] {
    if (this.#plan.isHasty) return [];
    return this.#plan.connections.flatMap(({ ourWrites, ourEndAtMs }, index) => {
      const { link } = this.sinks[index]!;
      const writes = ourWrites.map(({ bytes, atMs }) => setTimeout(() => link?.write(new Uint8Array(bytes)), atMs));
      return ourEndAtMs === null ? writes : [...writes, setTimeout(() => link?.end(), ourEndAtMs)];
    });
  }

  /** In `setImmediate`, because a stall there is the worst: behind it timers run before sockets are read. */
  blockThrough(peer: PeerProcess, mark: string): Promise<void> {
    const { connections, busy } = this.#plan;
    const isKilled = connections.some(({ fault }) => fault === 'kill');
    return new Promise((done) => {
      setImmediate(() => {
        peer.blockUntilStruck(mark, isKilled);
        for (const [index, { writesBehindFault }] of connections.entries()) {
          if (writesBehindFault) this.sinks[index]!.link?.write(new Uint8Array(10));
        }
        if (busy === 'stalled') block(STALL_MS);
        done();
      });
    });
  }

  /** One round of the loop at a time, until the peer has struck everywhere. */
  async blockOften(mark: string): Promise<void> {
    const untilMs = performance.now() + DEADLINE_MS;
    for (let spell = 0; !existsSync(mark) && performance.now() < untilMs; spell += 1) {
      block(this.#plan.spellsMs[spell % this.#plan.spellsMs.length]!);
      await new Promise((done) => setImmediate(done));
    }
  }

  async closed(): Promise<void> {
    const isClosed = (): boolean => this.sinks.filter(({ cause }) => cause !== null).length === this.#count;
    await this.#until('everything to be closed', isClosed);
    // What wrongly follows `closed` follows at once.
    await new Promise((done) => setImmediate(done));
  }

  async close(): Promise<void> {
    for (const { link, cause } of this.sinks) if (cause === null) link?.abort();
    await this.#listening?.close();
  }

  get #count(): number {
    return this.#plan.connections.length;
  }

  #addSink(port: number): StreamSink {
    const sink = new StreamSink(port, () => this.#look());
    this.sinks.push(sink);
    return sink;
  }

  #dial(port: number, ca: string): void {
    const sink = this.#addSink(0);
    dialerTo(this.#plan, port, ca, (localPort) => {
      sink.port = localPort;
    }).dial(sink, new AbortController().signal);
  }

  #listener({ key, cert }: Certificate): Listener {
    const options = { port: 0, host: '127.0.0.1', ...(this.#plan.isSecure ? { tls: { key, cert } } : {}) };
    return this.#plan.isWeb ? wsServer(options) : tcpServer(options);
  }

  #until(what: string, isSo: () => boolean): Promise<void> {
    const so = new Promise<void>((done) => {
      this.#look = () => {
        if (isSo()) done();
      };
      this.#look();
    });
    return withDeadline(DEADLINE_MS, so, what);
  }
}

function dialerTo({ isWeb, isSecure }: BatchPlan, port: number, ca: string, tell: (localPort: number) => void): Dialer {
  const tls = { ca, servername: 'localhost' };
  const tuneSocket = ({ localPort }: { localPort?: number }): void => tell(localPort ?? 0);
  if (isWeb) return ws(`${isSecure ? 'wss' : 'ws'}://127.0.0.1:${port}/`, { tuneSocket, ...(isSecure ? { tls } : {}) });
  return tcp({ host: '127.0.0.1', port, tuneSocket, ...(isSecure ? { tls } : {}) });
}

function judge(batch: BatchPlan, sinks: readonly StreamSink[], arrivals: readonly Arrival[]): BatchResult {
  const violations: string[] = [];
  const outcomes = arrivals.map((arrival): Outcome => {
    const plan = batch.connections[arrival.index] as ConnectionPlan;
    const sink = sinks.find((each) => each.isOf(arrival.port));
    const complain = (what: string): void => {
      violations.push(`seed ${batch.seed}, connection ${arrival.index} (${describe(batch)}, ${plan.fault}): ${what}`);
    };
    const { bytesRead = 0, cause = null, faults = ['nobody heard of it'] } = sink ?? {};
    for (const fault of faults) complain(fault);
    if (arrival.arrivedBytes < 0) complain('the kernel does not know it');
    if (bytesRead < arrival.arrivedBytes) complain(`${arrival.arrivedBytes} bytes had arrived, ${bytesRead} were read`);
    if (bytesRead > arrival.writtenBytes)
      complain(`${arrival.writtenBytes} bytes were written, ${bytesRead} were read`);
    const kind = cause?.kind ?? 'lost';
    if (!causesOf(plan).includes(kind)) complain(`its cause was ${kind} ${JSON.stringify(cause?.evidence)}`);
    return { ...arrival, plan, bytesRead, cause: kind };
  });
  return { outcomes, violations };
}

/**
 * Once our own direction has ended, Node 20 and 22 do not tell a reset behind unread data from an end (hidden-reset.ts). And close(2) and the end
 * of a process are a FIN, or a reset when something of ours was unread, or when we write behind the FIN.
 */
function causesOf({ fault, ourEndAtMs }: ConnectionPlan): readonly CloseCause['kind'][] {
  if (fault === 'fin') return ['finished'];
  return fault === 'rst' && ourEndAtMs === null ? ['reset'] : ['reset', 'finished'];
}

export function describe({ isWeb, isSecure, isHasty, dialer, busy }: BatchPlan): string {
  const transport = isWeb ? (isSecure ? 'wss' : 'ws') : isSecure ? 'tls' : 'tcp';
  return `${transport}, ${dialer === 'us' ? 'dialed' : isHasty ? 'accepted late' : 'accepted'}, busy: ${busy}`;
}

function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(':') + 1));
}
