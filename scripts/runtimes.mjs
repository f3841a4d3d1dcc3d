/**
 * Installs the other runtimes that the long tests run on (test/runtimes/package.json: 400 MB), once, into .cache.
 *
 * They are no part of the workspace, so that a first `npm test` does not wait for them: whoever needs one asks
 * test/support/runtime-binary.ts, which starts this. Nothing is downloaded when they are there already. Prints the folder whose
 * `node_modules` holds them; what else there is to say goes to standard error.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { pnpmEntry, root } from './pnpm.mjs';

const FILES = ['package.json', 'pnpm-lock.yaml'];
const source = path.join(root, 'test/runtimes');

// It holds what the lockfile says and nothing else; its name changes with the lockfile.
const folder = path.join(root, '.cache', `runtimes-${keyOf(FILES)}`);

if (!existsSync(folder)) installOrEnd();
console.log(folder);

function installOrEnd() {
  const startedAt = Date.now();
  say('installing Node 22, Node 24, Bun and Deno for the long tests (400 MB, this needs the network once)');
  if (!install()) {
    say('they could not be installed (see above): check the network, then run `node scripts/runtimes.mjs`');
    process.exit(1);
  }
  say(`ready after ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
}

/** Into a folder beside the final one and then renamed: an interrupted download never looks finished, and two may run at once. */
function install() {
  const unfinished = `${folder}.${process.pid}`;
  mkdirSync(unfinished, { recursive: true });
  try {
    for (const file of FILES) copyFileSync(path.join(source, file), path.join(unfinished, file));
    const flags = ['--frozen-lockfile', '--ignore-workspace', '--ignore-scripts', '--reporter=append-only'];
    const { status } = spawnSync(process.execPath, [pnpmEntry, 'install', ...flags], {
      cwd: unfinished,
      stdio: ['ignore', 2, 2],
      // As in setup.mjs: never a question, one quick second try, and no second look-up of what the lockfile pins by its hash.
      env: {
        ...process.env,
        CI: 'true',
        NODE_ENV: 'development',
        pnpm_config_trust_lockfile: 'true',
        pnpm_config_fetch_retries: '1',
        pnpm_config_fetch_retry_mintimeout: '1000',
        pnpm_config_fetch_timeout: '120000',
      },
    });
    if (status === 0 && !existsSync(folder)) renameSync(unfinished, folder);
    return status === 0;
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

function keyOf(files) {
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(path.join(source, file)));
  return hash.digest('hex').slice(0, 12);
}

function say(text) {
  process.stderr.write(`runtimes: ${text}\n`);
}
