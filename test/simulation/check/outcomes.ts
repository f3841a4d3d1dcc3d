/** What the sender was told against what the handler did. */
import { isWithdrawable, lastOutcome, type EventOf, type OperationStory, type Stories } from './story.ts';
import { violation, type Violation } from './violation.ts';

/** Refusals that the library makes itself, before any handler runs. */
const UNSEEN_CODES: readonly (string | null)[] = ['ERR_HW_NO_HANDLER', 'ERR_HW_PAYLOAD'];

export function checkOutcomes({ operations }: Stories): Violation[] {
  return [...operations.values()].flatMap((story) => {
    if (story.send === null) return [];
    return [
      ...checkConfirmation(story),
      ...checkRefusal(story),
      ...checkProof(story),
      ...checkReason(story),
      ...checkTelling(story),
    ];
  });
}

function checkConfirmation(story: OperationStory): Violation[] {
  const { op, finishes, settled } = story;
  const wrong = (detail: string): Violation[] => [violation('confirmed but not handled', `op ${op} ${detail}`)];
  for (const { at, event } of story.outcomes) {
    if (event.outcome !== 'handled') continue;
    if (!finishes.some((finish) => finish.at < at)) return wrong('was confirmed before a handler had finished');
  }
  for (const { at, event } of settled) {
    if (event.how !== 'handled') continue;
    if (!finishes.some((finish) => finish.at < at)) return wrong('resolved before a handler had finished');
    if (event.reply === null || finishes.some((finish) => finish.event.reply === event.reply)) continue;
    return [violation('phantom', `op ${op} was answered with ${event.reply}, which its handler did not say`)];
  }
  return [];
}

function checkRefusal(story: OperationStory): Violation[] {
  const { op, finishes } = story;
  const outcome = lastOutcome(story)?.event;
  const wrong = (detail: string): Violation[] => [violation('refused but confirmed', `op ${op} ${detail}`)];
  const codes = finishes.map(({ event }) => event.code);
  if (outcome?.outcome === 'handled' && codes.length > 0 && !codes.includes(null)) {
    return wrong(`was refused with ${codes.join()} and confirmed`);
  }
  if (outcome?.outcome !== 'refused') return [];
  if (codes.length === 0 && story.starts.length === 0 && UNSEEN_CODES.includes(outcome.code)) return [];
  if (codes.includes(outcome.code)) return [];
  // A late proof is told without its code.
  if (outcome.isCorrection === true && (codes.length === 0 ? story.starts.length === 0 : !codes.includes(null)))
    return [];
  return wrong(`is told as refused with ${outcome.code}, its handler said ${codes.join() || 'nothing'}`);
}

/** `not-delivered` and its kin are proofs: no handler ever ran. */
function checkProof(story: OperationStory): Violation[] {
  const { op, starts, written } = story;
  return story.outcomes.flatMap(({ event }) => {
    const { outcome, safeToRetry } = event;
    const wrong = (detail: string): Violation[] => [violation('wrong report', `op ${op} ${detail}`)];
    const isWithdrawn = outcome === 'not-delivered' && isWithdrawable(story);
    if (starts.length > 0 && (outcome === 'cancelled' || outcome === 'expired' || isWithdrawn)) {
      return violation('handled after withdrawn', `op ${op} is told as ${outcome}, and its handler ran`);
    }
    if (starts.length > 0 && ['not-delivered', 'overflow'].includes(outcome)) {
      return wrong(`is told as ${outcome}, and its handler ran`);
    }
    if (starts.length > 0 && safeToRetry) return wrong('is told as safe to retry, and its handler ran');
    if (outcome === 'unknown' && written.length === 0) return wrong('is told as unknown, and was never written');
    return [];
  });
}

/** Nobody withdraws what its sender still wants. */
function checkReason(story: OperationStory): Violation[] {
  const outcome = lastOutcome(story)?.event.outcome;
  if ((outcome !== 'cancelled' && outcome !== 'expired') || isWithdrawable(story)) return [];
  return [violation('wrong report', `op ${story.op} is told as ${outcome}, and nobody asked for it`)];
}

/** One outcome, and a promise that says the same. */
function checkTelling({ op, outcomes, settled }: OperationStory): Violation[] {
  const wrong = (detail: string): Violation[] => [violation('wrong report', `op ${op} ${detail}`)];
  const [first, ...more] = outcomes.map(({ event }) => event);
  if (more.some(({ isCorrection }) => isCorrection !== true)) return wrong('has two outcomes');
  if (more.length > 0 && first!.outcome !== 'unknown') return wrong(`was ${first!.outcome} and was corrected`);
  if (settled.length > 1) return wrong('settled twice');
  const how = settled[0]?.event.how;
  if (first === undefined || how === undefined || how === 'delivered') return [];
  return (how === 'failed') === isFailure(first) ? [] : wrong(`is ${first.outcome}, and its promise ${how}`);
}

function isFailure({ outcome }: EventOf<'outcome'>): boolean {
  return outcome !== 'handled';
}
