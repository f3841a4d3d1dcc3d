// What must and what must not compile, on the oldest and the newest TypeScript that we support. The other files of this
// folder are the cases: a line that must not compile carries `// @ts-expect-error <why>`, and the compiler itself reports
// one that does compile. HEARTWIRE_BUILT=1 checks the same against the published declarations.
// test-limit: 150s
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const root = path.resolve(import.meta.dirname, '../..');
const onSources = !process.env['HEARTWIRE_BUILT'];

/** The compiler's diagnostics, or with a flag that asks for something else, that. */
function compile(compiler: 'typescript' | 'typescript5', ...flags: string[]): string {
  const program = path.join(root, 'node_modules', compiler, 'bin/tsc');
  const conditions = onSources ? [] : ['--customConditions', 'null'];
  const args = [program, '-p', 'test/types', '--pretty', 'false', ...conditions, ...flags];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  return status === 0 ? stdout : stdout + stderr || `exit code ${status}`;
}

function compiles(compiler: 'typescript' | 'typescript5'): void {
  const diagnostics = compile(compiler);
  assert.ok(diagnostics === '', `\n${diagnostics}`);
}

const types = suite(`the types, from the ${onSources ? 'sources' : 'published declarations'}`);
types('hold what they promise on TypeScript 5.9', () => compiles('typescript5'));
types('hold what they promise on TypeScript 7', () => compiles('typescript'));
types('come from where this run says', () => {
  const files = compile('typescript', '--listFilesOnly');
  assert.match(files, onSources ? 'packages/core/src/index.ts' : 'packages/core/dist/index.d.ts');
});
types.run();
