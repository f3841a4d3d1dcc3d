/** Each handler run by itself: of what was sent, whole, once, and for a session that was alive. */
import type { ObjectStory, OperationStory, Placed, Stories } from './story.ts';
import { violation, type Violation } from './violation.ts';

export function checkHandling({ operations, objects }: Stories): Violation[] {
  const owners = new Owners(objects);
  return [...operations.values()].flatMap((story) => [
    ...checkOrigin(story, objects),
    ...(story.starts.length > 1
      ? [violation('duplicate', `op ${story.op} was handled ${story.starts.length} times`)]
      : []),
    ...story.starts.flatMap((start) => checkLife(story, start, objects, owners)),
  ]);
}

function checkOrigin({ op, send, starts }: OperationStory, objects: Stories['objects']): Violation[] {
  return starts.flatMap(({ at, event }) => {
    if (send === null || at < send.at) return [violation('phantom', `op ${op} was handled and never sent`)];
    if (!event.isIntact) return [violation('phantom', `op ${op} was handled with a payload that is not its own`)];
    const isOwn = objects.get(send.event.object)?.role === objects.get(event.object)?.role;
    return isOwn ? [violation('phantom', `op ${op} was handled on the side that sent it`)] : [];
  });
}

function checkLife(
  { op, send, written }: OperationStory,
  { at, event }: Placed<'start'>,
  objects: Stories['objects'],
  owners: Owners,
): Violation[] {
  const object = objects.get(event.object);
  if (object === undefined) return [];
  const stale = (why: string): Violation[] => [
    violation('stale epoch', `op ${op} was handled by ${event.object}, ${why}`),
  ];
  // What a loop over messages() had been handed before the end may still be taken out of it.
  const isHandedOver = send?.event.claimed === false;
  if (object.closed !== null && at > object.closed.at && !isHandedOver) return stale('which was closed');
  if (at > object.crashedAt) return stale('whose process had crashed');
  if (event.session === '') return [];
  if (written.length > 0 && !written.some((one) => one.event.session === event.session)) {
    return stale('in a session in which it was not written');
  }
  if (event.epoch < owners.epochAt(object.role, event.session, at)) return stale('on a connection that was superseded');
  const owner = owners.ownerAt(object.role, event.session, at);
  return owner === null || owner === event.object ? [] : stale(`while ${owner} had the session`);
}

/** Which object of a side has a session, and on which connection: the last one that opened it. */
class Owners {
  readonly #openings = new Map<string, { readonly at: number; readonly object: string; readonly epoch: number }[]>();

  constructor(objects: Stories['objects']) {
    for (const { role, object, opened } of objects.values()) {
      for (const { at, event } of opened) {
        const key = `${role} ${event.session}`;
        const openings = this.#openings.get(key) ?? [];
        this.#openings.set(key, openings);
        openings.push({ at, object, epoch: event.epoch });
      }
    }
    for (const openings of this.#openings.values()) openings.sort((a, b) => a.at - b.at);
  }

  ownerAt(role: ObjectStory['role'], session: string, at: number): string | null {
    return this.#before(role, session, at).at(-1)?.object ?? null;
  }

  epochAt(role: ObjectStory['role'], session: string, at: number): number {
    return Math.max(0, ...this.#before(role, session, at).map(({ epoch }) => epoch));
  }

  #before(
    role: ObjectStory['role'],
    session: string,
    at: number,
  ): readonly { readonly object: string; readonly epoch: number }[] {
    return (this.#openings.get(`${role} ${session}`) ?? []).filter((opening) => opening.at < at);
  }
}
