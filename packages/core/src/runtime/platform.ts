/**
 * The only file that touches what the platform offers: timers, the clock, randomness, the end of a turn.
 *
 * Everything is looked up at the time of use, so that fake timers of test libraries work.
 */

/** Milliseconds that only ever grow. */
export function monotonicMs(): number {
  return performance.now();
}

/** Less is what the two clocks of the platform drift apart by, and differ by when they are read. */
const OFFSET_STEP_MS = 1000;
let offsetMs = -Infinity;

/** What `monotonicMs` has to be added to, to get wall-clock epoch milliseconds. It jumps when the wall clock does: the machine slept, or somebody has set the clock. */
export function epochOffsetMs(): number {
  const nowMs = Date.now() - performance.now();
  if (Math.abs(nowMs - offsetMs) > OFFSET_STEP_MS) offsetMs = nowMs;
  return offsetMs;
}

/** Whatever tells of events. */
export interface PageEvents {
  addEventListener(
    type: string,
    listener: (event: { readonly type: string; readonly persisted?: boolean }) => void,
  ): void;
}

/** What a page or a worker lets one listen to. */
export interface PageScope extends Partial<PageEvents> {
  /** Workers have none. */
  readonly document?: PageEvents & { readonly visibilityState: string };
}

/** That of a browser; null elsewhere, where no such event would ever come. */
export function pageScope(): PageScope | null {
  return 'ononline' in globalThis ? (globalThis as PageScope) : null;
}

export function setTimer(callback: () => void, delayMs: number): () => void {
  // Longer delays overflow in every runtime; whoever needs one looks again when this one is over.
  const timer = setTimeout(callback, Math.min(delayMs, 2 ** 31 - 1));
  return () => clearTimeout(timer);
}

const resolved = Promise.resolve();

/** Calls back in this turn, after what runs now. */
export function soon(callback: () => void): void {
  // Cheaper than queueMicrotask, which in Node makes an AsyncResource each time. What the callback throws is reported as such.
  resolved.then(callback).catch(reportError);
}

/** The same for a callback that cannot throw; cheaper. */
export function afterThis(callback: () => void): void {
  void resolved.then(callback);
}

interface TurnEnd {
  readonly process?: { nextTick?(callback: () => void): void };
  readonly setImmediate?: (callback: () => void) => unknown;
}

/** Resolves in a later turn, when the loop has looked for everything new. */
export function nextTurn(): Promise<void> {
  const { setImmediate = throughChannel } = globalThis as TurnEnd;
  return new Promise((resolve) => setImmediate(resolve));
}

/** In a hidden page a timer would take up to a minute, a message takes a turn. */
function throughChannel(callback: () => void): void {
  const { MessageChannel } = globalThis as unknown as { readonly MessageChannel: new () => MessagePorts };
  const { port1, port2 } = new MessageChannel();
  const listener = (): void => {
    port1.close();
    callback();
  };
  port1.addEventListener('message', listener);
  port1.start();
  port2.postMessage(null);
}

interface MessagePorts {
  readonly port1: PageEvents & { start(): void; close(): void };
  readonly port2: { postMessage(message: null): void };
}

/**
 * Returns a function that has `callback` called when the current turn of the event loop is over: after everything that is already
 * due as a microtask, so that what the handlers of a whole chunk said leaves in one write; before the loop waits for anything new.
 */
export function atEndOfTurn(callback: () => void): () => void {
  // In Node a tick that is asked for from within a microtask runs when no microtask is left. Elsewhere there is no such thing that
  // is not throttled in a hidden page; a few rounds let short handlers finish.
  const afterRunning = (): void => {
    const { process } = globalThis as TurnEnd;
    if (process?.nextTick !== undefined) process.nextTick(callback);
    else afterMicrotasks(8, callback);
  };
  return () => void resolved.then(afterRunning);
}

function afterMicrotasks(rounds: number, callback: () => void): void {
  soon(() => (rounds === 0 ? callback() : afterMicrotasks(rounds - 1, callback)));
}

/** A number from 0 up to 1, for jitter and ids of no importance. */
export function randomFraction(): number {
  return Math.random();
}

/** 128 bits that nobody can guess, as text. */
export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** 256 bits that nobody can guess. */
export function randomToken(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(32));
}

export function newAbortController(): AbortController {
  return new AbortController();
}

/** An observer or listener of the application threw: report it the way the platform reports such things, and go on. */
export function reportError(error: unknown): void {
  setTimeout(() => {
    throw error;
  }, 0);
}
