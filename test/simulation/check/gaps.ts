/** A new session under the same object: what of the old one is in doubt has been told, exactly. */
import type { ObjectStory, OperationStory, Stories } from './story.ts';
import { violation, type Violation } from './violation.ts';

export function checkGaps({ operations, objects }: Stories): Violation[] {
  const sent = new Map<string, OperationStory[]>();
  const handled = new Map<string, number>();
  for (const story of operations.values()) {
    const last = story.written.at(-1)?.event;
    if (last !== undefined) {
      const key = `${last.object} ${last.session}`;
      const stories = sent.get(key);
      if (stories === undefined) sent.set(key, [story]);
      else stories.push(story);
    }
    for (const { event } of story.starts) {
      const key = `${event.object} ${event.session}`;
      handled.set(key, Math.max(handled.get(key) ?? 0, event.id));
    }
  }
  return [...objects.values()].flatMap((object) => [
    ...checkSent(object, sent),
    ...checkReceived(object, handled),
    ...checkFollowing(object),
  ]);
}

function wrong({ object }: ObjectStory, detail: string): Violation {
  return violation('wrong gap range', `${object}: ${detail}`);
}

function checkSent(object: ObjectStory, sent: ReadonlyMap<string, readonly OperationStory[]>): Violation[] {
  const { opened, gaps, role } = object;
  const sessions = [...new Set(opened.map(({ event }) => event.session))];
  return sessions.slice(0, -1).flatMap((session) => {
    const gap = gaps.find(({ event }) => event.session === session);
    // A server's object has one session only.
    if (gap === undefined)
      return role === 'server' ? [] : [wrong(object, `${session} was replaced, and nothing was said`)];
    const ids = (sent.get(`${object.object} ${session}`) ?? []).filter(isDoubtfulAt(gap.at)).map(lastId);
    const [from, to] = ids.length === 0 ? [0, 0] : [Math.min(...ids), Math.max(...ids)];
    if (gap.event.from === from && gap.event.to === to) return [];
    return [
      wrong(object, `of ${session} ${from} to ${to} are in doubt, ${gap.event.from} to ${gap.event.to} were told`),
    ];
  });
}

/** Unknown before the gap or because of it: what was still open then ended with it, and is told in the same moment. */
function isDoubtfulAt(at: number): (story: OperationStory) => boolean {
  return ({ outcomes }) => {
    const before = outcomes.filter((outcome) => outcome.at < at).at(-1);
    return (before ?? outcomes[0])?.event.outcome === 'unknown';
  };
}

function lastId({ written }: OperationStory): number {
  return written.at(-1)!.event.id;
}

/** Nothing of the peer comes after what was said to be here. */
function checkReceived(object: ObjectStory, handled: ReadonlyMap<string, number>): Violation[] {
  return object.gaps.flatMap(({ event: { session, received } }) => {
    const last = handled.get(`${object.object} ${session}`) ?? 0;
    return last <= received ? [] : [wrong(object, `id ${last} of ${session} was handled, ${received} were received`)];
  });
}

/** A session that was given up need not be followed by another one, but it may not go on. */
function checkFollowing(object: ObjectStory): Violation[] {
  return object.gaps
    .filter(({ at, event }) => object.opened.some((later) => later.at > at && later.event.session === event.session))
    .map(({ event }) => wrong(object, `${event.session} went on after it`));
}
