/** PROTOCOL.md as data: its sections, their tables and their blocks of code. */
import { readFileSync } from 'node:fs';

export type Row = readonly string[];

export interface Table {
  readonly columns: Row;
  readonly rows: readonly Row[];
}

const TEXT = readFileSync(new URL('../../packages/core/PROTOCOL.md', import.meta.url), 'utf8');
const SECTIONS = new Map(
  TEXT.split(/^## /m)
    .slice(1)
    .map((text) => [Number.parseInt(text, 10), text]),
);

/** The text of a section, without its heading's marks. */
export function section(number: number): string {
  const text = SECTIONS.get(number);
  if (text === undefined) throw new Error(`PROTOCOL.md has no section ${number}`);
  return text;
}

/** The one table of a section that has these columns. */
export function table(number: number, columns: Row): Table {
  const found = tables(section(number)).filter((candidate) => candidate.columns.join('|') === columns.join('|'));
  if (found.length !== 1) throw new Error(`section ${number} has ${found.length} tables with ${columns.join(', ')}`);
  return found[0]!;
}

/** The blocks of code of a section, each with the paragraph that stands before it. */
export function codeBlocks(number: number): { readonly heading: string; readonly lines: readonly string[] }[] {
  return [...section(number).matchAll(/^\*\*(.+?)\*\*.*?\n```\n(.*?)\n```/gms)].map(([, heading = '', code = '']) => ({
    heading,
    lines: code.split('\n'),
  }));
}

/** A cell without its backticks. */
export function bare(cell: string): string {
  return cell.replaceAll('`', '');
}

function tables(text: string): Table[] {
  const found: Table[] = [];
  let lines: Row[] = [];
  for (const line of [...text.split('\n'), '']) {
    if (line.startsWith('|')) lines.push(cells(line));
    else if (lines.length > 0) {
      found.push({ columns: lines[0]!, rows: lines.slice(2) });
      lines = [];
    }
  }
  return found;
}

function cells(line: string): Row {
  return line
    .slice(1, line.lastIndexOf('|'))
    .split('|')
    .map((cell) => cell.trim());
}
