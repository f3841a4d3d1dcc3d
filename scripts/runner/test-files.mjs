/** Which test files there are, and what the first lines of each ask for. */
import { createRequire } from 'node:module';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { root } from '../pnpm.mjs';

const DEFAULT_LIMIT_MS = 60_000;
const HEAD_LINES = 12;

/**
 * @typedef {object} TestFile
 * @property {string} file path from the root of the repository
 * @property {number} limitMs raised by a line such as `// test-limit: 120s`
 * @property {boolean} alone asked for by a line such as `// test-alone: it measures times`
 * @property {string[]} problems what forbids running it
 */

/**
 * @param {{ folder: string, long: boolean, filters: string[] }} selection
 * @returns {TestFile[]}
 */
export function findTestFiles({ folder, long, filters }) {
  const names = readdirSync(path.join(root, folder), { recursive: true }).map((name) => path.posix.join(folder, name));
  return names
    .filter((name) => (long ? name.endsWith('.long.test.ts') : /(?<!\.long)\.test\.ts$/.test(name)))
    .filter((name) => !name.includes('/node_modules/'))
    .filter((name) => filters.length === 0 || filters.some((filter) => name.includes(filter)))
    .map(readTestFile)
    .sort((a, b) => (a.file < b.file ? -1 : 1));
}

function readTestFile(file) {
  const source = readFileSync(path.join(root, file), 'utf8');
  const head = source.split('\n', HEAD_LINES).join('\n');
  const limit = /^\/\/ test-limit: (\d+)s$/m.exec(head);
  return {
    file,
    limitMs: limit ? Number(limit[1]) * 1000 : DEFAULT_LIMIT_MS,
    alone: /^\/\/ test-alone\b/m.test(head),
    problems: findOnly(file, source),
  };
}

/** uvu would leave out every other test of the suite and still end well. */
function findOnly(file, source) {
  if (!/\.only\s*\(/.test(source)) return [];
  const ts = createRequire(import.meta.url)('typescript5'); // Slow to load, and hardly ever needed.
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.Latest);
  const problems = [];
  const visit = (node) => {
    if (
      ts.isCallExpression(node) &&
      ts.isPropertyAccessExpression(node.expression) &&
      node.expression.name.text === 'only'
    ) {
      const { line } = tree.getLineAndCharacterOfPosition(node.expression.name.getStart(tree));
      problems.push(`line ${line + 1}: .only is not allowed`);
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return problems;
}
