/** What the long runs have measured: kept beside this file as JSON, and told by docs/false-deaths.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Distribution } from './distribution.ts';
import type { Way } from './false-deaths.ts';
import type { VerdictName } from './setting.ts';

export interface CountFigure {
  readonly setting: string;
  readonly way: Way;
  readonly verdict: VerdictName;
  /** Those of both sides together. */
  readonly verdicts: number;
  readonly hours: number;
}

export interface DetectFigure extends Distribution {
  readonly setting: string;
  readonly verdict: VerdictName;
}

export interface CrashFigure {
  readonly preset: string;
  /** On ways whose RTO0 is 200 ms, and on all. */
  readonly quick: { readonly suspect: Distribution; readonly dead: Distribution };
  readonly all: { readonly suspect: Distribution; readonly dead: Distribution };
}

export interface Figures {
  readonly counts: readonly CountFigure[];
  readonly detect: readonly DetectFigure[];
  readonly crashes: readonly CrashFigure[];
}

const FILE = path.join(import.meta.dirname, 'figures.json');
const DOCUMENT = path.join(import.meta.dirname, '../../docs/false-deaths.md');

export function readFigures(): Figures {
  return JSON.parse(readFileSync(FILE, 'utf8')) as Figures;
}

/** Whether this run is to be written down. */
export const isUpdating: boolean = process.env['UPDATE_FALSE_DEATHS'] === '1';

/** Puts new figures in the place of the old ones, into the document, too. */
export function writeFigures(
  changes: Partial<Figures>,
  render: (figures: Figures) => ReadonlyMap<string, string>,
): void {
  const figures = { ...readFigures(), ...changes };
  // 1e+22 is 1e22 to the formatter.
  writeFileSync(FILE, `${JSON.stringify(figures, null, 2).replaceAll('e+', 'e')}\n`);
  writeFileSync(DOCUMENT, withTables(readDocument(), render(figures)));
}

export function readDocument(): string {
  return readFileSync(DOCUMENT, 'utf8');
}

/** The document with these tables between its marks, `<!-- figures: NAME -->` and `<!-- end -->`. */
export function withTables(document: string, tables: ReadonlyMap<string, string>): string {
  return [...tables].reduce((text, [name, table]) => {
    const mark = `<!-- figures: ${name} -->`;
    const from = text.indexOf(mark) + mark.length;
    const to = text.indexOf('<!-- end -->', from);
    if (from < mark.length || to < 0) throw new Error(`the document has no place for the figures called ${name}`);
    return `${text.slice(0, from)}\n\n${table}\n\n${text.slice(to)}`;
  }, document);
}

/** False verdicts of one side in a million connection-hours, as measured. */
export function perSide({ verdicts, hours }: CountFigure): number {
  return (verdicts / 2 / hours) * 1e6;
}
