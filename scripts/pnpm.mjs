/**
 * Where the workspace's own pnpm lives.
 *
 * `npx pnpm@X` asks the registry on every run, even when it has the package, and hangs for more than a minute when nobody
 * answers. So setup.mjs installs the exact version that package.json names into .cache, once, and everything else runs it
 * from there: the install itself and `pnpm pack` in the packaging tests. Nothing after the set-up needs the network.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/** The specifier in package.json, for example `pnpm@12.21.0`. */
export const pnpmSpecifier = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')).packageManager;

/** The folder that holds this version and nothing else. */
export const pnpmFolder = path.join(root, '.cache', pnpmSpecifier);

/** Run as `node <pnpmEntry> …`: it finds the native binary beside itself, also where install scripts are switched off. */
export const pnpmEntry = path.join(pnpmFolder, 'node_modules/pnpm/bin/pnpm.mjs');
