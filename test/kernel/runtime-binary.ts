import { existsSync } from 'node:fs';
import path from 'node:path';

/** A runtime that the long tests try besides the one that runs them. */
export type RuntimeName = 'node22' | 'node24';

/** Where the binary of a runtime is; null where it is not installed. */
export function runtimeBinary(name: RuntimeName): string | null {
  const folder = process.env['HEARTWIRE_RUNTIMES'] ?? path.resolve(import.meta.dirname, '../runtimes/node_modules');
  const file = path.join(folder, name, 'bin/node');
  return existsSync(file) ? file : null;
}
