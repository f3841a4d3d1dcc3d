/**
 * Handler runs beside each other. Within one session, across all its connections, a lane is handled in order and without a hole; a new session
 * under the same object begins anew.
 */
import { isWithdrawable, lastOutcome, type OperationStory, type Placed, type Stories } from './story.ts';
import { violation, type Violation } from './violation.ts';

interface LaneRun {
  readonly story: OperationStory;
  readonly start: Placed<'start'>;
}

export function checkOrder({ operations, objects }: Stories): Violation[] {
  const lanes = new Map<string, LaneRun[]>();
  for (const story of operations.values()) {
    if (story.send === null) continue;
    for (const start of story.starts) {
      const key = `${story.send.event.lane} of ${start.event.session} at ${start.event.object}`;
      const lane = lanes.get(key) ?? [];
      lanes.set(key, lane);
      lane.push({ story, start });
    }
  }
  return [...[...lanes.values()].flatMap(checkLane), ...checkHoles(operations, objects)];
}

function checkLane(lane: readonly LaneRun[]): Violation[] {
  const inTime = [...lane].sort((a, b) => a.start.at - b.start.at);
  const found: Violation[] = [];
  inTime.forEach((run, index) => {
    const before = inTime[index - 1];
    if (before === undefined) return;
    const [earlier, later] = [before.story, run.story];
    if (later.op < earlier.op) {
      found.push(violation('reordered', `op ${later.op} was handled after op ${earlier.op}`));
    } else if (earlier.send!.event.serial && !isFinishedBefore(earlier, run.start.at)) {
      found.push(violation('reordered', `op ${later.op} was begun before op ${earlier.op} had finished`));
    }
  });
  return found;
}

function isFinishedBefore({ finishes }: OperationStory, at: number): boolean {
  return finishes.some((finish) => finish.at < at);
}

/** What was written before something that was handled, in the same lane of the same session, was handled as well. */
function checkHoles(operations: Stories['operations'], objects: Stories['objects']): Violation[] {
  const lanes = new Map<string, OperationStory[]>();
  for (const story of operations.values()) {
    const { send, written } = story;
    if (send === null || !send.event.claimed || written.length === 0) continue;
    const { session } = written.at(-1)!.event;
    const key = `${send.event.lane} of ${session} from ${send.event.object}`;
    const lane = lanes.get(key) ?? [];
    lanes.set(key, lane);
    lane.push(story);
  }
  return [...lanes.values()].flatMap((lane) => {
    const handled = lane.filter(({ starts }) => starts.length > 0);
    const last = Math.max(-1, ...handled.map(({ op }) => op));
    const hasEnded = handled.some(({ starts }) => (objects.get(starts[0]!.event.object)?.halfEndings.length ?? 0) > 0);
    return (
      lane
        .filter((story) => story.op < last && story.starts.length === 0 && !isProvenUnseen(story))
        // A request that crossed the goodbye of its receiver is refused, and the word of that may be lost with a receiver that is dropped.
        .filter(({ send }) => !(hasEnded && send!.event.kind === 'request'))
        .map(({ op }) => violation('lost', `op ${op} was never handled, op ${last} of the same session was`))
    );
  });
}

/** Its sender knows that no handler saw it, or asked for just that and did not hear the answer. */
function isProvenUnseen(story: OperationStory): boolean {
  if (isWithdrawable(story)) return true;
  const { outcome, safeToRetry } = lastOutcome(story)?.event ?? { outcome: 'unknown', safeToRetry: false };
  return safeToRetry || outcome === 'expired' || outcome === 'cancelled';
}
