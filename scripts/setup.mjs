/**
 * Makes the workspace ready to run: installs its dependencies when what they follow from has changed since the last
 * install, and otherwise returns at once without touching the network.
 *
 * It is called from inside `npm test`, `npm start` and `npm run chat`, not as `pretest` or `prestart`: npm leaves those out
 * when `ignore-scripts` is set, and the tests would then run on nothing. It uses only what Node and npm bring along, and it
 * writes to standard error, since the standard output belongs to the command that follows.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pnpmEntry, pnpmFolder, pnpmSpecifier, root } from './pnpm.mjs';

const OLDEST_NODE = [20, 19];
const quiet = process.argv.includes('--quiet');
const stampFile = path.join(root, 'node_modules/.setup-stamp');
const lockFile = path.join(root, '.cache/setup.lock');

requireNode();
const key = installKey();
if (isInstalled(key)) {
  if (!quiet) say('dependencies are in place');
} else {
  withLock(() => {
    // A second terminal may have finished the same work while this one waited.
    if (!isInstalled(key)) install(key);
  });
}

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return;
  fail(`this needs Node ${OLDEST_NODE.join('.')} or newer; you have ${process.versions.node} (${process.execPath}).`);
}

/** Everything that decides what an install produces. */
function installKey() {
  const hash = createHash('sha256').update(`${pnpmSpecifier} ${process.platform} ${process.arch}`);
  const manifests = ['package.json', ...packageFolders().map((folder) => `${folder}/package.json`)];
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml']) hash.update(readFileSync(path.join(root, file)));
  for (const file of manifests) {
    const { dependencies, devDependencies, peerDependencies } = JSON.parse(readFileSync(path.join(root, file), 'utf8'));
    hash.update(JSON.stringify({ file, dependencies, devDependencies, peerDependencies }));
  }
  return hash.digest('hex');
}

function isInstalled(wanted) {
  if (!existsSync(stampFile) || readFileSync(stampFile, 'utf8') !== wanted || !existsSync(pnpmEntry)) return false;
  return packageFolders().every((folder) => existsSync(path.join(root, folder, 'node_modules')));
}

function packageFolders() {
  const folders = readdirSync(path.join(root, 'packages')).map((name) => `packages/${name}`);
  return folders.filter((folder) => existsSync(path.join(root, folder, 'package.json')));
}

function install(wanted) {
  const startedAt = Date.now();
  say('setting up: the first run, or the dependencies have changed (this needs the network, later runs do not)');
  if (!existsSync(pnpmEntry)) fetchPnpm();
  say(`installing dependencies with ${pnpmSpecifier}`);
  rmSync(stampFile, { force: true });
  const status = run(process.execPath, [pnpmEntry, 'install', '--frozen-lockfile', '--reporter=append-only'], {
    CI: 'true', // Never asks a question.
    NODE_ENV: 'development', // "production" would leave the tools out.
    // One quick second try: the defaults wait 10 and then 60 seconds before they admit that nobody is there.
    pnpm_config_fetch_retries: '1',
    pnpm_config_fetch_retry_mintimeout: '1000',
    pnpm_config_fetch_timeout: '30000',
  });
  if (status !== 0) fail(explainFailure('the dependencies could not be installed'));
  writeFileSync(stampFile, wanted);
  say(`ready after ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
}

/** Into a folder beside the final one and then renamed, so that an interrupted download never looks finished. */
function fetchPnpm() {
  say(`fetching ${pnpmSpecifier}`);
  const unfinished = `${pnpmFolder}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  rmSync(pnpmFolder, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  const flags = ['--no-save', '--ignore-scripts', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'];
  const patience = ['--fetch-retries=1', '--fetch-retry-mintimeout=1000', '--fetch-timeout=30000'];
  const where = ['--prefix', unfinished, '--no-update-notifier', '--no-workspaces', '--location=project'];
  const status = run('npm', ['install', ...where, ...flags, ...patience, pnpmSpecifier], {});
  if (status !== 0) fail(explainFailure(`${pnpmSpecifier} could not be fetched`));
  renameSync(unfinished, pnpmFolder);
}

function explainFailure(what) {
  return (
    `${what} (see above). The first run needs to reach the npm registry once: check the network, the proxy, and ` +
    '`npm config get registry`, then run the same command again. It goes on where it stopped.'
  );
}

/** Standard output goes to our standard error; standard input stays shut, so nothing can wait for an answer. */
function run(command, args, extraEnvironment) {
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    env: { ...process.env, ...extraEnvironment },
    shell: command === 'npm' && process.platform === 'win32', // There it is npm.cmd.
  });
  if (result.error) say(`${command}: ${result.error.message}`);
  return result.status ?? 1;
}

/** `npm start` in one terminal and `npm run chat` in the next, both in a fresh clone, must not install at the same time. */
function withLock(work) {
  for (let waited = false; !takeLock(); waited = true) {
    if (!waited) say('another set-up is under way here; waiting for it');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  }
  process.on('exit', () => rmSync(lockFile, { force: true }));
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));
  work();
}

/** The lock is a link to a file that already holds our process id, so that nobody ever sees a lock without an owner. */
function takeLock() {
  const mine = `${lockFile}.${process.pid}`;
  mkdirSync(path.dirname(lockFile), { recursive: true });
  writeFileSync(mine, String(process.pid));
  try {
    linkSync(mine, lockFile);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    if (!ownerLives()) rmSync(lockFile, { force: true });
    return false;
  } finally {
    rmSync(mine);
  }
}

function ownerLives() {
  try {
    process.kill(Number(readFileSync(lockFile, 'utf8')), 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function say(text) {
  process.stderr.write(`set-up: ${text}\n`);
}

function fail(text) {
  say(text);
  process.exit(1);
}
