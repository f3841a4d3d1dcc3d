/** All situations that need a network of their own. */
import type { Situation } from '../stage/situation.ts';
import { DIALS } from './network-dials.ts';
import { HOLES } from './network-holes.ts';
import { KEEPALIVE } from './network-keepalive.ts';
import { LINKS } from './network-links.ts';
import { RECOVERIES } from './network-recoveries.ts';
import { REFUSALS } from './network-refusals.ts';

export const BETWEEN_NAMESPACES: readonly Situation[] = [
  ...HOLES,
  ...REFUSALS,
  ...LINKS,
  ...DIALS,
  ...KEEPALIVE,
  ...RECOVERIES,
];
