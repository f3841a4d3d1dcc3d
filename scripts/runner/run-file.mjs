/** Runs one test file in a process of its own, with a watchdog, and says how it went. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from '../pnpm.mjs';

const CHILD = fileURLToPath(new URL('./child.mjs', import.meta.url));
const ANSWER_MS = 1000;
const running = new Set();

/**
 * @typedef {object} FileResult
 * @property {number} passed
 * @property {number} failed
 * @property {number} skipped
 * @property {string[]} skips what was skipped and why, from lines `SKIP: reason`
 * @property {string[]} complaints what the runner itself has against the file
 * @property {string} output everything the file printed
 * @property {number} seconds
 * @property {number | undefined} cpuSeconds processor time, where it is known: the rest of the time the file waited
 */

/**
 * @param {{ file: string, limitMs: number }} testFile
 * @param {{ built: boolean, bundle?: string, live?: boolean }} options `bundle` is what to run in place of the file, `live` also passes on what the file prints as it prints it
 * @returns {Promise<FileResult>}
 */
export async function runFile(testFile, { built, bundle, live = false }) {
  const startedAt = performance.now();
  const child = start(testFile.file, built, bundle);
  const heard = listen(child, live);
  const complaints = [];
  const watchdog = setTimeout(() => void endHanging(child, heard, testFile.limitMs, complaints), testFile.limitMs);
  const code = await new Promise((resolve) => {
    child.on('exit', (exitCode, signal) => {
      killGroup(child); // What the file started and left running would hold our pipes open.
      child.on('close', () => resolve(exitCode ?? signal));
    });
    child.on('error', (error) => resolve(error.message));
  });
  clearTimeout(watchdog);
  running.delete(child);
  return judge(heard, complaints, code, (performance.now() - startedAt) / 1000);
}

/** Ends every test process and what it started, for an interrupted run. */
export function killAll() {
  for (const child of running) killGroup(child);
}

function start(file, built, bundle) {
  const { FORCE_COLOR: _, NODE_TEST_CONTEXT: __, ...environment } = process.env;
  const conditions = built ? [] : ['--conditions=development'];
  const code = bundle ? ['--enable-source-maps', CHILD, bundle] : ['--import', 'tsx', CHILD, path.resolve(root, file)];
  const child = spawn(process.execPath, [...conditions, ...code], {
    cwd: root,
    detached: true, // Its own process group, so that nothing outlives it.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...environment, HEARTWIRE_BUILT: built ? '1' : '' },
  });
  running.add(child);
  return child;
}

function listen(child, live) {
  const heard = { output: '', result: undefined, active: undefined };
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (text) => {
      heard.output += text;
      if (live) process.stdout.write(text);
    });
  }
  child.on('message', (message) => {
    if (message.active) heard.active = message.active;
    else heard.result = message;
  });
  return heard;
}

/** Asks what the file is waiting for before it ends it. A file that cannot answer is blocked in a loop of its own. */
async function endHanging(child, heard, limitMs, complaints) {
  child.send('what is active?', () => {}); // It may be gone by now.
  await new Promise((resolve) => setTimeout(resolve, ANSWER_MS));
  const active = heard.active ?? ['nothing it could say: its event loop is blocked'];
  complaints.push(`hung: not finished after ${limitMs / 1000} s; alive were:`, ...active.map((line) => `  ${line}`));
  killGroup(child);
}

function killGroup(child) {
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // Already gone, with all that it started.
  }
}

function judge(heard, complaints, code, seconds) {
  const { passed = 0, failed = 0, skipped = 0, leaks = [], cpuSeconds } = heard.result ?? {};
  const skips = [...heard.output.matchAll(/\bSKIP: (.*)$/gm)].map((match) => match[1]);
  if (leaks.length > 0) complaints.push('left open after its last test:', ...leaks.map((line) => `  ${line}`));
  else if (complaints.length === 0 && code !== 0) complaints.push(`ended with ${code}`);
  else if (complaints.length === 0 && passed + failed + skipped === 0)
    complaints.push('ran no test: was .run() forgotten?');
  // A test that finds at run time that it cannot run says so and returns; uvu takes that for a pass.
  const returnedEarly = Math.min(passed, Math.max(0, skips.length - skipped));
  return {
    passed: passed - returnedEarly,
    failed: failed + (complaints.length > 0 ? 1 : 0),
    skipped: skipped + returnedEarly,
    skips: [...skips, ...Array(Math.max(0, skipped - skips.length)).fill('no reason given')],
    complaints,
    output: heard.output,
    seconds,
    cpuSeconds,
  };
}
