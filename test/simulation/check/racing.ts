/** A second connection beside the first one (promise P15): one at a time, only while the first one is silent, and never both in use. */
import type { RacingEvent, Stories } from './story.ts';
import { violation, type Violation } from './violation.ts';

export function checkRacing({ racing }: Stories): Violation[] {
  return racing.flatMap((event) => checkEvent(event));
}

function checkEvent(event: RacingEvent): Violation[] {
  const { type, process } = event;
  if (type === 'wrote-behind')
    return [violation('written behind', `${process} wrote on a connection that it had left`)];
  if (type === 'raced' && event.heardSince)
    return [violation('needless race', `${process} goes on elsewhere, and its connection had spoken`)];
  if (type === 'dials' && event.count > 1)
    return [violation('too many dials', `${process} made ${event.count} connections at once`)];
  return [];
}
