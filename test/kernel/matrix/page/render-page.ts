/** docs/causes.md, from what was recorded. */
import type { TransportName } from '../../programs/word.ts';
import type { MatrixFile, RecordedSituation } from '../matrix-file.ts';
import { RUNTIMES, type MatrixRuntime } from '../runtime-name.ts';
import { mergeRows, type PlainRow } from './merge-rows.ts';
import { INTRODUCTION, RECIPE } from './page-text.ts';
import { cellsOf, COLUMNS } from './row-cells.ts';

type Files = ReadonlyMap<MatrixRuntime, MatrixFile>;

const PLACES: Readonly<Record<RecordedSituation['place'], string>> = {
  loopback: '## On one machine',
  served: '## On one machine, as the server sees it',
  namespaces: '## Across a network',
};

/** What the others are held against: it has every situation. */
const REFERENCE = 'node20';

export function renderPage(files: Files): string {
  const parts = [INTRODUCTION, renderMeasurement(files)];
  for (const place of ['loopback', 'served', 'namespaces'] as const) {
    const sections = situationsOf(files)
      .filter(([, situation]) => situation.place === place)
      .map(([name, situation]) => renderSituation(name, situation, files));
    if (sections.length > 0) parts.push(PLACES[place], ...sections);
  }
  return `${parts.join('\n\n')}\n`;
}

/** Each once, in the order of the first file that has it. */
function situationsOf(files: Files): [string, RecordedSituation][] {
  const all = new Map<string, RecordedSituation>();
  for (const { situations } of files.values()) {
    for (const [name, situation] of Object.entries(situations)) if (!all.has(name)) all.set(name, situation);
  }
  return [...all];
}

function renderMeasurement(files: Files): string {
  const ran = [...files].filter(([, { version }]) => version !== '');
  const versions = ran.map(([runtime, { version }]) => `${RUNTIMES[runtime].replace(/ \d+$/, '')} ${version}`);
  const kernels = new Set(ran.map(([, { kernel }]) => kernel));
  return `## How it was measured\n\n${RECIPE}\n\nKernel: ${[...kernels].join(', ')}. Runtimes: ${versions.join(', ')}.`;
}

function renderSituation(name: string, { title }: RecordedSituation, files: Files): string {
  const plain: PlainRow[] = [];
  const reference = files.get(REFERENCE)?.situations[name];
  for (const [runtime, { situations }] of files) {
    for (const [transport, variants] of Object.entries(situations[name]?.rows ?? {})) {
      const usual = reference?.rows[transport as TransportName]?.[0];
      plain.push({ transport: transport as TransportName, runtime, cells: cellsOf(variants, usual) });
    }
  }
  const rows = mergeRows(plain).map(({ transports, runtimes, cells }) =>
    tableLine([transports.join(', '), nameRuntimes(runtimes), ...cells]),
  );
  const head = ['over', 'on', ...COLUMNS];
  const table = [tableLine(head), `|${'---|'.repeat(head.length)}`, ...rows].join('\n');
  return [`### ${title}`, table, ...notRun(name, files)].join('\n\n');
}

/** A row that is missing says nothing, and nobody shall think it did. */
function notRun(name: string, files: Files): string[] {
  const isServed = files.get(REFERENCE)?.situations[name]?.place === 'served';
  const wanted = Object.keys(files.get(REFERENCE)?.situations[name]?.rows ?? {});
  const missing = [...files].flatMap(([runtime, { situations, version }]) => {
    const rows = situations[name]?.rows ?? {};
    const could = wanted.filter((transport) => runtime !== 'chromium' || (transport.startsWith('ws') && !isServed));
    const absent = could.filter((transport) => !(transport in rows));
    return version === '' || absent.length === 0 ? [] : [`${RUNTIMES[runtime]} (${absent.join(', ')})`];
  });
  return missing.length === 0 ? [] : [`Not run on: ${missing.join(', ')}.`];
}

function tableLine(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

/** `Node 20, 22, 24, Bun`. */
export function nameRuntimes(runtimes: readonly MatrixRuntime[]): string {
  const names = runtimes.map((runtime) => RUNTIMES[runtime]);
  return names.map((name, index) => (index > 0 ? name.replace(/^Node /, '') : name)).join(', ');
}
