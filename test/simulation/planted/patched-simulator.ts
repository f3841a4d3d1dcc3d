/**
 * The simulator together with the sources that it runs, in one bundle, with a patch applied to one file of them.
 *
 * The bundle is made in memory, so that nothing on disk ever holds a planted bug. One context makes all bundles: what no patch touches is read once.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { context, type BuildContext, type Plugin } from 'esbuild';
import type { SeedRange, SeedsResult } from '../run-seeds.ts';
import type { PlantedBug } from './planted-bug.ts';

export type Patch = Pick<PlantedBug, 'file' | 'find' | 'replace'>;

export interface PatchedSimulator {
  runSeeds(range: SeedRange): Promise<SeedsResult>;
}

const root = path.resolve(import.meta.dirname, '../../..');
/** The one file that is not what stands on disk. */
let patched: { readonly path: string; readonly contents: string } | null = null;
let bundler: Promise<BuildContext> | null = null;

/** Throws when the text that is to be replaced does not stand in the file exactly once. One bundle is made at a time. */
export async function patchedSimulator(patch: Patch | null): Promise<PatchedSimulator> {
  patched = patch === null ? null : { path: path.join(root, patch.file), contents: await patchedText(patch) };
  bundler ??= newBundler();
  const { outputFiles } = await (await bundler).rebuild();
  const encoded = Buffer.from(outputFiles![0]!.contents).toString('base64');
  return (await import(`data:text/javascript;base64,${encoded}`)) as PatchedSimulator;
}

/** No more bundles are wanted. */
export async function endBundling(): Promise<void> {
  await (await bundler)?.dispose();
  bundler = null;
}

function newBundler(): Promise<BuildContext> {
  return context({
    absWorkingDir: root,
    entryPoints: ['test/simulation/run-seeds.ts'],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    conditions: ['development'],
    logLevel: 'silent',
    plugins: [patching],
  });
}

/** Answers with the patched text where the file is asked for. */
const patching: Plugin = {
  name: 'planted bug',
  setup(setup) {
    setup.onLoad({ filter: /packages.core.src.*\.ts$/ }, (loading) =>
      loading.path === patched?.path ? { contents: patched.contents, loader: 'ts' } : undefined,
    );
  },
};

async function patchedText({ file, find, replace }: Patch): Promise<string> {
  const parts = (await readFile(path.join(root, file), 'utf8')).split(find);
  if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} places like this: ${find}`);
  return parts.join(replace);
}
