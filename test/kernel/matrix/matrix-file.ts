/** What a runtime showed, as a file beside this one: one line for each row, so that a change is seen as one. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { TransportName } from '../programs/word.ts';
import type { Situation } from '../stage/situation.ts';
import type { MatrixRow } from './matrix-row.ts';
import type { MatrixRuntime } from './runtime-name.ts';

/** The first row is the usual one; what else was seen in some runs follows. */
export type Variants = readonly MatrixRow[];

export interface RecordedSituation {
  readonly title: string;
  readonly place: Situation['place'];
  readonly rows: Partial<Record<TransportName, Variants>>;
}

export interface MatrixFile {
  /** As the runtime calls itself. */
  readonly version: string;
  /** The kernel under it, without what its distributor added. */
  readonly kernel: string;
  readonly situations: Readonly<Record<string, RecordedSituation>>;
}

/** What was recorded; empty where nothing was. */
export function readMatrix(runtime: MatrixRuntime): MatrixFile {
  const file = fileOf(runtime);
  if (!existsSync(file)) return { version: '', kernel: '', situations: {} };
  return JSON.parse(readFileSync(file, 'utf8')) as MatrixFile;
}

/** Under another name first: whoever reads meanwhile sees all of the old file or all of the new one. */
export function writeMatrix(runtime: MatrixRuntime, matrix: MatrixFile): void {
  const unfinished = `${fileOf(runtime)}.${process.pid}`;
  writeFileSync(unfinished, matrixText(matrix));
  renameSync(unfinished, fileOf(runtime));
}

export function matrixText({ version, kernel, situations }: MatrixFile): string {
  const all = Object.entries(situations).map(([name, { title, place, rows }]) => {
    const lines = Object.entries(rows).map(([transport, variants]) => {
      const written = variants.map((row) => JSON.stringify(row)).join(',\n        ');
      return `      ${JSON.stringify(transport)}: [${written}]`;
    });
    const head = `"title": ${JSON.stringify(title)}, "place": ${JSON.stringify(place)}`;
    return `    ${JSON.stringify(name)}: { ${head}, "rows": {\n${lines.join(',\n')}\n    } }`;
  });
  const head = `  "version": ${JSON.stringify(version)},\n  "kernel": ${JSON.stringify(kernel)}`;
  return `{\n${head},\n  "situations": {\n${all.join(',\n')}\n  }\n}\n`;
}

function fileOf(runtime: MatrixRuntime): string {
  return path.join(import.meta.dirname, `${runtime}.json`);
}
