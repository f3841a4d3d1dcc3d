/**
 * Builds what we publish, each package into its own dist: JavaScript by esbuild, declarations by TypeScript.
 *
 * Each entry point is one file and what two entries share is a chunk of its own, so that a class such as HeartwireError
 * exists once however it is imported. Dependencies stay imports.
 */
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { root } from './pnpm.mjs';

const BUNDLES = [
  {
    folder: 'core',
    platform: 'neutral',
    entries: ['index.ts', 'transport/index.ts', 'rx/index.ts', 'testing/index.ts', 'engine.ts'],
  },
  { folder: 'transport-tcp', platform: 'node', entries: ['index.ts', 'socket.ts'] },
  // Two bundles, not two entries of one: what runs in a browser must not share a chunk with what imports node:http.
  { folder: 'transport-ws', platform: 'node', entries: ['node.ts'] },
  { folder: 'transport-ws', platform: 'neutral', entries: ['browser.ts'] },
];

try {
  await buildAll();
} catch (error) {
  // The tools have printed what is wrong, with the place; a stack of this script would only hide it.
  console.error(`the build failed: ${error.message.split('\n')[0]}`);
  process.exitCode = 1;
}

async function buildAll() {
  // From nothing: a declaration whose source is gone must not be published, and a half-deleted dist would look up to date.
  for (const { folder } of BUNDLES)
    rmSync(path.join(root, 'packages', folder, 'dist'), { recursive: true, force: true });
  await Promise.all([...BUNDLES.map(bundle), declarations()]);
}

async function bundle({ folder, platform, entries }) {
  const source = path.join(root, 'packages', folder, 'src');
  await build({
    absWorkingDir: root,
    entryPoints: entries.map((entry) => path.join(source, entry)),
    outbase: source,
    outdir: path.join(root, 'packages', folder, 'dist'),
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    packages: 'external',
    platform,
    target: 'es2022',
    sourcemap: true,
    legalComments: 'none',
    logLevel: 'error',
  });
}

async function declarations() {
  const compiler = path.join(root, 'node_modules/typescript/bin/tsc');
  const projects = [...new Set(BUNDLES.map(({ folder }) => `packages/${folder}`))];
  const child = spawn(process.execPath, [compiler, '-b', ...projects], { cwd: root, stdio: 'inherit' });
  const code = await new Promise((resolve) => child.on('close', resolve));
  if (code !== 0) throw new Error(`tsc -b ended with ${code}`);
}
