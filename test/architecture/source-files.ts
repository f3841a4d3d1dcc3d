import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export const root: string = path.resolve(import.meta.dirname, '../..');

/** The TypeScript sources of the repository below these folders: text by path, with forward slashes. */
export function readSources(...folders: string[]): Map<string, string> {
  const sources = new Map<string, string>();
  for (const folder of folders.filter((name) => existsSync(path.join(root, name)))) {
    for (const entry of readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })) {
      const file = path.posix.join(folder, entry.split(path.sep).join('/'));
      if (!file.endsWith('.ts') || /\/(node_modules|dist)\//.test(file)) continue;
      sources.set(file, readFileSync(path.join(root, file), 'utf8'));
    }
  }
  return sources;
}
