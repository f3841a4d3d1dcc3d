// What runs in a page that is hidden, frozen or blocked: one session that writes down what it sees, workers that have one of their own, and a chain of timers that shows how late they come.
import { connect, type ConnectOptions, type Session } from '@heartwire/core';
import { ws } from '@heartwire/transport-ws';

/** What the page saw. */
export interface PageReport {
  /** Every verdict on the server, each once for as long as it lasted; the first is *unknown*. */
  readonly verdicts: readonly string[];
  /** Types of the session's events, and the states that it had. */
  readonly events: readonly string[];
  readonly states: readonly string[];
  /** Numbers from the server, in the order in which they were handled. */
  readonly down: readonly number[];
  /** How the page's own numbers ended. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Of a chain of timers of 100 ms, each set by the one before: how many went off, and the longest wait. */
  readonly chained: { readonly count: number; readonly longestMs: number };
  readonly visibility: string;
}

/** What Node calls. */
export interface LifeApi {
  open(address: string, heartbeat: ConnectOptions['heartbeat']): Promise<void>;
  /** Sends that many numbers; their outcomes stand in the report. */
  say(count: number): void;
  /** Holds the main thread. */
  block(ms: number): void;
  /** From now on no timer of a hidden page goes off but on a whole minute, also one that no timer has set: no browser is so slow. */
  clampTimers(): void;
  report(): PageReport;
  close(): Promise<void>;
  /** Lets a worker talk to a server, and returns what it was told. */
  inWorker(kind: WorkerKind, address: string, words: readonly string[]): Promise<unknown>;
}

export type WorkerKind = 'dedicated' | 'shared' | 'service';

const ANSWER_MS = 20_000;
const seen = { verdicts: ['unknown'], events: [] as string[], states: [] as string[], down: [] as number[] };
const outcomes: Record<string, number> = {};
const chained = { count: 0, longestMs: 0 };
let session: Session | undefined;
let said = 0;

const api: LifeApi = {
  async open(address, heartbeat = 'default') {
    watchTimers();
    session = connect(ws(address), { heartbeat });
    session.liveness$.subscribe(({ status }) => seen.verdicts.at(-1) === status || seen.verdicts.push(status));
    session.events$.subscribe(({ type }) => seen.events.push(type));
    session.state$.subscribe(({ status }) => seen.states.at(-1) === status || seen.states.push(status));
    session.handle('down', (number: number) => void seen.down.push(number));
    session.handle('position', () => {});
    await session.ready;
  },

  say(count) {
    for (let left = count; left > 0; left -= 1) {
      said += 1;
      session!.send('up', said).then(
        () => note('handled'),
        (error: unknown) => note((error as { outcome: string }).outcome),
      );
    }
  },

  block(ms) {
    const untilMs = performance.now() + ms;
    while (performance.now() < untilMs);
  },

  clampTimers() {
    const { setTimeout: real } = globalThis;
    const clamped = (callback: () => void, ms: number): unknown =>
      document.visibilityState === 'visible'
        ? real(callback, ms)
        : real(callback, ms + 60_000 - ((performance.now() + ms) % 60_000));
    Object.assign(globalThis, { setTimeout: clamped });
  },

  report: () => ({ ...seen, outcomes, chained, visibility: document.visibilityState }),
  close: async () => void (await session!.close()),

  async inWorker(kind, address, words) {
    const port = await portOf(kind);
    const answered = new Promise<unknown>((resolve, reject) => {
      port.addEventListener('message', ({ data }) => resolve(data));
      setTimeout(() => reject(new Error('the worker does not answer')), ANSWER_MS);
    });
    port.start();
    port.postMessage({ address, words });
    return answered;
  },
};
Object.assign(globalThis, { api });

function note(outcome: string): void {
  outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
}

function watchTimers(): void {
  let lastMs = performance.now();
  const look = (): void => {
    const nowMs = performance.now();
    chained.count += 1;
    chained.longestMs = Math.max(chained.longestMs, Math.round(nowMs - lastMs));
    lastMs = nowMs;
    setTimeout(look, 100);
  };
  setTimeout(look, 100);
}

/** A worker of this kind, as the end of a channel to it. */
async function portOf(kind: WorkerKind): Promise<MessagePort> {
  if (kind === 'shared') return new SharedWorker('/worker.js', { type: 'module' }).port;
  const { port1, port2 } = new MessageChannel();
  if (kind === 'dedicated') new Worker('/worker.js', { type: 'module' }).postMessage(null, [port2]);
  else {
    await navigator.serviceWorker.register('/worker.js', { type: 'module' });
    const { active } = await navigator.serviceWorker.ready;
    active!.postMessage(null, [port2]);
  }
  return port1;
}
