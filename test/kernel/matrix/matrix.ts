/**
 * Holds what is seen against what was recorded for this runtime.
 *
 *   npm run causes        runs all of it, writes the files and docs/causes.md
 *   UPDATE_CAUSES=1       with a test file: writes what it saw
 *   UPDATE_CAUSES=add     adds to what was recorded what a run showed otherwise, where a runtime does not always do the same
 */
import { writeFileSync } from 'node:fs';
import { release, type as systemName } from 'node:os';
import path from 'node:path';
import type { TransportName } from '../programs/word.ts';
import type { Situation } from '../stage/situation.ts';
import type { Performance } from '../stage/theatre.ts';
import { readMatrix, writeMatrix, type RecordedSituation, type Variants } from './matrix-file.ts';
import { ALL_FIELDS, differencesOf, HELD_FIELDS, rowOf } from './matrix-row.ts';
import { renderPage } from './page/render-page.ts';
import { RUNTIME_NAMES, type MatrixRuntime } from './runtime-name.ts';

export const PAGE: string = path.resolve(import.meta.dirname, '../../../docs/causes.md');

export interface Matrix {
  /** In what this differs from what was recorded, a line each. While the files are being written: nothing. */
  compare(situation: Situation, transport: TransportName, seen: Performance): string[];
  /** Write the file and the page, if that was asked for. `situations`: all that there are in this place. */
  close(situations: readonly Situation[]): void;
}

/** `version`: as the runtime calls itself. */
export function openMatrix(runtime: MatrixRuntime, version: string): Matrix {
  const update = process.env['UPDATE_CAUSES'];
  const recorded = readMatrix(runtime).situations;
  const seenSituations = new Map<string, RecordedSituation>();
  return {
    compare(situation, transport, performance) {
      const { name, title, place } = situation;
      const seen = rowOf(situation, performance);
      const known: Variants = recorded[name]?.rows[transport] ?? [];
      if (update !== undefined) {
        const rows = { ...seenSituations.get(name)?.rows };
        const earlier = update === 'add' ? known : [];
        rows[transport] =
          earlier.length > 0 && differencesOf(known, seen, ALL_FIELDS).length === 0 ? earlier : [...earlier, seen];
        seenSituations.set(name, { title, place, rows });
        return [];
      }
      if (known.length === 0) return ['nothing was recorded of this; `npm run causes` does'];
      if (recorded[name]?.title !== title) return [`it was recorded as '${recorded[name]?.title}'`];
      return differencesOf(known, seen, HELD_FIELDS);
    },
    close(situations) {
      if (update === undefined) return;
      // Read anew: another test file may have written the rows of another place meanwhile.
      const all = mergeSituations(readMatrix(runtime).situations, seenSituations, situations);
      const kernel = `${systemName()} ${release().split('.', 2).join('.')}`;
      writeMatrix(runtime, { version, kernel, situations: all });
      writeFileSync(PAGE, renderRecorded());
    },
  };
}

/** The page as the files have it. */
export function renderRecorded(): string {
  return renderPage(new Map(RUNTIME_NAMES.map((runtime) => [runtime, readMatrix(runtime)])));
}

/** What was seen takes the place of what was recorded; what is no situation any more, or no transport of it, goes. */
function mergeSituations(
  recorded: Readonly<Record<string, RecordedSituation>>,
  seen: ReadonlyMap<string, RecordedSituation>,
  situations: readonly Situation[],
): Record<string, RecordedSituation> {
  const places = new Set(situations.map(({ place }) => place));
  const elsewhere = Object.entries(recorded).filter(([, { place }]) => !places.has(place));
  const here = situations.flatMap(({ name, title, place, transports }): [string, RecordedSituation][] => {
    const rows = { ...recorded[name]?.rows, ...seen.get(name)?.rows };
    const kept = Object.fromEntries(
      transports.flatMap((transport) => (rows[transport] === undefined ? [] : [[transport, rows[transport]]])),
    );
    return Object.keys(kept).length === 0 ? [] : [[name, { title, place, rows: kept }]];
  });
  const order = ['loopback', 'served', 'namespaces'];
  const all = [...elsewhere, ...here];
  return Object.fromEntries(all.sort(([, a], [, b]) => order.indexOf(a.place) - order.indexOf(b.place)));
}
