// The runner itself: a runner that counts a broken file as a pass would make every other test worthless.
// test-limit: 120s
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const root = path.resolve(import.meta.dirname, '../..');
const passing = { file: 'passing.test.ts', body: test(`assert.ok(true);`) };

/** One file each: what is in it, its line in the report, and what else the report must say about it. */
const FILES: readonly { name: string; file: string; body: string; line: RegExp; says?: RegExp }[] = [
  {
    name: 'passes a file whose tests pass',
    ...passing,
    line: /^ok .* 1\/1 /,
  },
  {
    name: 'fails a file with a failed test and shows its output',
    file: 'failing.test.ts',
    body: test(`assert.is(1, 2);`),
    line: /^FAIL .* 0\/1 /,
    says: /Expected values to be strictly equal/,
  },
  {
    name: 'fails a file that runs nothing',
    file: 'empty.test.ts',
    body: `suite('forgotten')('holds', () => {});`,
    line: /^FAIL .* 0\/1 /,
    says: /ran no test/,
  },
  {
    name: 'refuses .only',
    file: 'only.test.ts',
    body: `const s = suite('x'); s('a', () => {}); s.only('b', () => {}); s.run();`,
    line: /^FAIL .* 0\/1 /,
    says: /\.only is not allowed/,
  },
  {
    name: 'takes .only in a string for what it is',
    file: 'only-text.test.ts',
    body: test(`assert.ok('s.only(1)');`),
    line: /^ok .* 1\/1 /,
  },
  {
    name: 'names a server that is left open',
    file: 'server.test.ts',
    body: test(`await new Promise((done) => net.createServer().listen(0, '127.0.0.1', done));`),
    line: /^FAIL .* 1\/2 /,
    says: /Server listening on 127\.0\.0\.1:\d+/,
  },
  {
    name: 'names a timer that is left running',
    file: 'timer.test.ts',
    body: test(`setInterval(() => {}, 10);`),
    line: /^FAIL .* 1\/2 /,
    says: /left open after its last test:\s+Timeout/,
  },
  {
    name: 'fails a file that cannot be compiled, and runs the others',
    file: 'broken.test.ts',
    body: `const = 1;`,
    line: /^FAIL .* 0\/1 /,
    says: /broken\.test\.ts:/,
  },
  {
    name: 'lets handles finish closing',
    file: 'closing.test.ts',
    body: test(`net.createServer().listen(0).close(); setTimeout(() => {}, 50);`),
    line: /^ok .* 1\/1 /,
  },
  {
    name: 'ends a file that hangs and says what is alive',
    file: 'hanging.test.ts',
    // On a busy machine it has to have begun by then.
    body: `// test-limit: 8s\n${test('await new Promise(() => { setInterval(() => {}, 1000); });')}`,
    line: /^FAIL .* 0\/1 /,
    says: /hung: not finished after 8 s[^]*Timeout/,
  },
  {
    name: 'ends a file that never gives up the processor',
    file: 'busy.test.ts',
    body: `// test-limit: 1s\n${test('for (;;);')}`,
    line: /^FAIL .* 0\/1 /,
    says: /its event loop is blocked/,
  },
  {
    name: 'fails a file whose test waits for what can no longer come',
    file: 'waiting.test.ts',
    body: test(`await new Promise(() => {});`),
    line: /^FAIL .* 0\/1 /,
    says: /nothing is left that could settle/,
  },
  {
    name: 'fails a file that throws after its tests have passed',
    file: 'late.test.ts',
    body: test(`setImmediate(() => setImmediate(() => { throw new Error('too late'); }));`),
    line: /^FAIL /,
    says: /too late/,
  },
  {
    name: 'fails a suite whose hook throws',
    file: 'hook.test.ts',
    body: `const s = suite('x'); s.before(() => { throw new Error(); }); s('a', () => {}); s.run();`,
    line: /^FAIL .* 0\/1 /,
    says: /before hook of this suite threw/,
  },
  {
    name: 'counts a test that says SKIP as skipped',
    file: 'skipping.test.ts',
    body: test(`console.log('SKIP: no network namespaces here');`),
    line: /^ok .* 0\/0 \(1 skipped\)/,
  },
];

function test(body: string): string {
  return `const s = suite('x'); s('a', async () => { ${body} }); s.run();`;
}

interface Outcome {
  readonly code: number | null;
  readonly output: string;
  readonly last: string;
}

/** Runs the runner over a folder of such files. */
function run(files: readonly { file: string; body: string }[], ...flags: string[]): Outcome {
  mkdirSync(path.join(root, '.cache'), { recursive: true });
  const folder = mkdtempSync(path.join(root, '.cache/runner-'));
  try {
    for (const { file, body } of files) {
      const imports = `import { suite } from 'uvu';\nimport * as assert from 'uvu/assert';\nimport net from 'node:net';\n`;
      writeFileSync(
        path.join(folder, file),
        body.startsWith('// ') ? body.replace('\n', `\n${imports}`) : imports + body,
      );
    }
    const command = [path.join(root, 'scripts/test.mjs'), '--in', path.relative(root, folder), ...flags];
    const { status, stdout } = spawnSync(process.execPath, command, { cwd: root, encoding: 'utf8' });
    return { code: status, output: stdout, last: stdout.trimEnd().split('\n').at(-1) ?? '' };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const judging = suite('the test runner judges a file');
let everything: Outcome;

judging.before(() => {
  everything = run(FILES);
});
for (const { name, file, line, says } of FILES) {
  judging(name, () => {
    const block = everything.output.split(/^(?=ok |FAIL )/m).find((text) => text.includes(`/${file} `)) ?? '';
    assert.match(block, line);
    if (says) assert.match(block, says);
  });
}
judging.run();

const counting = suite('the test runner counts');
counting('with the closing line and the exit code', () => {
  const failures = FILES.filter(({ line }) => line.source.startsWith('^FAIL')).length;
  assert.match(everything.last, new RegExp(`^\\d+ passed, ${failures} failed, 1 skipped$`));
  assert.is(everything.code, 1);
  const clean = run([passing, { ...passing, file: 'second.test.ts' }]);
  assert.is(clean.last, '2 passed, 0 failed');
  assert.is(clean.code, 0);
});
counting('nothing as a failure', () => {
  const { code, last } = run([]);
  assert.is(last, '0 passed, 0 failed');
  assert.is(code, 1);
});
counting('what was skipped, with the reason', () => {
  assert.match(everything.output, /SKIPPED[^]*skipping\.test\.ts: no network namespaces here/);
});
counting('the processor time of each file, the slowest first', () => {
  const { output } = run(
    [passing, { file: 'busy.test.ts', body: test(`for (const end = Date.now() + 500; Date.now() < end; );`) }],
    '--slowest',
  );
  assert.match(output, /\nThe slowest of 2 files, [^]*busy\.test\.ts\n[^]*passing\.test\.ts\n/);
});

counting.run();

const choosing = suite('the test runner chooses');
choosing('long tests only under --long, with what they print', () => {
  const files = [passing, { file: 'big.long.test.ts', body: test(`console.log('figure 42');`) }];
  assert.not.match(run(files).output, 'big.long');
  const { output, last } = run(files, '--long');
  assert.match(output, 'figure 42');
  assert.is(last, '1 passed, 0 failed');
});
choosing('only the files that a filter names', () => {
  const { output, last } = run([passing, { ...passing, file: 'other.test.ts' }], 'passing.test');
  assert.not.match(output, 'other');
  assert.is(last, '1 passed, 0 failed');
});
choosing.run();
