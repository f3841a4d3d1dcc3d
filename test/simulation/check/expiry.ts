/** `expiresIn`: no handler begins a message after its time, but for the time that the handshake took on its way (PROTOCOL.md §22). */
import type { OperationStory, Stories } from './story.ts';
import { violation, type Violation } from './violation.ts';

/** The sender rounds down, and the receiver may not be later than that. */
const TOLERANCE_MS = 1;

export function checkExpiry({ operations, objects, ways }: Stories): Violation[] {
  const processOf = (object: string): string => objects.get(object)?.process ?? '';
  const wayMs = (from: string, to: string): number =>
    ways.reduce((most, way) => (way.from === from && way.to === to ? Math.max(most, way.ms) : most), 0);
  return [...operations.values()].flatMap(({ op, send, starts }: OperationStory) => {
    const { expiresInMs = null, atMs = 0, object = '' } = send?.event ?? {};
    if (expiresInMs === null) return [];
    return starts.flatMap(({ event }) => {
      const lateMs = event.atMs - atMs - expiresInMs;
      if (lateMs <= TOLERANCE_MS) return [];
      const allowedMs = wayMs(processOf(object), processOf(event.object));
      if (lateMs <= allowedMs + TOLERANCE_MS) return [];
      return [violation('begun too late', `op ${op} began ${lateMs} ms after its time, ${allowedMs} ms are allowed`)];
    });
  });
}
