/** Sessions that had to go because a server kept too much: only when it did, each is told, and nobody else goes. */
import type { ObjectStory, Stories } from './story.ts';
import { violation, type Violation } from './violation.ts';

export function checkEvictions({ objects }: Stories): Violation[] {
  return [...objects.values()].flatMap((object) => [...checkReason(object), ...checkTelling(object)]);
}

function checkReason({ object, evictions }: ObjectStory): Violation[] {
  return evictions
    .filter(({ event: { limit, waiting, max } }) => limit === 'maxSessions' && waiting <= max)
    .map(({ event: { waiting, max } }) =>
      violation('wrong eviction', `${object} had to go when ${waiting} sessions waited, and ${max} may`),
    );
}

function checkTelling({ object, role, closed, evictions, crashedAt }: ObjectStory): Violation[] {
  const isEvicted = closed?.event.cause === 'evicted';
  const wrong = (detail: string): Violation[] => [violation('wrong eviction', `${object} ${detail}`)];
  if (evictions.length > 1) return wrong('was evicted twice');
  if (isEvicted && role === 'client') return wrong('is a client, and nobody evicts it');
  if (isEvicted && evictions.length === 0) return wrong('ended as evicted, and the server did not tell');
  if (!isEvicted && evictions.length > 0 && crashedAt === Infinity)
    return wrong(`was evicted and ended as ${closed?.event.cause}`);
  return [];
}
