/**
 * Dials in vain, many at once, to each place of namespace-of-holes.ts, over each transport, bare and as sessions; and what is left of them afterwards. Run
 * inside the namespace, with --expose-gc. Argument: how many dials of each kind. Prints one line of JSON, a {@link DialReport}.
 */
import { getEventListeners, setMaxListeners } from 'node:events';
import { readdirSync } from 'node:fs';
import { connect } from '@heartwire/core';
import type { CloseCause, Dialer, LinkSink } from '@heartwire/core/transport';
import { tcp } from '@heartwire/transport-tcp';
import { ws } from '@heartwire/transport-ws';
import { PLACES } from './namespace-of-holes.ts';

export type Place = keyof typeof PLACES;

/** How the dials of one kind ended. */
export interface DialFindings {
  readonly transport: 'tcp' | 'ws';
  readonly place: Place;
  readonly form: 'bare' | 'session';
  /** How often each end came: the cause's kind, and its code or what timed out. */
  readonly ends: Readonly<Record<string, number>>;
  readonly shortestMs: number;
  readonly longestMs: number;
  /** Listeners that are still on the signals that were given to the dials. */
  readonly listeners: number;
}

/** What a process has that a dial might leave behind. */
export interface Possessions {
  /** The kinds of everything that keeps the loop alive, sorted. */
  readonly resources: readonly string[];
  readonly handles: number;
  readonly files: number;
  /** After a collection. */
  readonly heapBytes: number;
}

export interface DialReport {
  readonly findings: readonly DialFindings[];
  /** After a smaller round. */
  readonly before: Possessions;
  readonly after: Possessions;
}

/** How long a dial into the hole may take. */
const DIAL_TIMEOUT_MS = 1000;

/** Enough for everything to be compiled and cached that grows with use and then no more. */
const WARM_UP = 300;
const count = Number(process.argv[2] ?? '1000');
await dialEverything(WARM_UP);
const before = await possessions();
const findings = await dialEverything(count);
const after = await possessions();
console.log(JSON.stringify({ findings, before, after } satisfies DialReport));

async function dialEverything(dials: number): Promise<DialFindings[]> {
  const found: DialFindings[] = [];
  for (const transport of ['tcp', 'ws'] as const) {
    for (const place of Object.keys(PLACES) as Place[]) {
      for (const form of ['bare', 'session'] as const) found.push(await dialMany({ transport, place, form }, dials));
    }
  }
  return found;
}

async function dialMany(
  kind: Pick<DialFindings, 'transport' | 'place' | 'form'>,
  dials: number,
): Promise<DialFindings> {
  // One dialer makes them all, and one signal is given to them all, so that what each leaves there adds up.
  const dialer = kind.transport === 'ws' ? ws(`ws://${PLACES[kind.place]}/`) : tcp(PLACES[kind.place]);
  const giveUp = new AbortController();
  setMaxListeners(0, giveUp.signal);
  const ends: Record<string, number> = {};
  const tookMs: number[] = [];
  const dialOne = async (): Promise<void> => {
    const startedAtMs = performance.now();
    const cause = await (kind.form === 'bare'
      ? dialBare(dialer, giveUp.signal)
      : dialSession(dialer, giveUp.signal, kind.place));
    tookMs.push(performance.now() - startedAtMs);
    const end = nameOf(cause);
    ends[end] = (ends[end] ?? 0) + 1;
  };
  const all = Promise.all(Array.from({ length: dials }, dialOne));
  // The others end by themselves.
  if (kind.form === 'bare' && kind.place === 'silent') setTimeout(() => giveUp.abort(), DIAL_TIMEOUT_MS);
  await all;
  const listeners = getEventListeners(giveUp.signal, 'abort').length;
  return { ...kind, ends, shortestMs: Math.min(...tookMs), longestMs: Math.max(...tookMs), listeners };
}

function dialBare(dialer: Dialer, signal: AbortSignal): Promise<CloseCause> {
  return new Promise((done) => {
    let isClosed = false;
    const sink: LinkSink = {
      open: (link) => link.abort(),
      bytes() {},
      drained() {},
      readEnded() {},
      closed: (cause) => {
        if (isClosed) throw new Error('closed twice');
        isClosed = true;
        done(cause);
      },
    };
    dialer.dial(sink, signal);
  });
}

function dialSession(dialer: Dialer, signal: AbortSignal, place: Place): Promise<CloseCause> {
  // Where an answer comes, no time of ours is to be in its way.
  const dialTimeout = place === 'silent' ? DIAL_TIMEOUT_MS : 60_000;
  return connect(dialer, { reconnect: false, limits: { dialTimeout }, signal }).closed;
}

function nameOf(cause: CloseCause): string {
  if (cause.kind === 'timeout') return `timeout ${cause.of}`;
  return 'code' in cause ? `${cause.kind} ${cause.code}` : cause.kind;
}

async function possessions(): Promise<Possessions> {
  // What a turn leaves for the next, finalizers included.
  for (let turn = 0; turn < 5; turn += 1) {
    await new Promise((done) => setTimeout(done, 20));
    (globalThis as { gc?: () => void }).gc?.();
  }
  const handles = (process as unknown as { _getActiveHandles(): unknown[] })._getActiveHandles().length;
  return {
    resources: process.getActiveResourcesInfo().sort(),
    handles,
    files: readdirSync('/proc/self/fd').length,
    heapBytes: process.memoryUsage().heapUsed,
  };
}
