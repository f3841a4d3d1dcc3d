/**
 * Other runtimes than the one that this test runs on, out of a lockfile of their own (test/runtimes): the first who asks for one has all
 * of them installed, 400 MB, which is why only long tests ask.
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';

export type RuntimeName = 'node20' | 'node22' | 'node24' | 'bun' | 'deno';

/** How to start it, to be followed by the file to run; or the reason why there is none here. */
export type RuntimeBinary =
  | { readonly command: readonly string[]; readonly version: string }
  | { readonly unavailable: string };

/** By the path below `node_modules`, with what stands between it and the file. */
const PACKAGED: Readonly<Record<Exclude<RuntimeName, 'node20'>, readonly string[]>> = {
  node22: ['node22/bin/node'],
  node24: ['node24/bin/node'],
  bun: ['@oven/bun-linux-x64/bin/bun'],
  deno: ['@deno/linux-x64-glibc/deno', 'run', '--allow-all', '--no-prompt', '--node-modules-dir=manual'],
};

const INSTALLER = path.resolve(import.meta.dirname, '../../scripts/runtimes.mjs');

let installed: string | null | undefined;

/**
 * A runtime, installed if need be; Node 20 is the one that runs the tests. A test that gets `unavailable` instead prints it as a line
 * `SKIP: …` and returns. Never throws.
 */
export function runtimeBinary(name: RuntimeName): RuntimeBinary {
  const own = `node${process.versions.node.split('.', 1)[0]}`;
  if (name === own) return { command: [process.execPath], version: process.versions.node };
  if (name === 'node20') return { unavailable: `the tests run on Node ${process.versions.node}, and not on Node 20` };
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return { unavailable: `${name}: the one in the lockfile is for Linux on x64` };
  }
  installed ??= install();
  if (installed === null) return { unavailable: `${name}: it could not be installed; is the registry within reach?` };
  const [file = '', ...flags] = PACKAGED[name];
  return askVersion(name, [path.join(installed, 'node_modules', file), ...flags]);
}

/** The folder that has them, or null. */
function install(): string | null {
  const { status, stdout } = spawnSync(process.execPath, [INSTALLER], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return status === 0 ? stdout.trim() : null;
}

/** Somewhere the program may be there and not run: another C library, for example. */
function askVersion(name: RuntimeName, command: readonly string[]): RuntimeBinary {
  const { status, stdout } = spawnSync(command[0]!, ['--version'], { encoding: 'utf8' });
  const version = /\d+\.\d+\.\d+/.exec(stdout ?? '')?.[0];
  if (status === 0 && version !== undefined) return { command, version };
  return { unavailable: `${name}: it does not start on this machine` };
}
