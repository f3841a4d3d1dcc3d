/** All situations that need nothing but loopback. Those that take long come first, so that the transports end together. */
import type { Situation } from '../stage/situation.ts';
import { AFTER_DATA } from './after-data.ts';
import { DESCRIPTORS } from './descriptors.ts';
import { DIALS } from './dials.ts';
import { ENDS } from './ends.ts';
import { EXITS } from './exits.ts';
import { FAREWELLS } from './farewells.ts';
import { HALF_CLOSES } from './half-closes.ts';
import { SLOW_READERS } from './slow-readers.ts';
import { TLS_REFUSALS } from './tls-refusals.ts';
import { WS_CLOSE_CODES } from './ws-close-codes.ts';
import { WS_UPGRADES } from './ws-upgrades.ts';
import { WS_VIOLATIONS } from './ws-violations.ts';

export const LOOPBACK: readonly Situation[] = [
  ...ENDS,
  ...AFTER_DATA,
  ...EXITS,
  ...HALF_CLOSES,
  ...SLOW_READERS,
  ...FAREWELLS,
  ...DIALS,
  ...DESCRIPTORS,
  ...TLS_REFUSALS,
  ...WS_CLOSE_CODES,
  ...WS_VIOLATIONS,
  ...WS_UPGRADES,
];
