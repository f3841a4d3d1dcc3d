/** Compares what was seen with what must be seen. */
import type { TransportName } from '../programs/word.ts';
import type { Observation } from './observation.ts';
import { expectedOf, type Situation } from './situation.ts';
import type { Performance } from './theatre.ts';

/** At once; the rest is for a machine with much to do, and for clocks of two processes. */
const SOON: readonly [number, number] = [-5, 2_000];

/** What is wrong, a line each; empty when nothing is. */
export function checkPerformance(situation: Situation, transport: TransportName, seen: Performance): string[] {
  const expected = expectedOf(situation, transport);
  const { evidence, sentence, knownAfterMs } = seen.observer;
  const faults = compare('', seen.observer, expected);
  if (expected.peer !== undefined) faults.push(...compare("the peer's: ", seen.peer, expected.peer));
  for (const [key, value] of Object.entries(expected.evidence ?? {})) {
    if (evidence[key] !== value) faults.push(`the evidence ${key} was ${evidence[key]} and not ${value}`);
  }
  if (expected.sentence !== undefined && !expected.sentence.test(sentence ?? '')) {
    faults.push(`the sentence was '${sentence}' and not like ${expected.sentence}`);
  }
  const [earliest, latest] = expected.within ?? SOON;
  if (knownAfterMs !== null && (knownAfterMs < earliest || knownAfterMs > latest)) {
    faults.push(`it was known after ${knownAfterMs.toFixed()} ms, not within ${earliest} to ${latest}`);
  }
  const verdict = seen.heartbeat?.status ?? 'nothing';
  if (situation.heartbeat !== undefined && verdict !== (expected.verdict ?? 'dead')) {
    faults.push(`the heartbeat led to ${verdict} and not ${expected.verdict ?? 'dead'}`);
  }
  const { verdictByMs = Infinity } = expected;
  if (seen.heartbeat !== null && seen.heartbeat.afterMs > verdictByMs) {
    faults.push(`the verdict came after ${seen.heartbeat.afterMs.toFixed()} ms, not within ${verdictByMs}`);
  }
  return faults;
}

type Comparable = Partial<Pick<Observation, 'states' | 'cause' | 'handled' | 'events'>>;

function compare(whose: string, seen: Observation | null, wanted: Comparable): string[] {
  const faults: string[] = [];
  for (const what of ['states', 'cause', 'handled', 'events'] as const) {
    const value = wanted[what];
    if (value === undefined) continue;
    const [was, should] = [show(seen?.[what] ?? null), show(value)];
    if (was !== should) faults.push(`${whose}the ${what} should be ${should}, and was ${was}`);
  }
  return faults;
}

function show(value: readonly string[] | string | number | null): string {
  return typeof value === 'object' && value !== null ? value.join(' > ') || 'none' : String(value);
}
