/** Compiles a program for a page, into one file. */
import { rmSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import type { ProgramBundle } from './program-bundle.ts';

const root = path.resolve(import.meta.dirname, '../..');

/** As `bundleProgram`, with the export conditions of a browser. */
export async function bundlePageScript(source: string): Promise<ProgramBundle> {
  const file = path.join(root, '.cache/test-programs', `${process.pid}-${source.replaceAll('/', '-')}.page.mjs`);
  await build({
    absWorkingDir: root,
    entryPoints: [source],
    outfile: file,
    bundle: true,
    platform: 'browser',
    format: 'esm',
    target: 'es2022',
    conditions: process.env['HEARTWIRE_BUILT'] ? ['browser'] : ['development', 'browser'],
    logLevel: 'error',
  });
  return { file, remove: () => rmSync(file) };
}
