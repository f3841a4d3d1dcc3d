/** A server that ends all its sessions: its report is right, and clients that it asked to come again keep to it and lose nothing by it. */
import { operationsByObject, tallyOf } from './ends.ts';
import { isWithdrawable, type LeavingStory, type ObjectStory, type OperationStory, type Stories } from './story.ts';
import { violation, type Violation } from './violation.ts';

export function checkLeaving({ operations, objects, leavings }: Stories): Violation[] {
  const ofObject = operationsByObject(operations);
  return [
    ...[...leavings.values()].flatMap((leaving) => checkReport(leaving, objects, ofObject)),
    ...[...objects.values()].flatMap((object) => [
      ...checkReturn(object),
      ...checkHeld(object, ofObject.get(object.object) ?? []),
      ...checkWaiting(object, ofObject.get(object.object) ?? []),
    ]),
  ];
}

function checkReport(
  { process, at, left }: LeavingStory,
  objects: Stories['objects'],
  ofObject: ReadonlyMap<string, readonly OperationStory[]>,
): Violation[] {
  if (left === null) return [];
  const report = { sessions: 0, closed: 0, handled: 0, notDelivered: 0, refused: 0, unknown: 0 };
  for (const { object, process: home, opened, closed } of objects.values()) {
    if (home !== process || opened.length === 0 || closed === null || closed.at < at) continue;
    const tally = tallyOf(ofObject.get(object) ?? [], at, closed.at);
    report.sessions += 1;
    if (closed.event.cause === 'closed') report.closed += 1;
    for (const name of ['handled', 'notDelivered', 'refused', 'unknown'] as const) report[name] += tally[name];
  }
  const [said, counted] = [JSON.stringify(left.event.report), JSON.stringify(report)];
  return said === counted
    ? []
    : [violation('wrong close report', `${process} left and reports ${said}, it was ${counted}`)];
}

/** Not before its time. */
function checkReturn({ object, invitations, dismissals, opened }: ObjectStory): Violation[] {
  return invitations.flatMap((invitation) => {
    const next = opened.find(({ at }) => at > invitation.at);
    // Where none comes before the next connection, that one was lost before the session had ended.
    const dismissal = dismissals.find(({ at }) => at > invitation.at && at < (next?.at ?? Infinity));
    if (dismissal === undefined || next === undefined) return [];
    const waitedMs = next.event.atMs - dismissal.event.atMs;
    const { afterMs } = invitation.event;
    if (waitedMs >= afterMs) return [];
    return [violation('too early', `${object} was to come again after ${afterMs} ms and came after ${waitedMs} ms`)];
  });
}

/** What is sent after the invitation waits for the next session. */
function checkHeld(
  { object, invitations, opened, endings }: ObjectStory,
  sent: readonly OperationStory[],
): Violation[] {
  if (endings.length > 0) return [];
  return invitations.flatMap(({ at }) => {
    const session = opened.filter((one) => one.at < at).at(-1)?.event.session;
    return sent
      .filter(({ send, written }) => send!.at > at && written.some(({ event }) => event.session === session))
      .map(({ op }) => violation('sent after the end', `op ${op} of ${object} was begun in a session that was left`));
  });
}

/** What nobody wrote, and nobody gave up, goes to whatever session comes next. */
function checkWaiting(
  { object, role, opened, endings, halfEndings }: ObjectStory,
  sent: readonly OperationStory[],
): Violation[] {
  if (role === 'server' || endings.length + halfEndings.length > 0) return [];
  return sent
    .filter((story) => {
      const { outcomes, written } = story;
      const [first] = outcomes;
      if (first?.event.outcome !== 'not-delivered' || written.length > 0 || isWithdrawable(story)) return false;
      const session = opened.filter(({ at }) => at < first.at).at(-1)?.event.session;
      return opened.some(({ at, event }) => at > first.at && event.session !== session);
    })
    .map(({ op }) => violation('lost', `op ${op} of ${object} waited, and did not go to the session that came next`));
}
