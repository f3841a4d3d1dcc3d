/** All situations that need a network of their own. {@link OF_PATIENCE} are those that take longer than a short test may. */
import type { Situation } from '../stage/situation.ts';
import { DIALS } from './network-dials.ts';
import { HOLES } from './network-holes.ts';
import { KEEPALIVE, OF_PATIENCE } from './network-keepalive.ts';
import { LINKS } from './network-links.ts';
import { RECOVERIES } from './network-recoveries.ts';
import { REFUSALS } from './network-refusals.ts';

export { OF_PATIENCE };

export const BETWEEN_NAMESPACES: readonly Situation[] = [
  ...HOLES,
  ...REFUSALS,
  ...LINKS,
  ...DIALS,
  ...KEEPALIVE,
  ...RECOVERIES,
];
