/** The ends: of deliveries, of goodbyes, of sessions and of the run. */
import type { Tally } from '../history/history.ts';
import { lastOutcome, type ObjectStory, type OperationStory, type Placed, type Stories } from './story.ts';
import { violation, type Violation } from './violation.ts';

export function checkEnds({ operations, objects, stuck }: Stories): Violation[] {
  const ofObject = operationsByObject(operations);
  return [
    ...stuck.map(({ event }) => violation('lost', event.what)),
    ...[...objects.values()].flatMap((object) => checkObject(object, ofObject.get(object.object) ?? [])),
  ];
}

/** What each object sent. */
export function operationsByObject(operations: Stories['operations']): ReadonlyMap<string, readonly OperationStory[]> {
  const ofObject = new Map<string, OperationStory[]>();
  for (const story of operations.values()) {
    const object = story.send?.event.object;
    if (object === undefined) continue;
    const list = ofObject.get(object) ?? [];
    ofObject.set(object, list);
    list.push(story);
  }
  return ofObject;
}

function checkObject(object: ObjectStory, stories: readonly OperationStory[]): Violation[] {
  return [
    // Nobody takes a session away from its owner here.
    ...(object.closed?.event.cause === 'superseded'
      ? [violation('stale epoch', `${object.object} was superseded by a connection that is not newer`)]
      : []),
    ...(object.closed?.event.cause.startsWith('protocol') === true
      ? [violation('broken protocol', `${object.object}: ${object.closed.event.cause}`)]
      : []),
    ...(object.crashedAt === Infinity ? checkSilence(object, stories) : []),
    ...checkOrderlyEnd(object, stories),
    ...checkOpenings(object),
    ...object.reports.flatMap((report) => checkReport(object, report, stories)),
    ...checkUndelivered(object, stories),
  ];
}

/** Whoever is alive at the end of the run has been told everything. */
function checkSilence({ object, endings, reports }: ObjectStory, stories: readonly OperationStory[]): Violation[] {
  const reported = new Set(reports.map(({ event }) => event.call));
  return [
    ...stories
      .filter(({ outcomes, settled }) => outcomes.length === 0 || settled.length === 0)
      .map(({ op }) => violation('silent loss', `op ${op} of ${object} never came to an end`)),
    ...endings
      .filter(({ event }) => !reported.has(event.call))
      .map(({ event }) => violation('silent loss', `goodbye ${event.call} of ${object} was never reported`)),
  ];
}

/** A goodbye that both sides completed is a proof: nothing of that session is in doubt. */
function checkOrderlyEnd(
  { object, opened, closed, gaps }: ObjectStory,
  stories: readonly OperationStory[],
): Violation[] {
  if (closed?.event.cause !== 'closed') return [];
  const session = opened.at(-1)?.event.session;
  // The goodbye was that of a successor, which began when the end was under way already.
  if (gaps.some(({ event }) => event.session === session)) return [];
  return stories
    .filter((story) => lastOutcome(story)?.event.outcome === 'unknown')
    .filter(({ written }) => written.at(-1)?.event.session === session)
    .map(({ op }) => violation('lost', `op ${op} of ${object} is unknown after an orderly end`));
}

/** A session that was open before goes on; any other one begins. */
function checkOpenings({ object, opened }: ObjectStory): Violation[] {
  const seen = new Set<string>();
  return opened.flatMap(({ event: { session, resumed } }) => {
    const wasOpen = seen.has(session);
    seen.add(session);
    if (resumed === wasOpen) return [];
    return [
      violation('wrong report', `${object} opened ${session}, and said that it was ${resumed ? '' : 'not '}resumed`),
    ];
  });
}

/** A report counts what came to its end between the call and the end of the session. */
function checkReport(
  { object, endings, closed }: ObjectStory,
  { at, event }: Placed<'report'>,
  stories: readonly OperationStory[],
): Violation[] {
  const from = endings.find((ending) => ending.event.call === event.call)?.at ?? -1;
  const counted = tallyOf(stories, from, Math.min(at, closed?.at ?? at));
  const said = JSON.stringify(event.tally);
  if (said === JSON.stringify(counted)) return [];
  return [
    violation(
      'wrong close report',
      `goodbye ${event.call} of ${object} reports ${said}, it was ${JSON.stringify(counted)}`,
    ),
  ];
}

/** What came to its end between two places of the history. */
export function tallyOf(stories: readonly OperationStory[], from: number, to: number): Tally {
  const tally = { handled: 0, notDelivered: 0, refused: 0, unknown: 0 };
  for (const { outcomes } of stories) {
    const first = outcomes[0];
    if (first === undefined || first.at < from || first.at > to) continue;
    // A proof that came before the report counts.
    const { outcome } = outcomes.filter(({ at }) => at <= to).at(-1)!.event;
    if (outcome === 'handled' || outcome === 'refused' || outcome === 'unknown') tally[outcome] += 1;
    else tally.notDelivered += 1;
  }
  return tally;
}

/** Every failure is told as an event, too, as long as there is a session to tell it. */
function checkUndelivered(
  { object, closed, undelivered }: ObjectStory,
  stories: readonly OperationStory[],
): Violation[] {
  const endAt = closed?.at ?? Infinity;
  const failures = stories.filter(({ outcomes }) => {
    const first = outcomes[0];
    return first !== undefined && first.event.outcome !== 'handled' && first.at < endAt;
  }).length;
  if (failures === undelivered.length) return [];
  return [violation('wrong report', `${object} told of ${undelivered.length} failures, there were ${failures}`)];
}
