import type { EventEmitter } from 'node:events';
import { withDeadline } from './with-deadline.ts';

/** Waits for an event of a socket or a server, whatever errors it has meanwhile. */
export function heard(emitter: EventEmitter, event: string): Promise<void> {
  return withDeadline(15_000, new Promise<void>((resolve) => emitter.once(event, () => resolve())), event);
}
