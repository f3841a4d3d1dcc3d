/** The page's script, made of its sources at every start, so that there is nothing to build before and nothing that can be stale. */
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { readFile } from 'node:fs/promises';

/** A file as the page server gives it out. */
export interface PageFile {
  readonly contentType: string;
  readonly body: Uint8Array;
}

/** Every file of the page, by its path. */
export type PageFiles = ReadonlyMap<string, PageFile>;

const folder = fileURLToPath(new URL('../page/', import.meta.url));

/** Bundles the script, with the browser's side of the packages, and reads the rest. Rejects on a warning, too. */
export async function bundlePage(): Promise<PageFiles> {
  const [script, html, css, icon] = await Promise.all([
    bundleScript(),
    readFile(`${folder}index.html`),
    readFile(`${folder}style.css`),
    readFile(`${folder}icon.svg`),
  ]);
  return new Map([
    ['/', { contentType: 'text/html; charset=utf-8', body: html }],
    ['/style.css', { contentType: 'text/css; charset=utf-8', body: css }],
    ['/page.js', { contentType: 'text/javascript; charset=utf-8', body: script }],
    ['/icon.svg', { contentType: 'image/svg+xml', body: icon }],
  ]);
}

async function bundleScript(): Promise<Uint8Array> {
  const { outputFiles, warnings } = await build({
    entryPoints: [`${folder}main.ts`],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    conditions: ['development'],
    minify: true,
    legalComments: 'none',
    write: false,
    logLevel: 'silent',
  });
  if (warnings.length > 0) throw new Error(`the page: ${warnings.map(({ text }) => text).join('; ')}`);
  return outputFiles[0]!.contents;
}
