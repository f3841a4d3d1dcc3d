/** The runtimes of the matrix, in the order of the page. */
import process from 'node:process';

export const RUNTIMES = {
  node20: 'Node 20',
  node22: 'Node 22',
  node24: 'Node 24',
  bun: 'Bun',
  deno: 'Deno',
  chromium: 'Chromium',
} as const;

export type MatrixRuntime = keyof typeof RUNTIMES;

export const RUNTIME_NAMES: readonly MatrixRuntime[] = Object.keys(RUNTIMES) as MatrixRuntime[];

/** The Node that runs this; null when the matrix has no rows for it. */
export function ownRuntime(): MatrixRuntime | null {
  const [major] = process.versions.node.split('.');
  const name = `node${major}`;
  return name in RUNTIMES ? (name as MatrixRuntime) : null;
}
