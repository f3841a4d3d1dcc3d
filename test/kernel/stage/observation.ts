/** What one side saw of a situation, made comparable: nothing in it varies from run to run but the time. */
import type { Report, SpokenCause, SpokenState } from '../programs/word.ts';

export interface Observation {
  /** The phases of `connection$`, for example `dialing`, `open`, `half-closed (w)`, `closed`: in brackets what is still possible. */
  readonly states: readonly string[];
  /** `reset`, `timeout of kernel`, `refused by http (404)`; null while it is not closed. */
  readonly cause: string | null;
  readonly evidence: Readonly<Record<string, string | number | boolean>>;
  /** What the cause says to a person, with PORT and PATH in place of what varies; null where it says nothing. */
  readonly sentence: string | null;
  /** From the mark to `closed`, in milliseconds; null while it is not closed. */
  readonly knownAfterMs: number | null;
  /** How many messages of the other side were handled. */
  readonly handled: number;
  /** Events of the session, such as `half-closed by peer`. */
  readonly events: readonly string[];
}

/** The evidence that says the same in every run. */
const STABLE = ['errno', 'syscall', 'wsCode', 'wsClean'] as const;

export function observationOf(reports: readonly Report[], id: string, markedAt: number): Observation {
  const mine = reports.filter((report) => 'id' in report && report.id === id);
  const states = mine.filter((report) => report.say === 'connection');
  const closed = states.find(({ state }) => state.phase === 'closed');
  const cause = closed?.state.cause;
  return {
    states: states.map(({ state }) => nameOfState(state)).filter((name) => name !== 'idle'),
    cause: cause === undefined ? null : nameOfCause(cause),
    evidence: Object.fromEntries(
      STABLE.flatMap((key) => (cause?.evidence?.[key] === undefined ? [] : [[key, cause.evidence[key]]])),
    ),
    sentence: cause?.message === undefined ? null : withoutPlaces(cause.message),
    knownAfterMs: closed === undefined ? null : closed.at - markedAt,
    handled: Math.max(0, ...mine.map((report) => (report.say === 'handled' ? report.count : 0))),
    events: mine.flatMap((report) => (report.say === 'event' ? [nameOfEvent(report)] : [])),
  };
}

function withoutPlaces(sentence: string): string {
  return sentence.replaceAll(/unix:[^\s,;]+/g, 'unix:PATH').replaceAll(/((?:\d|localhost|\])):\d+/g, '$1:PORT');
}

function nameOfEvent({ type, by, of }: { type: string; by?: string; of?: string }): string {
  return [type, of === undefined ? '' : `of ${of}`, by === undefined ? '' : `by ${by}`].filter(Boolean).join(' ');
}

function nameOfState({ phase, readable, writable }: SpokenState): string {
  if (phase !== 'half-closed') return phase;
  const possible = [readable === true ? 'r' : '', writable === true ? 'w' : ''].join('');
  return `half-closed (${possible || 'neither'})`;
}

export function nameOfCause({ kind, by, of, code }: SpokenCause): string {
  const words = [kind, of === undefined ? '' : `of ${of}`, by === undefined ? '' : `by ${by}`];
  if (code !== undefined) words.push(`(${code})`);
  return words.filter((word) => word !== '').join(' ');
}
