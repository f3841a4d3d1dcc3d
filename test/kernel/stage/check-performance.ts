/** Compares what was seen with what must be seen. */
import type { TransportName } from '../programs/word.ts';
import type { Expected, Situation } from './situation.ts';
import type { Performance } from './theatre.ts';

const SOON: readonly [number, number] = [0, 1_000];

/** What is wrong, a line each; empty when nothing is. */
export function checkPerformance(situation: Situation, transport: TransportName, seen: Performance): string[] {
  const expected: Expected =
    typeof situation.expected === 'function' ? situation.expected(transport) : situation.expected;
  const { states, cause, evidence, knownAfterMs } = seen.observer;
  const faults: string[] = [];
  if (states.join() !== expected.states.join()) {
    faults.push(`the states were ${states.join(' > ')} and not ${expected.states.join(' > ')}`);
  }
  if (cause !== expected.cause) faults.push(`the cause was ${cause} and not ${expected.cause}`);
  for (const [key, value] of Object.entries(expected.evidence ?? {})) {
    if (evidence[key] !== value) faults.push(`the evidence ${key} was ${evidence[key]} and not ${value}`);
  }
  const [earliest, latest] = expected.within ?? SOON;
  if (knownAfterMs !== null && (knownAfterMs < earliest || knownAfterMs > latest)) {
    faults.push(`it was known after ${knownAfterMs.toFixed()} ms, not within ${earliest} to ${latest}`);
  }
  const verdict = seen.heartbeat?.status ?? 'nothing';
  if (situation.heartbeat !== undefined && verdict !== (expected.verdict ?? 'dead')) {
    faults.push(`the heartbeat led to ${verdict} and not ${expected.verdict ?? 'dead'}`);
  }
  return [...faults, ...checkMore(expected, seen)];
}

type Comparable = string | number | null | undefined | readonly string[];

/** What only some situations expect. */
function checkMore(expected: Expected, { observer, peer, heartbeat }: Performance): string[] {
  const faults: string[] = [];
  const differs = (what: string, seen: Comparable, wanted: Comparable): void => {
    if (wanted !== undefined && String(seen) !== String(wanted))
      faults.push(`${what} ${String(seen)}, not ${String(wanted)}`);
  };
  differs('messages that were handled:', observer.handled, expected.handled);
  differs('the states of the peer were', peer?.states, expected.peer?.states);
  differs('the cause of the peer was', peer?.cause, expected.peer?.cause);
  differs('messages that the peer handled:', peer?.handled, expected.peer?.handled);
  const { verdictByMs = Infinity } = expected;
  if (heartbeat !== null && heartbeat.afterMs > verdictByMs) {
    faults.push(`the verdict came after ${heartbeat.afterMs.toFixed()} ms, not within ${verdictByMs}`);
  }
  return faults;
}
