/** One end of a connection, in a process of its own: it does what it is told, and tells every verdict on the other end. Its argument: {@link EndOptions} as JSON. */
import { connect, serve, type AnySession, type CommonOptions } from '@heartwire/core';
import { tcp, tcpServer } from '@heartwire/transport-tcp';
import { ws, wsServer } from '@heartwire/transport-ws';
import { Arrivals } from '../../delivery/arrivals.ts';
import { machineNowMs, type EndOptions, type Order, type Word } from './end-word.ts';

/** What the codec adds to the bytes. */
const HEADER_BYTES = 1024;
const NOTES_MAX = 100_000;
const RTO_FLOOR_MS = 200;

const options = JSON.parse(process.argv[2]!) as EndOptions;
const pingsMs: number[] = [];
const outcomes: Record<string, number> = {};
const largeBytes: number[] = [];
const arrivals = new Arrivals(NOTES_MAX);
const fates: Promise<void>[] = [];
let sent = 0;
const over = new AbortController();
let talking: NodeJS.Timeout | undefined;
let pinging: Promise<void> | undefined;

process.on('disconnect', () => process.exit());
if (options.dial === null) await listen();
else
  watch(
    connect((options.transport === 'ws' ? ws : tcp)(options.dial), {
      ...common(),
      reconnect: { initial: 100, max: 500 },
    }),
  );

async function listen(): Promise<void> {
  const { transport, port, host } = options;
  const listener = (transport === 'ws' ? wsServer : tcpServer)({ port, host });
  const server = await serve(listener, { ...common(), session: watch });
  say({ say: 'listening', address: server.addresses[0]! });
}

function common(): CommonOptions {
  const max = options.messageMaxBytes + HEADER_BYTES;
  return {
    heartbeat: options.heartbeat,
    limits: { messageMaxBytes: max, windowBytes: max, outboxMaxBytes: max },
  };
}

function watch(session: AnySession): void {
  session.handle('note', (number: number) => arrivals.add(number));
  session.handle('file', (data: Uint8Array) => void largeBytes.push(data.length));
  let verdict = '';
  session.liveness$.subscribe(({ status, loopLag, srtt, rttvar }) => {
    const rto0Ms = Math.max(RTO_FLOOR_MS, (srtt ?? 0) + 4 * (rttvar ?? 0));
    if (status !== verdict) say({ say: 'verdict', status, atMs: machineNowMs(), loopLagMs: loopLag, rto0Ms });
    verdict = status;
  });
  session.state$.subscribe((state) => {
    const cause = 'cause' in state ? causeText(state.cause) : null;
    const loopLagMs = ('cause' in state ? state.cause.evidence?.loopLag : undefined) ?? 0;
    say({ say: 'state', status: state.status, cause, atMs: machineNowMs(), loopLagMs });
  });
  process.on('message', (order: Order) => obey(session, order));
}

function obey(session: AnySession, order: Order): void {
  if (order.do === 'send') void send(session, order.bytes);
  if (order.do === 'ping') pinging = ping(session, order.pauseMs);
  if (order.do === 'talk') talking = setInterval(() => talk(session), order.everyMs);
  if (order.do === 'hush') void hush();
  if (order.do === 'tell') tell();
}

async function send(session: AnySession, bytes: number): Promise<void> {
  const startedAtMs = machineNowMs();
  const outcome = await session.send('file', new Uint8Array(bytes).fill(7)).then(({ stage }) => stage, String);
  say({ say: 'sent', outcome, tookMs: machineNowMs() - startedAtMs });
}

async function ping(session: AnySession, pauseMs: number): Promise<void> {
  while (!over.signal.aborted) {
    const startedAtMs = machineNowMs();
    await session.ping();
    pingsMs.push(machineNowMs() - startedAtMs);
    await new Promise((done) => setTimeout(done, pauseMs));
  }
}

function talk(session: AnySession): void {
  const fate = session.send('note', sent).then(({ stage }) => stage, String);
  sent += 1;
  fates.push(
    fate.then((outcome) => {
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    }),
  );
}

async function hush(): Promise<void> {
  over.abort();
  clearInterval(talking);
  await Promise.all([pinging, ...fates]);
  say({ say: 'hushed' });
}

function tell(): void {
  const { count: arrived, duplicated, reordered } = arrivals;
  say({ say: 'told', report: { pingsMs, sent, outcomes, arrived, duplicated, reordered, largeBytes } });
}

function causeText(cause: { readonly kind: string; readonly of?: string }): string {
  return cause.of === undefined ? cause.kind : `${cause.kind} of ${cause.of}`;
}

function say(word: Word): void {
  process.send!(word);
}
