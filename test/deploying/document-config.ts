/** The configurations that docs/deploying.md shows, so that the tests run what people copy. */
import { readFileSync } from 'node:fs';
import path from 'node:path';

const DOCUMENT = path.resolve(import.meta.dirname, '../../docs/deploying.md');

/** The block of code whose first line is a comment with this name. */
export function documentConfig(name: string): string {
  const blocks = readFileSync(DOCUMENT, 'utf8').split(/^```.*$/m);
  const found = blocks.filter((block) => block.startsWith(`\n# ${name}\n`));
  if (found.length !== 1) throw new Error(`docs/deploying.md has ${found.length} blocks named ${name}`);
  return found[0]!;
}

/** The text with other values in it. Throws when one of them stands nowhere: then the document has changed, and the test would show nothing. */
export function withValues(text: string, values: readonly (readonly [from: string, to: string])[]): string {
  return values.reduce((changed, [from, to]) => {
    if (!changed.includes(from)) throw new Error(`docs/deploying.md does not say '${from}'`);
    return changed.replaceAll(from, to);
  }, text);
}
