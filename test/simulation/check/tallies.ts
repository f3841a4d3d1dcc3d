/** Sums: as many outcomes as messages that were sent, and a broadcast that counts its own rightly. */
import type { OperationStory, Placed, Stories } from './story.ts';
import { violation, type Violation } from './violation.ts';

export function checkTallies({ operations, objects, casts }: Stories): Violation[] {
  const sums = new Map<string, { sent: number; outcomes: number }>();
  for (const { send, outcomes } of operations.values()) {
    if (send === null) continue;
    const sum = sums.get(send.event.object) ?? { sent: 0, outcomes: 0 };
    sums.set(send.event.object, sum);
    sum.sent += 1;
    for (const { event } of outcomes) if (event.isCorrection !== true) sum.outcomes += 1;
  }
  const wrong = [...sums].filter(
    ([object, { sent, outcomes }]) => sent !== outcomes && objects.get(object)?.crashedAt === Infinity,
  );
  return [
    ...wrong.map(([object, { sent, outcomes }]) =>
      violation('wrong tally', `${object} sent ${sent}, and was told ${outcomes} outcomes`),
    ),
    ...casts.flatMap((cast) => checkCast(cast, operations)),
  ];
}

function checkCast({ event: { ops, counts } }: Placed<'cast'>, operations: Stories['operations']): Violation[] {
  const counted: Record<string, number> = {};
  for (const op of ops) {
    const outcome = firstOutcome(operations.get(op));
    counted[outcome] = (counted[outcome] ?? 0) + 1;
  }
  const names = [...new Set([...Object.keys(counts), ...Object.keys(counted)])];
  return names
    .filter((name) => (counts[name] ?? 0) !== (counted[name] ?? 0))
    .map((name) =>
      violation('wrong tally', `a broadcast counts ${counts[name] ?? 0} ${name}, there were ${counted[name] ?? 0}`),
    );
}

function firstOutcome(story: OperationStory | undefined): string {
  return story?.outcomes[0]?.event.outcome ?? 'without outcome';
}
