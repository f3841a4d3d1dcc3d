import { existsSync, readFileSync } from 'node:fs';

/** The program of the README's "Hello": each TypeScript block of that section whose first line is `// <name>.ts`. */
export function readHello(readme: string): ReadonlyMap<string, string> {
  const text = existsSync(readme) ? readFileSync(readme, 'utf8') : '';
  const section = /^## Hello.*$([^]*?)(?=^## |(?![^]))/m.exec(text)?.[1] ?? '';
  const blocks = section.matchAll(/^```ts\n(\/\/ ([a-z-]+\.ts)\n[^]*?)^```$/gm);
  return new Map([...blocks].map(([, block = '', name = '']) => [name, block]));
}
