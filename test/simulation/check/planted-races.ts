/** Planted histories of second connections: with one thing wrong, and others that are allowed and come close. */
import type { Happening } from '../history/history.ts';
import type { PlantedHistory } from './planted-history.ts';
import type { ViolationClass } from './violation.ts';

type Write = (history: PlantedHistory) => PlantedHistory;

const dials = (count: number): Happening => ({ type: 'dials', process: 'pc', count });
const raced = (heardSince: boolean): Happening => ({ type: 'raced', process: 'pc', heardSince });
const behind: Happening = { type: 'wrote-behind', process: 'pc' };

export const PLANTED_RACES: readonly (readonly [ViolationClass, string, Write])[] = [
  ['too many dials', 'two at once', (h) => h.note(dials(1)).note(dials(2))],
  ['too many dials', 'three at once', (h) => h.note(dials(3))],
  ['needless race', 'with a connection that speaks', (h) => h.note(dials(1)).note(raced(true))],
  ['needless race', 'the second time', (h) => h.note(raced(false)).note(raced(true))],
  ['written behind', 'on the first connection', (h) => h.note(raced(false)).note(behind)],
  ['written behind', 'twice', (h) => h.note(behind).note(behind)],
];

export const ALLOWED_RACES: readonly (readonly [string, Write])[] = [
  ['one dial after the other', (h) => h.note(dials(1)).note(dials(1))],
  ['a race with a silent connection', (h) => h.note(dials(1)).note(raced(false)).open('client', 'S1', 2)],
];
