/** The sign beside one's own message that says how far it has come, or how it failed. */
import type { DeliveryStage, FailedOutcome } from '@heartwire/core';
import { element, icon } from './dom.ts';

/** A stage on the way, or one of the ways to fail. */
export type TickKind = Exclude<DeliveryStage, 'failed'> | FailedOutcome;

const VIEW = '0 0 22 14';
const FIRST_CHECK = 'M2.5 7.5 6.3 11.3 14 3';
const SECOND_CHECK = 'M10.2 10.4 11.1 11.3 18.8 3';
const CIRCLE = 'M11 1.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11';
const QUESTION = 'M9.5 5.7a1.6 1.6 0 1 1 2.4 1.4c-.6.35-.9.6-.9 1.1M11 10.1v.1';

const DRAWINGS: Readonly<Record<TickKind, readonly string[]>> = {
  queued: [CIRCLE, 'M11 4v3.2l2.2 1.3'],
  sent: [FIRST_CHECK],
  delivered: [FIRST_CHECK, SECOND_CHECK],
  handled: [FIRST_CHECK, SECOND_CHECK],
  // A bar, a return, a full tray, a question, an hourglass, a cross.
  refused: [CIRCLE, 'M8.2 7h5.6'],
  'not-delivered': ['M7.5 2 4 5.5 7.5 9M4.5 5.5h9a3.3 3.3 0 0 1 0 6.6H9'],
  overflow: ['M5 8v4h12V8M11 9V1.8M8 4.6l3-3 3 3'],
  unknown: [CIRCLE, QUESTION],
  expired: ['M7.5 1.5h7l-7 11h7z'],
  cancelled: [CIRCLE, 'm9 5 4 4m0-4L9 9'],
};

/** What each of them means, for the titles and for those who do not see the signs. */
export const MEANINGS: Readonly<Record<TickKind, string>> = {
  queued: 'waits to leave',
  sent: 'is on its way',
  delivered: 'has arrived',
  handled: 'was dealt with',
  refused: 'was turned down, and why',
  'not-delivered': 'has certainly not arrived',
  overflow: 'was not accepted: too much waits',
  unknown: 'may have arrived; nobody can say',
  expired: 'was too late',
  cancelled: 'was withdrawn',
};

/** Those that somebody may meet here. */
const LEGEND: readonly TickKind[] = ['queued', 'sent', 'delivered', 'handled', 'refused', 'not-delivered', 'unknown'];

/** The sign; all have the same size. */
export function createTick(kind: TickKind): HTMLSpanElement {
  const tick = element('span', `tick ${kind}`, icon(VIEW, ...DRAWINGS[kind]));
  tick.setAttribute('role', 'img');
  tick.setAttribute('aria-label', kind);
  return tick;
}

/** One line for each of the signs. */
export function createLegend(): HTMLLIElement[] {
  return LEGEND.map((kind) => element('li', '', createTick(kind), element('b', '', kind), ` ${MEANINGS[kind]}`));
}
