/**
 * The simulator together with the sources that it runs, in one bundle, with a patch applied to one file of them.
 *
 * The bundle is made in memory, so that nothing on disk ever holds a planted bug.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { build, type Plugin } from 'esbuild';
import type { SeedRange, SeedsResult } from '../run-seeds.ts';
import type { PlantedBug } from './planted-bug.ts';

export type Patch = Pick<PlantedBug, 'file' | 'find' | 'replace'>;

export interface PatchedSimulator {
  runSeeds(range: SeedRange): Promise<SeedsResult>;
}

const root = path.resolve(import.meta.dirname, '../../..');

/** Throws when the text that is to be replaced does not stand in the file exactly once. */
export async function patchedSimulator(patch: Patch | null): Promise<PatchedSimulator> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ['test/simulation/run-seeds.ts'],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    conditions: ['development'],
    logLevel: 'silent',
    plugins: patch === null ? [] : [patching(patch, await patchedText(patch))],
  });
  const encoded = Buffer.from(outputFiles[0]!.contents).toString('base64');
  return (await import(`data:text/javascript;base64,${encoded}`)) as PatchedSimulator;
}

/** Answers with the patched text where the file is asked for. */
function patching({ file }: Patch, contents: string): Plugin {
  return {
    name: 'planted bug',
    setup(setup) {
      setup.onLoad({ filter: /\.ts$/ }, (loading) =>
        loading.path === path.join(root, file) ? { contents, loader: 'ts' } : undefined,
      );
    },
  };
}

async function patchedText({ file, find, replace }: Patch): Promise<string> {
  const parts = (await readFile(path.join(root, file), 'utf8')).split(find);
  if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} places like this: ${find}`);
  return parts.join(replace);
}
