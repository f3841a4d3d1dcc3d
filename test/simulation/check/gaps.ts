/** A new session under the same object: what of the old one is in doubt has been told, exactly. */
import { type ObjectStory, type Stories } from './story.ts';
import { violation, type Violation } from './violation.ts';

export function checkGaps({ operations, objects }: Stories): Violation[] {
  const doubtful = new Map<string, number[]>();
  for (const { outcomes, written } of operations.values()) {
    const last = written.at(-1)?.event;
    if (last === undefined || outcomes[0]?.event.outcome !== 'unknown') continue;
    const key = `${last.object} ${last.session}`;
    doubtful.set(key, [...(doubtful.get(key) ?? []), last.id]);
  }
  return [...objects.values()].flatMap((object) => checkObject(object, doubtful));
}

function checkObject({ object, opened, gaps }: ObjectStory, doubtful: ReadonlyMap<string, number[]>): Violation[] {
  const sessions = [...new Set(opened.map(({ event }) => event.session))];
  const wrong = (detail: string): Violation => violation('wrong gap range', `${object}: ${detail}`);
  const replaced = sessions.slice(0, -1).flatMap((session) => {
    const ids = doubtful.get(`${object} ${session}`) ?? [];
    const gap = gaps.find(({ event }) => event.session === session)?.event;
    if (ids.length === 0) return gap === undefined ? [] : [wrong(`nothing of ${session} is in doubt`)];
    const [from, to] = [Math.min(...ids), Math.max(...ids)];
    if (gap === undefined) return [wrong(`ids ${from} to ${to} of ${session} are in doubt, and nothing was said`)];
    if (gap.from === from && gap.to === to) return [];
    return [wrong(`ids ${from} to ${to} of ${session} are in doubt, ${gap.from} to ${gap.to} were told`)];
  });
  // A session that was given up need not be followed by another one, but it may not go on.
  const strange = gaps.filter(({ at, event }) =>
    opened.some((later) => later.at > at && later.event.session === event.session),
  );
  return [...replaced, ...strange.map(({ event }) => wrong(`${event.session} went on after it`))];
}
