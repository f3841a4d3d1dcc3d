/** What has a deadline: a goodbye, and the wait for the fate of a message that was withdrawn. */
import type { ObjectStory, OperationStory, Placed, Stories } from './story.ts';
import { violation, type Violation } from './violation.ts';

/** How long a peer has to say what became of a message that it was asked to drop. */
const ANSWER_MS = 5000;
/** How much longer than its time an end may take: the links linger for a second, and what had arrived has five to begin. */
const END_GRACE_MS = 6000;
/** Timers are exact in virtual time; what they set off takes a moment of it at most. */
const TOLERANCE_MS = 50;

export function checkBounds({ operations, objects }: Stories): Violation[] {
  return [
    ...[...operations.values()].flatMap((story) => checkWithdrawal(story, objects)),
    ...[...objects.values()].flatMap((object) => object.reports.flatMap((report) => checkEnd(object, report))),
  ];
}

function checkWithdrawal(story: OperationStory, objects: Stories['objects']): Violation[] {
  const { op, send, withdrawals, outcomes } = story;
  const sender = send === null ? undefined : objects.get(send.event.object);
  if (sender?.crashedAt !== Infinity) return [];
  const withdrawnAtMs = Math.min(withdrawals[0]?.event.atMs ?? Infinity, limitAtMs(story));
  const tookMs = (outcomes[0]?.event.atMs ?? Infinity) - withdrawnAtMs;
  // Without any outcome it is a silent loss.
  if (withdrawnAtMs === Infinity || tookMs === Infinity || tookMs <= ANSWER_MS + TOLERANCE_MS + sender.pausedMs)
    return [];
  return [violation('overdue', `op ${op} was withdrawn, and its sender learned of its fate ${tookMs} ms later`)];
}

function limitAtMs({ send, delivered }: OperationStory): number {
  const { atMs, limitMs, limits } = send!.event;
  const isMet = limits === 'delivery' && delivered.length > 0;
  return limitMs === null || isMet ? Infinity : atMs + limitMs;
}

function checkEnd({ object, endings, pausedMs }: ObjectStory, { event }: Placed<'report'>): Violation[] {
  const ending = endings.find((one) => one.event.call === event.call)?.event;
  if (ending === undefined) return [];
  const tookMs = event.atMs - ending.atMs;
  if (tookMs <= ending.timeoutMs + END_GRACE_MS + TOLERANCE_MS + pausedMs) return [];
  return [violation('overdue', `goodbye ${event.call} of ${object} had ${ending.timeoutMs} ms and took ${tookMs} ms`)];
}
