/**
 * The experiment, for any Node: the peer sends 100 KiB and resets the connection while our loop is busy for 120 ms; then we write, which fails. How
 * much of what had arrived is read? Asked of the transports and of Node's own sockets.
 *
 * Arguments: the bundle of raw-peer.ts, the files of the key and the certificate. Prints one line of JSON, an array of {@link Finding}.
 */
import { rmSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect as connectTls } from 'node:tls';
import { tcp } from '@heartwire/transport-tcp';
import { ws } from '@heartwire/transport-ws';
import { PeerProcess } from './peer-process.ts';
import type { BatchPlan } from './schedule-plan.ts';
import { StreamSink } from './stream-sink.ts';

/** What came of one subject's runs. */
export interface Finding {
  readonly subject: Subject;
  /** Bytes read in each run. */
  readonly bytesRead: readonly number[];
  /** Bytes that had arrived in each run, by the word of the peer's kernel. */
  readonly bytesArrived: readonly number[];
  /** How each run ended, and what was wrong besides. */
  readonly ends: readonly string[];
}

const SUBJECTS = ['tcp', 'tls', 'ws', 'wss', 'stock tcp', 'stock tls'] as const;
export type Subject = (typeof SUBJECTS)[number];

const RUNS = 15;
const SENT_BYTES = 100 * 1024;
const BUSY_MS = 120;

/** A socket that is dialed, whatever it is. */
interface Dialed {
  write(): void;
  readonly closed: Promise<{ bytesRead: number; end: string }>;
}

const [bundle = '', keyFile = '', certFile = ''] = process.argv.slice(2);
const key = readFileSync(keyFile, 'utf8');
const cert = readFileSync(certFile, 'utf8');
const mark = path.join(tmpdir(), `heartwire-unread-${process.pid}`);
const peer = new PeerProcess(bundle);
const findings: Finding[] = [];
for (const subject of SUBJECTS) findings.push(await tryOut(subject));
await peer.end();
console.log(JSON.stringify(findings));

async function tryOut(subject: Subject): Promise<Finding> {
  const bytesRead: number[] = [];
  const bytesArrived: number[] = [];
  const ends: string[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const { arrived, read, end } = await once(subject);
    bytesArrived.push(arrived);
    bytesRead.push(read);
    ends.push(end);
  }
  return { subject, bytesRead, bytesArrived, ends };
}

async function once(subject: Subject): Promise<{ arrived: number; read: number; end: string }> {
  await peer.order({ type: 'batch', plan: planFor(subject), port: null, tls: { key, cert } });
  const { port } = await peer.next('listening');
  const dialed = subject.startsWith('stock') ? dialStock(subject, port) : dial(subject, port);
  await peer.next('ready');
  const { write, closed } = await dialed;
  rmSync(mark, { force: true });
  await peer.order({ type: 'go', mark });
  peer.blockUntilStruck(mark, false, BUSY_MS);
  write();
  const { bytesRead, end } = await closed;
  const { arrivals } = await peer.next('struck');
  rmSync(mark, { force: true });
  return { arrived: arrivals[0]?.arrivedBytes ?? -1, read: bytesRead, end };
}

function planFor(subject: Subject): BatchPlan {
  return {
    seed: 0,
    isSecure: subject.endsWith('tls') || subject === 'wss',
    isWeb: subject.startsWith('ws'),
    dialer: 'us',
    isHasty: false,
    busy: 'through',
    spellsMs: [],
    settleMs: 0,
    ackWaitMs: 5000,
    connections: [
      {
        writes: [{ bytes: SENT_BYTES, pauseMs: 0 }],
        fault: 'rst',
        isDeaf: false,
        ourWrites: [],
        ourEndAtMs: null,
        writesBehindFault: true,
      },
    ],
  };
}

function dial(subject: Subject, port: number): Promise<Dialed> {
  return new Promise((opened) => {
    let close: (closed: { bytesRead: number; end: string }) => void;
    const closed = new Promise<{ bytesRead: number; end: string }>((done) => {
      close = done;
    });
    const sink = new StreamSink(0, () => {
      const { link, cause, bytesRead, faults } = sink;
      if (cause !== null) close({ bytesRead, end: [cause.kind, ...faults].join(', ') });
      else if (link !== null) opened({ write: () => void link.write(new Uint8Array(10)), closed });
    });
    const tuneSocket = ({ localPort }: { localPort?: number }): void => {
      sink.port = localPort ?? 0;
    };
    const tls = { ca: cert, servername: 'localhost' };
    const dialer = {
      tcp: () => tcp({ host: '127.0.0.1', port, tuneSocket }),
      tls: () => tcp({ host: '127.0.0.1', port, tuneSocket, tls }),
      ws: () => ws(`ws://127.0.0.1:${port}/`, { tuneSocket }),
      wss: () => ws(`wss://127.0.0.1:${port}/`, { tuneSocket, tls }),
    }[subject as 'tcp' | 'tls' | 'ws' | 'wss'];
    dialer().dial(sink, new AbortController().signal);
  });
}

/** As a program would use it that asks nothing special of Node. */
function dialStock(subject: Subject, port: number): Promise<Dialed> {
  return new Promise((opened) => {
    const where = { host: '127.0.0.1', port };
    const isSecure = subject === 'stock tls';
    const socket = isSecure ? connectTls({ ...where, ca: cert, servername: 'localhost' }) : connect(where);
    let bytesRead = 0;
    let failure = 'no error';
    socket.on('data', (chunk: Buffer) => (bytesRead += chunk.length));
    socket.on('error', (error: NodeJS.ErrnoException) => (failure = `${error.code} ${error.syscall}`));
    const closed = new Promise<{ bytesRead: number; end: string }>((done) => {
      socket.on('close', () => done({ bytesRead, end: failure }));
    });
    socket.on(isSecure ? 'secureConnect' : 'connect', () => opened({ write: () => void socket.write('x'), closed }));
  });
}
