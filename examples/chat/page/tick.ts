/** The sign beside one's own message that says how far it has come. */
import type { DeliveryStage } from '@heartwire/core';
import { element, icon } from './dom.ts';

const VIEW = '0 0 22 14';
const FIRST_CHECK = 'M2.5 7.5 6.3 11.3 14 3';
const SECOND_CHECK = 'M10.2 10.4 11.1 11.3 18.8 3';
const CLOCK = 'M11 1.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11M11 4v3.2l2.2 1.3';
const EXCLAMATION = 'M11 1.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11M11 4.2v3.2M11 9.7v.1';

const DRAWINGS: Readonly<Record<DeliveryStage, readonly string[]>> = {
  queued: [CLOCK],
  sent: [FIRST_CHECK],
  delivered: [FIRST_CHECK, SECOND_CHECK],
  handled: [FIRST_CHECK, SECOND_CHECK],
  failed: [EXCLAMATION],
};

/** What each stage means, for the legend and for those who do not see the signs. */
export const MEANINGS: Readonly<Record<DeliveryStage, string>> = {
  queued: 'waits to leave',
  sent: 'is on its way',
  delivered: 'has arrived',
  handled: 'was dealt with',
  failed: 'was not dealt with, and why',
};

/** The sign for a stage; all have the same size. */
export function createTick(stage: DeliveryStage): HTMLSpanElement {
  const tick = element('span', `tick ${stage}`, icon(VIEW, ...DRAWINGS[stage]));
  tick.setAttribute('role', 'img');
  tick.setAttribute('aria-label', stage);
  return tick;
}

/** One line for each stage. */
export function createLegend(): HTMLLIElement[] {
  const stages = Object.keys(MEANINGS) as DeliveryStage[];
  return stages.map((stage) => element('li', '', createTick(stage), element('b', '', stage), ` ${MEANINGS[stage]}`));
}
