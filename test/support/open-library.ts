/**
 * The library with its private members laid open: the same sources, bundled in memory, with every `#name` turned into an ordinary property. So a test can look
 * at all the state that there is, and not only at what somebody thought of when writing an accessor.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { build, type Plugin } from 'esbuild';

export interface OpenLibrary {
  readonly connect: (typeof import('@heartwire/core'))['connect'];
  readonly serve: (typeof import('@heartwire/core'))['serve'];
  readonly memoryNetwork: (typeof import('@heartwire/core/testing'))['memoryNetwork'];
  readonly testClock: (typeof import('@heartwire/core/testing'))['testClock'];
}

const root = path.resolve(import.meta.dirname, '../..');
const ENTRY = `export { connect, serve } from '@heartwire/core';
export { memoryNetwork, testClock } from '@heartwire/core/testing';`;

export async function openLibrary(): Promise<OpenLibrary> {
  const { outputFiles } = await build({
    stdin: { contents: ENTRY, resolveDir: root },
    absWorkingDir: root,
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    conditions: ['development'],
    logLevel: 'silent',
    plugins: [layingOpen()],
  });
  const encoded = Buffer.from(outputFiles[0]!.contents).toString('base64');
  return (await import(`data:text/javascript;base64,${encoded}`)) as OpenLibrary;
}

function layingOpen(): Plugin {
  let files = 0;
  return {
    name: 'private members laid open',
    setup(setup) {
      setup.onLoad({ filter: /packages\/core\/src\/.*\.ts$/ }, async (loading) => {
        const text = await readFile(loading.path, 'utf8');
        // A class lies in one file, so a name of the file's own meets no other, not even that of a subclass.
        files += 1;
        return { contents: text.replaceAll(/#(?=[A-Za-z_])/g, `$${files}_`), loader: 'ts' };
      });
    },
  };
}
