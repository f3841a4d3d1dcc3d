/** Programs of their own beside a test: compiled once, so that each start takes a tenth of a second, and spoken to over the channel of `fork`. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { withDeadline } from '../support/with-deadline.ts';

const root = path.resolve(import.meta.dirname, '../..');
/** Generous, because it is only ever waited out by a test that fails. */
const DEADLINE_MS = 60_000;

export interface ProgramBundle {
  start(args?: readonly string[]): ChildProcess;
  remove(): void;
}

/** Compiles a program of this folder. It must end when its channel does. */
export async function bundleProgram(name: string): Promise<ProgramBundle> {
  const outfile = path.join(root, '.cache/test-delivery', `${name}-${process.pid}.mjs`);
  await build({
    entryPoints: [path.join(import.meta.dirname, `${name}.ts`)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: process.env.HEARTWIRE_BUILT === '1' ? [] : ['development'],
    // The package ws is CommonJS.
    banner: { js: "import { createRequire as from } from 'node:module'; const require = from(import.meta.url);" },
    logLevel: 'error',
  });
  return {
    start: (args = []) => fork(outfile, args, { execArgv: ['--expose-gc'] }),
    remove: () => rmSync(outfile),
  };
}

/** The next thing that the program says. Rejects when it ends instead. */
export async function nextMessage<T>(child: ChildProcess, deadlineMs: number = DEADLINE_MS): Promise<T> {
  const over = new AbortController();
  const said = once(child, 'message', over).then(([message]) => message as T);
  const ended = once(child, 'exit', over).then(([code, signal]): never => {
    throw new Error(`the program ended with ${code ?? signal}`);
  });
  // The one that does not come is called off, and says so.
  for (const each of [said, ended]) each.catch(() => {});
  try {
    return await withDeadline(deadlineMs, Promise.race([said, ended]), 'a word of the program');
  } finally {
    over.abort();
  }
}

/** Ends it at once, if it runs. */
export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await withDeadline(DEADLINE_MS, exited, 'the end of the program');
}
