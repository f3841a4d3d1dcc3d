/** All situations that need nothing but loopback. */
import type { Situation } from '../stage/situation.ts';
import { ENDS } from './ends.ts';

export const LOOPBACK: readonly Situation[] = [...ENDS];
