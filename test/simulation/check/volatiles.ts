/** Volatile values: of one slot a later one is never followed by an earlier one, one is handled at a time, each once at most and as it was sent. */
import type { EventOf, Stories, VolatileStep } from './story.ts';
import { violation, type Violation } from './violation.ts';

export function checkVolatiles({ volatiles, objects }: Stories): Violation[] {
  if (volatiles.length === 0) return [];
  const sent = new Map<number, EventOf<'volatile-sent'>>();
  const handling = new Handling();
  return volatiles.flatMap((step) => {
    const { event } = step;
    if (event.type === 'volatile-sent') {
      sent.set(event.value, event);
      return [];
    }
    const of = sent.get(event.value);
    if (of === undefined) return [violation('phantom', `volatile ${event.value} was handled and never sent`)];
    const slot = `${of.slot} at ${event.object}`;
    if (event.type === 'volatile-finish') return handling.finish(slot);
    if (!event.isIntact) return [violation('phantom', `volatile ${event.value} is not as it was sent`)];
    return [...checkLife(step, objects), ...handling.start(slot, event.value)];
  });
}

function checkLife({ at, event }: VolatileStep, objects: Stories['objects']): Violation[] {
  const object = objects.get(event.object);
  if (object === undefined) return [];
  if (at <= object.crashedAt && (object.closed === null || at <= object.closed.at)) return [];
  return [violation('stale epoch', `volatile ${event.value} was handled by ${event.object}, which was over`)];
}

/** What runs in each slot of each receiver, and how far it has come. */
class Handling {
  readonly #newest = new Map<string, number>();
  readonly #running = new Set<string>();

  start(slot: string, value: number): Violation[] {
    const before = this.#newest.get(slot) ?? 0;
    const isBusy = this.#running.has(slot);
    this.#newest.set(slot, value);
    this.#running.add(slot);
    if (value === before) return [violation('duplicate', `volatile ${value} was handled twice`)];
    if (value < before) return [violation('reordered', `volatile ${value} was handled after ${before}`)];
    return isBusy ? [violation('reordered', `volatile ${value} was begun before ${before} had finished`)] : [];
  }

  finish(slot: string): Violation[] {
    this.#running.delete(slot);
    return [];
  }
}
