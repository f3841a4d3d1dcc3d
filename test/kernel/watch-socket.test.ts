// test-limit: 180s
// Sockets of Node's own programs and of others, watched: the verdict is right, and the program does not notice.
import { spawn } from 'node:child_process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bundleProgram, type ProgramBundle } from '../support/program-bundle.ts';
import { withDeadline } from '../support/with-deadline.ts';
import { CLIENTS } from './watched-clients.ts';
import { WatchedRun, type Scenario } from './watched-run.ts';
import { SERVERS } from './watched-servers.ts';

const DEADLINE_MS = 20_000;
const programs = suite('a watched socket of');

for (const scenario of [...CLIENTS, ...SERVERS]) {
  programs(scenario.name, async () => {
    const watched = await play(scenario, true);
    const plain = await play(scenario, false);
    const { events } = plain.transcript;
    const isTold = scenario.untold === undefined || events.some((event) => /^socket (end|error)/.test(event));
    assert.equal(await watched.verdict(), isTold ? scenario.verdict : scenario.untold);
    assert.equal(watched.transcript, plain.transcript);
    assert.ok(events.length > 0);
  });
}

programs.run();

async function play(scenario: Scenario, isWatched: boolean): Promise<WatchedRun> {
  const run = new WatchedRun(isWatched);
  await withDeadline(DEADLINE_MS, scenario.play(run), () => `${scenario.name}: ${run.transcript.events.join(', ')}`);
  return run;
}

const processes = suite('a process whose sockets are watched');
let bundle: ProgramBundle;
processes.before(async () => {
  bundle = await bundleProgram('test/kernel/watching-program.ts');
});
processes.after(() => bundle.remove());

processes('still crashes of an error that nobody listens to', async () => {
  const [watched, plain] = await Promise.all([start('crash', 'watched'), start('crash', 'plain')]);
  assert.is(plain.code, 1);
  assert.match(plain.stderr, /Unhandled 'error' event[^]*ECONNRESET/);
  assert.equal(watched, plain);
});

processes('survives such an error if it did before, and has the verdict', async () => {
  const [watched, plain] = await Promise.all([start('survive', 'watched'), start('survive', 'plain')]);
  assert.equal(plain, { code: 0, stdout: 'uncaught ECONNRESET\nclose true\n', stderr: '' });
  assert.equal(watched, { ...plain, stderr: 'open, closed reset' });
});

processes('ends when only a socket is left that does not keep it', async () => {
  const [watched, plain] = await Promise.all([start('unref', 'watched'), start('unref', 'plain')]);
  assert.equal(plain, { code: 0, stdout: '', stderr: '' });
  assert.equal(watched, plain);
});

processes('keeps nothing of 10,000 sockets that have closed', async () => {
  const { code, stdout, stderr } = await start('many', 'watched');
  assert.is(code, 0, stderr);
  const { mostListeners, grownBytes } = JSON.parse(stdout) as { mostListeners: number; grownBytes: number };
  assert.is(mostListeners, 0);
  // 8,000 sockets after the first look: of each that is kept 250 bytes alone would be as much. One look differs from another by up to 750 kB,
  // with 20,000 sockets as with 2,000.
  assert.ok(grownBytes < 2_000_000, `${grownBytes} bytes more than after 2,000 sockets`);
});

processes.run();

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs watching-program.ts to its end. */
function start(what: string, how: 'watched' | 'plain'): Promise<Ended> {
  const child = spawn(process.execPath, ['--expose-gc', bundle.file, what, how]);
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = new Promise<Ended>((resolve) => {
    // Places in the stack are those of the bundle, and the same in both.
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  return withDeadline(90_000, ended, `the end of ${what}`);
}
