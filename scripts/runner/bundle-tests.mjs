/**
 * Makes one JavaScript file of each test file and the sources that it imports: compiled module by module at its start, a file
 * takes a second before its first test runs, and there are nearly two hundred. What comes from npm stays an import.
 *
 * From the sources the packages are part of the bundle; for the built ones they stay imports, so that Node resolves and loads
 * what a user gets.
 */
import { readFile } from 'node:fs/promises';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { root } from '../pnpm.mjs';

const scratch = path.join(root, '.cache');
const folders = new Set();
// On every way out, an interrupted run included.
process.on('exit', () => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/**
 * @param {string[]} files paths from the root
 * @param {{ built: boolean }} options
 * @returns {Promise<(file: string) => string | undefined>} where the bundle of a file is. A broken file has none: it is started as
 * it is, and says itself what is wrong with it. Nor has any file when what they import is broken.
 */
export async function bundleTests(files, { built }) {
  mkdirSync(scratch, { recursive: true });
  const folder = mkdtempSync(path.join(scratch, 'bundles-'));
  folders.add(folder);
  try {
    await bundle(files, folder, built ? keepPackages : keepPackagesOfOthers);
    return (file) => (files.includes(file) ? path.join(folder, file.replace(/\.ts$/, '.js')) : undefined);
  } catch ({ errors = [] }) {
    const sound = files.filter((file) => !errors.some(({ location }) => location?.file === file));
    return sound.length < files.length ? bundleTests(sound, { built }) : () => undefined;
  }
}

function bundle(files, folder, packages) {
  return build({
    absWorkingDir: root,
    entryPoints: files,
    outbase: root,
    outdir: folder,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: `node${process.versions.node}`,
    conditions: ['development'],
    sourcemap: true,
    sourcesContent: false,
    logLevel: 'silent',
    define: { 'import.meta.url': 'sourceUrl', 'import.meta.dirname': 'sourceFolder' },
    plugins: [packages, keepPlaces],
  });
}

const BARE = /^[^./]/;

const keepPackages = {
  name: 'packages stay imports',
  setup(setup) {
    setup.onResolve({ filter: BARE }, ({ path: name, kind }) =>
      kind === 'entry-point' ? undefined : { path: name, external: true },
    );
  },
};

/** By address: what a package depends on need not be visible from where its bundle is. */
const keepPackagesOfOthers = {
  name: 'packages of others stay imports',
  setup(setup) {
    setup.onResolve({ filter: BARE }, async ({ path: name, kind, importer, resolveDir, pluginData }) => {
      if (kind === 'entry-point' || name.startsWith('@heartwire/') || pluginData === keepPackagesOfOthers)
        return undefined;
      if (name.startsWith('node:')) return { path: name, external: true };
      const found = await setup.resolve(name, {
        kind,
        importer,
        resolveDir,
        pluginData: keepPackagesOfOthers,
      });
      return found.errors.length > 0 ? found : { path: pathToFileURL(found.path).href, external: true };
    });
  },
};

/** `import.meta` says where a source is, and a test that reads a file beside itself relies on it. */
const keepPlaces = {
  name: 'modules stay where they are',
  setup(setup) {
    setup.onLoad({ filter: /\.ts$/ }, async ({ path: file }) => {
      const source = await readFile(file, 'utf8');
      if (!source.includes('import.meta.')) return undefined;
      const url = JSON.stringify(pathToFileURL(file).href);
      // On the first line, so that every place in the source stays in its line.
      const places = `const sourceUrl = ${url}, sourceFolder = ${JSON.stringify(path.dirname(file))};`;
      return { contents: `${places}${source}`, loader: 'ts' };
    });
  },
};
