/**
 * The judge of a run: a pure function from what happened to what must not have happened.
 *
 * It knows the promises and nothing of the code, so it says the same of a run over real sockets.
 */
import type { HistoryEvent } from '../history/history.ts';
import { checkEnds } from './ends.ts';
import { checkGaps } from './gaps.ts';
import { checkEvictions } from './evictions.ts';
import { checkExpiry } from './expiry.ts';
import { checkHalfEnds } from './half-ends.ts';
import { checkHandling } from './handling.ts';
import { checkLateReturns } from './late-returns.ts';
import { checkLeaving } from './leaving.ts';
import { checkOrder } from './order.ts';
import { checkOutcomes } from './outcomes.ts';
import { checkRacing } from './racing.ts';
import { readStories } from './story.ts';
import { checkBounds } from './bounds.ts';
import { checkTallies } from './tallies.ts';
import { checkVolatiles } from './volatiles.ts';
import type { Violation } from './violation.ts';

export type { Violation, ViolationClass } from './violation.ts';

export function checkHistory(history: readonly HistoryEvent[]): Violation[] {
  const stories = readStories(history);
  return [
    ...checkHandling(stories),
    ...checkOrder(stories),
    ...checkOutcomes(stories),
    ...checkGaps(stories),
    ...checkEnds(stories),
    ...checkBounds(stories),
    ...checkTallies(stories),
    ...checkVolatiles(stories),
    ...checkHalfEnds(stories),
    ...checkLeaving(stories),
    ...checkLateReturns(stories),
    ...checkExpiry(stories),
    ...checkEvictions(stories),
    ...checkRacing(stories),
  ];
}
