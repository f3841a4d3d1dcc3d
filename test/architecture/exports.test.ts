// The public surface, name by name: nothing becomes public, or stops being so, by accident. When a change is meant:
//
//   UPDATE_EXPORTS=1 node scripts/test.mjs architecture/exports
//
// writes exports.json anew, and the difference is there to be read.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type TypeScript from 'typescript5';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { root } from './source-files.ts';
import { ts } from './typescript.ts';

const ENTRIES: Readonly<Record<string, string>> = {
  '@heartwire/core': 'packages/core/src/index.ts',
  '@heartwire/core/transport': 'packages/core/src/transport/index.ts',
  '@heartwire/core/rx': 'packages/core/src/rx/index.ts',
  '@heartwire/core/testing': 'packages/core/src/testing/index.ts',
  '@heartwire/core/engine': 'packages/core/src/engine.ts',
  '@heartwire/transport-tcp': 'packages/transport-tcp/src/index.ts',
  '@heartwire/transport-ws (node)': 'packages/transport-ws/src/node.ts',
  '@heartwire/transport-ws (browser)': 'packages/transport-ws/src/browser.ts',
};
const MODULES: Readonly<Record<string, () => Promise<object>>> = {
  '@heartwire/core': () => import('../../packages/core/src/index.ts'),
  '@heartwire/core/transport': () => import('../../packages/core/src/transport/index.ts'),
  '@heartwire/core/rx': () => import('../../packages/core/src/rx/index.ts'),
  '@heartwire/core/testing': () => import('../../packages/core/src/testing/index.ts'),
  '@heartwire/core/engine': () => import('../../packages/core/src/engine.ts'),
  '@heartwire/transport-tcp': () => import('../../packages/transport-tcp/src/index.ts'),
  '@heartwire/transport-ws (node)': () => import('../../packages/transport-ws/src/node.ts'),
  '@heartwire/transport-ws (browser)': () => import('../../packages/transport-ws/src/browser.ts'),
};
const LIST = path.join(root, 'test/architecture/exports.json');

interface Surface {
  readonly values: string[];
  readonly types: string[];
}

function readSurface(file: string): Surface {
  const tree = ts.createSourceFile(file, readFileSync(path.join(root, file), 'utf8'), ts.ScriptTarget.Latest, true);
  const names = tree.statements.flatMap(exportedNames);
  const pick = (isType: boolean): string[] => names.filter((name) => name.isType === isType).map(({ name }) => name);
  return { values: pick(false).sort(), types: pick(true).sort() };
}

/** An entry file consists of re-exports; `export *` is forbidden, so what it says is all there is. */
function exportedNames(statement: TypeScript.Statement): { name: string; isType: boolean }[] {
  if (!ts.isExportDeclaration(statement) || !statement.exportClause || !ts.isNamedExports(statement.exportClause))
    return [];
  return statement.exportClause.elements.map((element) => ({
    name: element.name.text,
    isType: statement.isTypeOnly || element.isTypeOnly,
  }));
}

const surfaces = Object.fromEntries(Object.entries(ENTRIES).map(([name, file]) => [name, readSurface(file)]));
if (process.env['UPDATE_EXPORTS']) writeFileSync(LIST, `${JSON.stringify(surfaces, null, 2)}\n`);

const surface = suite('the public names');
surface('are those of the checked-in list', () => {
  assert.equal(surfaces, JSON.parse(readFileSync(LIST, 'utf8')));
});

surface('are all re-exported, none defined in an entry file', () => {
  for (const file of Object.values(ENTRIES)) {
    const tree = ts.createSourceFile(file, readFileSync(path.join(root, file), 'utf8'), ts.ScriptTarget.Latest, true);
    const others = tree.statements.filter((statement) => !ts.isExportDeclaration(statement));
    assert.equal(
      others.map((statement) => statement.getText().split('\n')[0]),
      [],
      file,
    );
  }
});

for (const [name, file] of Object.entries(ENTRIES)) {
  surface(`of ${name} are what the module has at run time`, async () => {
    const module = await MODULES[name]!();
    assert.equal(Object.keys(module).sort(), readSurface(file).values);
  });
}
surface.run();
