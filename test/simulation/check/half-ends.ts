/** `end()`: one direction is over when everything in it is settled; nothing is sent in it any more, and the other one goes on. */
import { operationsByObject } from './ends.ts';
import type { ObjectStory, OperationStory, Placed, Stories } from './story.ts';
import { violation, type Violation } from './violation.ts';

export function checkHalfEnds(stories: Stories): Violation[] {
  const { operations, objects } = stories;
  const found = checkUnwanted(stories);
  if ([...objects.values()].every(({ halfEndings }) => halfEndings.length === 0)) return found;
  const ofObject = operationsByObject(operations);
  for (const object of objects.values()) {
    const [first] = object.halfEndings;
    if (first === undefined) continue;
    const sent = ofObject.get(object.object) ?? [];
    found.push(...checkWordless(object), ...checkSilence(object, first, sent));
    for (const end of object.halfEnds) found.push(...checkSettled(object, end, sent));
  }
  return found;
}

function checkWordless({ object, crashedAt, halfEndings, halfEnds }: ObjectStory): Violation[] {
  if (crashedAt !== Infinity) return [];
  return halfEndings
    .filter(({ event }) => !halfEnds.some((end) => end.event.call === event.call))
    .map(({ event }) => violation('silent loss', `the end ${event.call} of ${object}'s direction was never told`));
}

function checkSilence(
  { object }: ObjectStory,
  { at }: Placed<'half-ending'>,
  sent: readonly OperationStory[],
): Violation[] {
  return sent
    .filter(({ send, written, starts }) => send!.at > at && written.length + starts.length > 0)
    .map(({ op }) => violation('sent after the end', `op ${op} of ${object} was written, its direction had ended`));
}

/** An answer may still be on its way; whoever gave it is done. */
function checkSettled(
  { object }: ObjectStory,
  { at, event }: Placed<'half-ended'>,
  sent: readonly OperationStory[],
): Violation[] {
  if (!event.isSettled) return [];
  return sent
    .filter(({ send, outcomes, finishes }) => {
      const isOpen = send!.at < at && !outcomes.some((outcome) => outcome.at < at);
      return isOpen && !(send!.event.kind === 'request' && finishes.some((finish) => finish.at < at));
    })
    .map(({ op }) => violation('lost', `${object}'s direction ended with everything settled, and op ${op} was open`));
}

/** A session ends in order only when somebody wants it to end, in both directions. */
function checkUnwanted({ objects, operations, leavings }: Stories): Violation[] {
  const bySession = new Map<string, ObjectStory[]>();
  for (const object of objects.values()) {
    for (const session of new Set(object.opened.map(({ event }) => event.session))) {
      const sharing = bySession.get(session);
      if (sharing === undefined) bySession.set(session, [object]);
      else sharing.push(object);
    }
  }
  // A client that was told to end while it dialled never says that the session is open, and writes in it all the same.
  for (const { written } of operations.values()) {
    for (const { event } of written) {
      const writer = objects.get(event.object);
      const sharing = bySession.get(event.session);
      if (writer !== undefined && sharing?.includes(writer) === false) sharing.push(writer);
    }
  }
  return [...objects.values()].flatMap(({ object, opened, closed }) => {
    const session = opened.at(-1)?.event.session;
    if (closed?.event.cause !== 'closed' || session === undefined) return [];
    const sharing = bySession.get(session)!;
    const isWanted = sharing.some(({ endings, process }) => endings.length > 0 || leavings.has(process));
    if (isWanted || sharing.every(({ halfEndings }) => halfEndings.length > 0)) return [];
    return [violation('unwanted end', `${object} ended in order, and nobody had asked for it`)];
  });
}
