/** How the sessions of a server ended, added up. */
import type { DrainReport } from './server-api.ts';
import type { CloseReport } from './session-api.ts';

export function sumUp(reports: readonly CloseReport[]): DrainReport {
  const sum = (count: (report: CloseReport) => number): number =>
    reports.reduce((total, report) => total + count(report), 0);
  return {
    sessions: reports.length,
    closed: sum(({ cause }) => (cause.kind === 'closed' ? 1 : 0)),
    handled: sum(({ handled }) => handled),
    notDelivered: sum(({ notDelivered }) => notDelivered),
    refused: sum(({ refused }) => refused),
    unknown: sum(({ unknown }) => unknown),
  };
}
