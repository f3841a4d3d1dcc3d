/** Checks that are not test files: each is one command that must end with exit code 0. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { root } from '../pnpm.mjs';

const bin = (name) => path.join(root, 'node_modules/.bin', name);

export const CHECKS = [
  { name: 'types: tsc -b', command: [bin('tsc'), '-b'] },
  { name: 'lint: oxlint --type-aware', command: [bin('oxlint'), '--type-aware', '--deny-warnings'] },
  { name: 'format: oxfmt --check', command: [bin('oxfmt'), '--check'] },
];

export const BUILD = {
  name: 'build: esbuild, tsc -b',
  command: [process.execPath, path.join(root, 'scripts/build.mjs')],
};

/** @returns {Promise<{ ok: boolean, output: string, seconds: number }>} */
export async function runCheck({ command: [program, ...args] }) {
  const startedAt = performance.now();
  const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  const code = await new Promise((resolve) => {
    child.on('close', resolve);
    child.on('error', (error) => resolve((output += error.message)));
  });
  return { ok: code === 0, output, seconds: (performance.now() - startedAt) / 1000 };
}
