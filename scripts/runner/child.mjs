/**
 * The process of one test file: imports it, runs the suites that it queued, looks for what was left open, and reports to
 * the runner over the IPC channel. uvu's own start-up is switched off (UVU_DEFER), since it reports in prose only and
 * ends with exit code 0 when nothing ran.
 */
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { describeActive, findLeaks, takeBaseline } from './leaks.mjs';

const file = process.argv[2];
const suites = [];
const counts = { passed: 0, failed: 0, skipped: 0 };
let finished = false;

globalThis.UVU_DEFER = true;
globalThis.UVU_INDEX = 0;
globalThis.UVU_QUEUE = [suites];

// A bundle needs no compiler, but the programs that a test starts with its own flags, as `fork` does, are sources.
if (!process.execArgv.includes('tsx')) process.execArgv.push('--import', 'tsx');

// The streams open their handles on first use; they belong to the baseline.
process.stdout.write('');
process.stderr.write('');
process.on('message', answerWatchdog);
process.on('disconnect', () => process.exit(1)); // The runner is gone, and nobody else would end this.
process.channel.unref();
process.on('exit', sayWhyEarly);
const baseline = takeBaseline();

await import(pathToFileURL(file).href);
for (const runSuite of suites) await count(runSuite);
const leaks = await findLeaks(baseline);
finished = true;
await new Promise((resolve) => process.send({ ...counts, leaks, cpuSeconds: readCpuSeconds() }, resolve));
// A clean file ends by itself, which shows once more that nothing is left.
if (leaks.length > 0) process.exit(1);

async function count(runSuite) {
  try {
    const [errors, passed, skipped, total] = await runSuite();
    counts.passed += passed;
    counts.failed += total - passed;
    counts.skipped += skipped;
    if (typeof errors === 'string') console.log(`\n${errors}`);
    else if (passed < total) console.log('\nA before hook of this suite threw; uvu keeps its error to itself.');
  } catch (error) {
    // uvu gives up the whole suite and its counts.
    counts.failed++;
    console.log('\nAn after hook of this suite threw:\n', error);
  }
}

/** Of this process and of all that it started and saw end; unknown where there is no /proc. */
function readCpuSeconds() {
  try {
    // The name, in brackets, may contain spaces. proc(5): utime, stime, cutime and cstime are the fields 14 to 17, in ticks of 10 ms.
    const fields = readFileSync('/proc/self/stat', 'utf8').split(') ').at(-1).split(' ');
    return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / 100;
  } catch {
    return undefined;
  }
}

function answerWatchdog() {
  process.send({ active: describeActive(baseline) });
}

function sayWhyEarly(code) {
  if (finished || code !== 0) return;
  console.error(
    'The process ended in the middle of a test: nothing is left that could settle what the test waits for.',
  );
  process.exitCode = 1;
}
