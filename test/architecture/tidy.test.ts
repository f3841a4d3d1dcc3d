// Sizes, and a test for every file of the machines. What a rule excepts is listed here with its reason.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readModule } from './module-facts.ts';
import { readSources, root } from './source-files.ts';

const MAX_FUNCTION_LINES = 70;
const MAX_FILE_LINES = 300;

/** Files that are clearer in one piece. */
const MAY_BE_LONG: Readonly<Record<string, string>> = {
  'packages/core/src/connection/connection.ts': 'routes between its collaborators; every decision is in one of them',
  'packages/core/src/runtime/session-driver.ts': 'routes between the machine, the link and the application',
  'packages/core/src/session/sender.ts': 'the sending half: what waits, is written, asked for and withdrawn meets here',
  'packages/core/src/session/session.ts': 'routes between its collaborators; every decision is in one of them',
};

/** Source files of the machines that hold nothing which can break: types, and constants that their users' tests pin down. */
const NEEDS_NO_TEST: Readonly<Record<string, string>> = {
  'packages/core/src/connection/connection-event.ts': 'types only',
  'packages/core/src/session/session-event.ts': 'types only',
  'packages/core/src/session/session-options.ts': 'types only',
  'packages/core/src/wire/codec.ts': 'types only',
  'packages/core/src/wire/frame.ts': 'types only',
};

const published = [...readSources('packages')]
  .filter(([file]) => /^packages\/[a-z-]+\/src\//.test(file))
  .map(([file, text]) => readModule(file, text));

const sizes = suite('sizes');

sizes(`no function is longer than ${MAX_FUNCTION_LINES} lines`, () => {
  const long = published.flatMap(({ file, functions }) =>
    functions
      .filter(({ lines }) => lines > MAX_FUNCTION_LINES)
      .map(({ name, line, lines }) => `${file}:${line} ${name} has ${lines} lines`),
  );
  assert.equal(long, []);
});

sizes(`no file is longer than ${MAX_FILE_LINES} lines without a reason`, () => {
  const long = published.filter(({ lines }) => lines > MAX_FILE_LINES).map(({ file }) => file);
  assert.equal(long.sort(), Object.keys(MAY_BE_LONG).sort());
});

sizes('a function is measured from its first line to its last', () => {
  const { functions } = readModule(
    'a.ts',
    `export function long(): void {\n${'  f();\n'.repeat(69)}}\nconst short = () => 1;`,
  );
  assert.equal(functions, [
    { name: 'long', line: 1, lines: 71 },
    { name: 'short', line: 72, lines: 1 },
  ]);
});
sizes.run();

const mirror = suite('tests mirror the sources');
const machines = published
  .map(({ file }) => file)
  .filter((file) => /^packages\/core\/src\/(wire|connection|session)\//.test(file));

mirror('every file of wire, connection and session has its test', () => {
  const missing = machines
    .filter((file) => !(file in NEEDS_NO_TEST))
    .map((file) => file.replace('packages/core/src/', 'test/unit/core/').replace(/\.ts$/, '.test.ts'))
    .filter((test) => !existsSync(path.join(root, test)));
  assert.equal(missing, []);
});

mirror('the exceptions exist', () => {
  assert.equal(
    Object.keys(NEEDS_NO_TEST).filter((file) => !machines.includes(file)),
    [],
  );
});
mirror.run();
