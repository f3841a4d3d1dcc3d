/**
 * Names what keeps the event loop of a test process alive.
 *
 * Node lists the kinds of everything that holds the loop (`getActiveResourcesInfo`), without an identity; for handles there is
 * also an object to describe. Timers have none, so with HEARTWIRE_TRACE_LEAKS=1 the place where each was made is recorded. A
 * timer or socket that was unreferenced keeps nothing alive and is no leak here.
 */
import { createHook } from 'node:async_hooks';

const GRACE_MS = 1000;
const TRACED = new Set(['Timeout', 'TCPWRAP', 'TCPSERVERWRAP', 'PIPEWRAP', 'PROCESSWRAP']);
// The loop's own business: what a turn makes and the next turn ends.
const TRANSIENT = new Set(['Immediate', 'TickObject', 'Microtask']);

const origins = new Map();
if (process.env.HEARTWIRE_TRACE_LEAKS) traceOrigins();

/** What is alive now and belongs to nobody in particular: pipes to the parent, the loader's threads. */
export function takeBaseline() {
  return { kinds: countKinds(), handles: new Set(process._getActiveHandles()) };
}

/** Lines that name what is alive beyond the baseline, at this moment. */
export function describeActive(baseline) {
  const lines = [];
  for (const [kind, count] of countKinds()) {
    const extra = count - (baseline.kinds.get(kind) ?? 0);
    if (extra > 0 && !TRANSIENT.has(kind)) lines.push(extra === 1 ? kind : `${kind} × ${extra}`);
  }
  if (lines.length === 0) return lines;
  for (const handle of process._getActiveHandles())
    if (!baseline.handles.has(handle)) lines.push(`  ${describe(handle)}`);
  for (const { type, stack } of origins.values()) lines.push(`  ${type} made${stack}`);
  return lines;
}

/**
 * What stays alive although every test has ended. Handles that are closing get a bounded number of turns to finish; a clean
 * file pays for one turn only, since the wait ends as soon as nothing is left.
 */
export async function findLeaks(baseline) {
  const deadline = performance.now() + GRACE_MS;
  for (;;) {
    await new Promise((resolve) => setImmediate(resolve));
    const leaks = describeActive(baseline);
    if (leaks.length === 0 || performance.now() > deadline) return leaks;
  }
}

function countKinds() {
  const counts = new Map();
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

function describe(handle) {
  const name = handle.constructor?.name ?? 'handle';
  if (typeof handle.spawnfile === 'string') return `${name} ${handle.spawnfile} (pid ${handle.pid})`;
  if (typeof handle.address === 'function' && handle.listening)
    return `${name} listening on ${place(handle.address())}`;
  if (handle.remoteAddress) return `${name} ${handle.localPort} to ${handle.remoteAddress}:${handle.remotePort}`;
  return name;
}

function place(address) {
  return typeof address === 'string' ? address : `${address?.address}:${address?.port}`;
}

function traceOrigins() {
  Error.stackTraceLimit = 40;
  createHook({
    init(id, type) {
      if (!TRACED.has(type)) return;
      const frames = new Error().stack.split('\n').slice(1);
      const ours = frames.filter((line) => !/\(?node:|leaks\.mjs/.test(line));
      if (ours.length > 0) origins.set(id, { type, stack: `\n  ${ours.slice(0, 4).join('\n  ')}` });
    },
    destroy(id) {
      origins.delete(id);
    },
  }).enable();
}
