/**
 * Clients that come back when their session is over: the server still knows what became of their messages, so nothing that it knows may be in doubt (promise P4).
 */
import { lastOutcome, type ObjectStory, type OperationStory, type Placed, type Stories } from './story.ts';
import { violation, type Violation } from './violation.ts';

/** What a server keeps of a session that is over is bounded: 4 KiB, which are enough to tell the fate of so many messages, whatever they were. */
const LAST_WORDS_MAX_MESSAGES = 40;

export function checkLateReturns(stories: Stories): Violation[] {
  if (!stories.isRemembering) return [];
  const { operations, objects } = stories;
  return [...objects.values()].flatMap((client) =>
    client.gaps.flatMap((gap) => {
      const server = rememberingServer(stories, gap);
      if (client.role === 'server' || server === null) return [];
      const written = [...operations.values()].filter((story) => isOf(story, client, gap.event.session));
      const claimed = written.filter(({ send }) => send!.event.claimed);
      // A session of which the server has read nothing leaves nothing.
      if (!claimed.some(({ starts }) => starts.length > 0)) return [];
      if (written.filter((story) => isOpenAt(story, server.closed!.at)).length > LAST_WORDS_MAX_MESSAGES) return [];
      return claimed.flatMap((story) => checkKnown(story, server.closed!.at));
    }),
  );
}

/** The server's side of a session, when it was over before its client came back to a server that was there all the time. */
function rememberingServer({ objects, leavings }: Stories, { at, event }: Placed<'gap'>): ObjectStory | null {
  for (const object of objects.values()) {
    if (object.role === 'client' || object.opened[0]?.event.session !== event.session) continue;
    const hasLeft = (leavings.get(object.process)?.at ?? Infinity) < at;
    const isOver = object.closed !== null && object.closed.at < at;
    return isOver && object.crashedAt > at && !hasLeft ? object : null;
  }
  return null;
}

/** Its sender did not know its fate when the session ended at the server. */
function isOpenAt({ outcomes }: OperationStory, at: number): boolean {
  return (outcomes[0]?.at ?? Infinity) > at;
}

function isOf({ send, written }: OperationStory, { object }: ObjectStory, session: string): boolean {
  return send?.event.object === object && written.at(-1)?.event.session === session;
}

/** What never began was refused, or never came; what had finished was handled or refused. A request needs its answer, which is not kept. */
function checkKnown(story: OperationStory, closedAt: number): Violation[] {
  const { op, send, starts, finishes } = story;
  if (lastOutcome(story)?.event.outcome !== 'unknown') return [];
  const isUnseen = starts.length === 0;
  const isFinished = send!.event.kind === 'message' && finishes.some(({ at }) => at < closedAt);
  if (!isUnseen && !isFinished) return [];
  return [
    violation(
      'needless doubt',
      `op ${op} is unknown, and its server knew that it ${isUnseen ? 'never began' : 'had finished'}`,
    ),
  ];
}
