/**
 * Makes docs/causes.md anew: runs every situation on every runtime that is here, and writes down what is seen (test/kernel/matrix).
 *
 * The first pass records; in the next ones what is not the same in every run is added to it. Between them nothing is compared, so look at what has
 * changed in the files before you commit it.
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { root } from './pnpm.mjs';

const PASSES = ['1', 'add', 'add'];
// One after the other: what is measured beside something else is late.
const RUNS = [
  ['kernel/loopback.test'],
  ['kernel/served.test'],
  ['kernel/network.test'],
  ['kernel/chromium.test'],
  ['--long', 'kernel/chromium.long'],
  ['--long', 'kernel/runtimes.long'],
  ['--long', 'kernel/network-runtimes.long'],
];

for (const update of PASSES) {
  for (const args of RUNS) {
    const { status } = spawnSync(process.execPath, [path.join(root, 'scripts/test.mjs'), ...args], {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, UPDATE_CAUSES: update },
    });
    if (status !== 0) process.exitCode = 1;
  }
}
