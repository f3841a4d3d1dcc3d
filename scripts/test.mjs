/**
 * The test command: checks, then every test file in a process of its own on the sources, then the build, then what shows
 * that the built packages behave the same.
 *
 *   node scripts/test.mjs                  all of it; long tests left out
 *   node scripts/test.mjs wire session     only the files whose path contains one of the words, no checks
 *   node scripts/test.mjs --built tcp      the same against the built packages, after a build
 *   node scripts/test.mjs --long           only *.long.test.ts, one after the other, with what they print
 *   node scripts/test.mjs --in FOLDER      the files of another folder than test
 *
 * In its first lines a file may say `// test-limit: 120s` (default 60) and `// test-alone: reason`. A test that cannot
 * run prints `SKIP: reason`, on a line of its own, and is listed. CONTRIBUTING.md says more.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { bundleTests } from './runner/bundle-tests.mjs';
import { BEFORE_TESTS, BUILD, runCheck } from './runner/checks.mjs';
import { Report } from './runner/report.mjs';
import { killAll, runFile } from './runner/run-file.mjs';
import { findTestFiles } from './runner/test-files.mjs';

// Needs what the build makes.
const AFTER_BUILD = [/^test\/package\//];
// Goes through package names only, so that the very same files also show what the built packages do.
const ON_BUILT = [/^test\/compliance\/(?!.*browser)/, /^test\/readme/, /^test\/types\//];

const { values: flags, positionals: filters } = parseArgs({
  allowPositionals: true,
  options: { long: { type: 'boolean' }, built: { type: 'boolean' }, in: { type: 'string' } },
});
const { long = false, built = false, in: folder = 'test' } = flags;
const matches = (patterns) => (testFile) => patterns.some((pattern) => pattern.test(testFile.file));

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => (killAll(), process.exit(1)));
const startedAt = performance.now();
const report = new Report({ live: long });
await main();
process.exit(report.close((performance.now() - startedAt) / 1000));

async function main() {
  const everything = filters.length === 0 && !long && !built && folder === 'test';
  const files = findTestFiles({ folder, long, filters });
  const onSources = built ? [] : files.filter((testFile) => !matches(AFTER_BUILD)(testFile));
  const afterBuild = files.filter(matches(AFTER_BUILD));
  const onBuilt = built
    ? files.filter((testFile) => !matches(AFTER_BUILD)(testFile))
    : everything
      ? files.filter(matches(ON_BUILT))
      : [];

  if (everything) await Promise.all(BEFORE_TESTS.map(check));
  await runFiles(onSources, false);
  if (!everything && onBuilt.length + afterBuild.length === 0) return;
  if (await check(BUILD)) await runFiles([...afterBuild, ...onBuilt], true);
  else
    report.notRun(
      [...afterBuild, ...onBuilt].map(({ file }) => label(file, true)),
      'the build failed',
    );
}

async function check(step) {
  const result = await runCheck(step);
  report.check(step.name, result);
  return result.ok;
}

/** As many at a time as there are cores; then, one after the other, those that must be alone on the machine. */
async function runFiles(files, onBuilt) {
  const bundleOf = await bundleTests(
    files.map(({ file }) => file),
    { built: onBuilt },
  );
  const together = files.filter(({ alone }) => !alone && !long);
  const alone = files.filter((testFile) => !together.includes(testFile));
  // One more than there are processors: much of a test is waiting for sockets, browsers and children.
  const lanes = Array.from({ length: availableParallelism() + 1 }, () => runQueue(together, onBuilt, bundleOf));
  await Promise.all(lanes);
  await runQueue(alone, onBuilt, bundleOf);
}

async function runQueue(queue, onBuilt, bundleOf) {
  for (let testFile = queue.shift(); testFile; testFile = queue.shift()) {
    const name = label(testFile.file, onBuilt);
    if (testFile.problems.length > 0) report.refused(name, testFile.problems);
    else report.file(name, await runFile(testFile, { built: onBuilt, bundle: bundleOf(testFile.file), live: long }));
  }
}

function label(file, onBuilt) {
  return onBuilt ? `built: ${file}` : file;
}
