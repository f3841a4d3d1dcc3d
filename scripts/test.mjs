/**
 * The test command: the build, then the checks, and beside them every test file in a process of its own: all of them on the
 * sources, and what shows that the built packages behave the same on those.
 *
 *   node scripts/test.mjs                  all of it; long tests left out
 *   node scripts/test.mjs wire session     only the files whose path contains one of the words, no checks
 *   node scripts/test.mjs --built tcp      the same against the built packages, after a build
 *   node scripts/test.mjs --long           only *.long.test.ts, one after the other, with what they print
 *   node scripts/test.mjs --in FOLDER      the files of another folder than test
 *   node scripts/test.mjs --slowest        with any of them: at the end, what took the most processor time
 *
 * In its first lines a file may say `// test-limit: 120s` (default 60) and `// test-alone: reason`. A test that cannot
 * run prints `SKIP: reason`, on a line of its own, and is listed. CONTRIBUTING.md says more.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { bundleTests } from './runner/bundle-tests.mjs';
import { BUILD, CHECKS, runCheck } from './runner/checks.mjs';
import { Report } from './runner/report.mjs';
import { killAll, runFile } from './runner/run-file.mjs';
import { findTestFiles } from './runner/test-files.mjs';

// Needs what the build makes.
const AFTER_BUILD = [/^test\/package\//, /^test\/kernel\/(network-)?runtimes\.long/];
// Goes through package names only, so that the very same files also show what the built packages do.
const ON_BUILT = [/^test\/compliance\/(?!.*browser)/, /^test\/readme/, /^test\/types\//];

const { values: flags, positionals: filters } = parseArgs({
  allowPositionals: true,
  options: {
    long: { type: 'boolean' },
    built: { type: 'boolean' },
    in: { type: 'string' },
    slowest: { type: 'boolean' },
  },
});
const { long = false, built = false, in: folder = 'test', slowest = false } = flags;
const matches = (patterns) => (testFile) => patterns.some((pattern) => pattern.test(testFile.file));

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => (killAll(), process.exit(1)));
const startedAt = performance.now();
const report = new Report({ live: long, slowest });
await main();
process.exit(report.close((performance.now() - startedAt) / 1000));

async function main() {
  const everything = filters.length === 0 && !long && !built && folder === 'test';
  const files = findTestFiles({ folder, long, filters });
  const afterBuild = files.filter(matches(AFTER_BUILD));
  const others = files.filter((testFile) => !afterBuild.includes(testFile));
  const onSources = built ? [] : others;
  const onBuilt = [...afterBuild, ...(built ? others : everything ? others.filter(matches(ON_BUILT)) : [])];

  const needsBuild = everything || onBuilt.length > 0;
  const [isBuilt, ...jobs] = await Promise.all([
    needsBuild && check(BUILD),
    prepare(onSources, false),
    prepare(onBuilt, true),
  ]);
  const runnable = isBuilt ? jobs.flat() : jobs[0];
  // The checks and the tests have nothing to do with one another. Only the build must not be under way beside the types.
  await Promise.all([...(everything ? CHECKS.map(check) : []), runTogether(runnable)]);
  await runOneByOne(runnable.filter(isAlone));
  if (needsBuild && !isBuilt) report.notRun(jobs[1].map(nameOf), 'the build failed');
}

async function check(step) {
  const result = await runCheck(step);
  report.check(step.name, result);
  return result.ok;
}

/** What is to be run: a file, in a bundle, on the sources or on the built packages. */
async function prepare(testFiles, onBuilt) {
  if (testFiles.length === 0) return [];
  const names = testFiles.map(({ file }) => file);
  const bundleOf = await bundleTests(names, { built: onBuilt });
  return testFiles.map((testFile) => ({ testFile, onBuilt, bundle: bundleOf(testFile.file) }));
}

/** In as many lanes as there are processors, and one more: much of a test is waiting for sockets, browsers and children. */
async function runTogether(jobs) {
  // Those that may take longest come first, so that none of them is left for the end.
  const queue = jobs.filter((job) => !isAlone(job)).sort((a, b) => b.testFile.limitMs - a.testFile.limitMs);
  await Promise.all(Array.from({ length: availableParallelism() + 1 }, () => runOneByOne(queue)));
}

async function runOneByOne(queue) {
  for (let job = queue.shift(); job; job = queue.shift()) {
    if (job.testFile.problems.length > 0) report.refused(nameOf(job), job.testFile.problems);
    else report.file(nameOf(job), await runFile(job.testFile, { built: job.onBuilt, bundle: job.bundle, live: long }));
  }
}

/** Each of the long ones prints its figures, which the others would disturb. */
function isAlone({ testFile }) {
  return testFile.alone || long;
}

function nameOf({ testFile, onBuilt }) {
  return onBuilt ? `built: ${testFile.file}` : testFile.file;
}
