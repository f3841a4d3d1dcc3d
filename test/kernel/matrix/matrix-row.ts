/** What was seen of a situation over a transport on a runtime, without what varies from run to run. */
import type { Situation } from '../stage/situation.ts';
import type { Performance } from '../stage/theatre.ts';
import { isSameTime, timeClass } from './time-class.ts';

export interface MatrixRow {
  /** As {@link Observation.states}. */
  readonly states: readonly string[];
  /** As {@link Observation.cause}. */
  readonly cause: string | null;
  readonly evidence: Readonly<Record<string, string | number | boolean>>;
  /** When it was known; see time-class.ts. */
  readonly time: string;
  /** How many messages of the other side were handled. */
  readonly handled: number;
  /** Events of the session. */
  readonly events: readonly string[];
  /** The cause that the other side was told; null: nothing. */
  readonly peer: string | null;
  /** What a heartbeat said of it, and when; null: none ran, or it said nothing. */
  readonly heartbeat: string | null;
}

const WATCH_MS = 2_000;

export function rowOf(situation: Situation, { observer, peer, heartbeat }: Performance): MatrixRow {
  const watchedMs = situation.watchMs ?? WATCH_MS;
  const { states, cause, evidence, knownAfterMs, handled, events } = observer;
  return {
    states,
    cause,
    evidence,
    time: timeClass(knownAfterMs, watchedMs),
    handled,
    events,
    peer: peer?.cause ?? null,
    heartbeat: heartbeat === null ? null : `${heartbeat.status}, ${timeClass(heartbeat.afterMs, watchedMs)}`,
  };
}

type Field = keyof MatrixRow;

export const ALL_FIELDS: readonly Field[] = [
  'states',
  'cause',
  'evidence',
  'time',
  'handled',
  'events',
  'peer',
  'heartbeat',
];

/**
 * What is the same on every machine, however busy. The rest is recorded for people: what of it has to hold, and within which time, is written in the situation.
 */
export const HELD_FIELDS: readonly Field[] = ['states', 'cause', 'evidence'];

/** In what a row differs from all that were recorded, a line each. What varies from run to run varies field by field. */
export function differencesOf(recorded: readonly MatrixRow[], seen: MatrixRow, fields: readonly Field[]): string[] {
  return fields
    .filter((field) => !recorded.some((row) => isSame(field, row, seen)))
    .map((field) => {
      const known = [...new Set(recorded.map((row) => show(row[field])))].join(' or ');
      return `${field}: recorded ${known}, seen ${show(seen[field])}`;
    });
}

function isSame(key: keyof MatrixRow, recorded: MatrixRow, seen: MatrixRow): boolean {
  if (key === 'time') return isSameTime(recorded.time, seen.time);
  if (key !== 'heartbeat') return show(recorded[key]) === show(seen[key]);
  const [[verdict, time], [otherVerdict, otherTime]] = [split(recorded.heartbeat), split(seen.heartbeat)];
  return verdict === otherVerdict && isSameTime(time, otherTime);
}

function split(heartbeat: string | null): [string, string] {
  const [verdict = '', time = ''] = (heartbeat ?? '').split(', ');
  return [verdict, time];
}

function show(value: unknown): string {
  return JSON.stringify(value);
}
