import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export const root: string = path.resolve(import.meta.dirname, '../..');

/** The TypeScript sources of the repository below these folders: text by path, with forward slashes. */
export function readSources(...folders: string[]): Map<string, string> {
  const sources = new Map<string, string>();
  for (const folder of folders.filter((name) => existsSync(path.join(root, name)))) {
    for (const file of filesBelow(folder)) {
      if (file.endsWith('.ts')) sources.set(file, readFileSync(path.join(root, file), 'utf8'));
    }
  }
  return sources;
}

/** What is ours: no packages of others, nothing that was built, and no link is followed. */
function filesBelow(folder: string): string[] {
  return readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = path.posix.join(folder, entry.name);
    if (entry.isDirectory()) return /^(node_modules|dist)$/.test(entry.name) ? [] : filesBelow(name);
    return entry.isFile() ? [name] : [];
  });
}
