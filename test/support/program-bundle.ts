/** Programs that tests start many times, compiled into one file each: from its sources every start takes a second. */
import { rmSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = path.resolve(import.meta.dirname, '../..');
const isBuilt = Boolean(process.env['HEARTWIRE_BUILT']);

/** Flags for a Node that runs a source file as it is, against what this process tests: the sources, or the built packages. */
export const SOURCE_FLAGS: readonly string[] = [...(isBuilt ? [] : ['--conditions=development']), '--import', 'tsx'];

/** A program to start with plain node. */
export interface ProgramBundle {
  readonly file: string;
  remove(): void;
}

/**
 * Compiles a program, given by the path of its source from the root. What it reads beside itself has to be in the folder of that source.
 * The built packages stay imports, so that Node loads them as it does for a user.
 */
export async function bundleProgram(source: string): Promise<ProgramBundle> {
  const file = path.join(root, '.cache/test-programs', `${process.pid}-${source.replaceAll('/', '-')}.mjs`);
  await build({
    absWorkingDir: root,
    entryPoints: [source],
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: `node${process.versions.node}`,
    conditions: ['development'],
    ...(isBuilt ? { packages: 'external' as const } : { external: ['esbuild', 'playwright-core'] }),
    define: { 'import.meta.url': JSON.stringify(pathToFileURL(path.join(root, source)).href) },
    // The package ws is CommonJS.
    banner: { js: "import { createRequire as from } from 'node:module'; const require = from(import.meta.url);" },
    logLevel: 'error',
  });
  return { file, remove: () => rmSync(file) };
}
