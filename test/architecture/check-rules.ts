// Applies the rules to a set of files. It is a function of paths and texts, so that a test can feed it a violation of each rule.
import { readModule, type ModuleFacts } from './module-facts.ts';
import * as rules from './rules.ts';

export const RULE_NAMES = [
  'layers',
  'packages',
  'one-file',
  'browser',
  'users',
  'cycles',
  'export-star',
  'default-export',
  'file-names',
  'platform-names',
  'sans-io-names',
  'sans-io-async',
] as const;

export type RuleName = (typeof RULE_NAMES)[number];

export interface Violation {
  readonly rule: RuleName;
  readonly file: string;
  readonly detail: string;
}

/** @param sources the text of each file, by its path from the root of the repository */
export function findViolations(sources: ReadonlyMap<string, string>): Violation[] {
  const modules = new Map([...sources].map(([file, text]) => [file, readModule(file, text)]));
  const all = [...modules.values()];
  const published = all.filter(({ file }) => rules.PUBLISHED.test(file));
  return [
    ...published.flatMap(layers),
    ...published.flatMap(packages),
    ...oneFile(published),
    ...browser(modules),
    ...all.flatMap(users),
    ...cycles(modules),
    ...published.flatMap(exportsOf),
    ...all.flatMap(fileNames),
    ...published.flatMap(names),
    ...published.flatMap(sansIoAsync),
  ];
}

function layerOf(file: string): rules.Layer | undefined {
  return rules.LAYERS.find((layer) => layer.files.test(file));
}

/** A relative import stays inside its package, and inside core it follows the layers. */
function layers({ file, imports }: ModuleFacts): Violation[] {
  const layer = layerOf(file);
  const found: Violation[] = [];
  if (!layer && file.startsWith('packages/core/')) found.push({ rule: 'layers', file, detail: 'belongs to no layer' });
  for (const { target, specifier } of imports) {
    if (target === undefined) continue;
    const targetLayer = layerOf(target);
    const isSamePackage = packageOf(target) === packageOf(file);
    const isAllowed =
      layer === targetLayer || (targetLayer !== undefined && layer?.mayImport.includes(targetLayer.name));
    if (!isSamePackage || !isAllowed) found.push({ rule: 'layers', file, detail: `imports ${specifier}` });
  }
  return found;
}

function packageOf(file: string): string {
  return file.split('/', 3).join('/');
}

/** A package is imported only where its rule allows it; a package without a rule nowhere. */
function packages({ file, imports }: ModuleFacts): Violation[] {
  return imports
    .filter(({ target, specifier }) => target === undefined && !mayImportPackage(file, specifier))
    .map(({ specifier }) => ({ rule: 'packages', file, detail: `imports ${specifier}` }));
}

function mayImportPackage(file: string, specifier: string): boolean {
  return rules.PACKAGES.some((rule) => rule.specifier.test(specifier) && rule.allowedIn.test(file));
}

function oneFile(modules: readonly ModuleFacts[]): Violation[] {
  return rules.PACKAGES.filter((rule) => rule.oneFile).flatMap((rule) => {
    const importers = modules.filter(({ imports }) => imports.some(({ specifier }) => rule.specifier.test(specifier)));
    return importers.slice(1).map(({ file }) => ({
      rule: 'one-file' as const,
      file,
      detail: `imports ${rule.specifier.source}, as does ${importers[0]?.file}`,
    }));
  });
}

/** Nothing that the browser's entry reaches imports what browsers do not have. */
function browser(modules: ReadonlyMap<string, ModuleFacts>): Violation[] {
  return [...reachable(modules, rules.BROWSER_ENTRY)].flatMap((file) =>
    (modules.get(file)?.imports ?? [])
      .filter(({ specifier }) => rules.NOT_IN_BROWSERS.test(specifier))
      .map(({ specifier }) => ({ rule: 'browser', file, detail: `imports ${specifier}` }) as const),
  );
}

function reachable(
  modules: ReadonlyMap<string, ModuleFacts>,
  from: string,
  seen: Set<string> = new Set(),
): Set<string> {
  if (seen.has(from)) return seen;
  seen.add(from);
  for (const { target } of modules.get(from)?.imports ?? []) if (target !== undefined) reachable(modules, target, seen);
  return seen;
}

function users({ file, imports }: ModuleFacts): Violation[] {
  if (!rules.USERS.test(file)) return [];
  return imports
    .filter(({ target }) => target?.startsWith('packages/'))
    .map(({ specifier }) => ({ rule: 'users', file, detail: `imports ${specifier} instead of the package` }));
}

/** Depth first; an import of a file that is still being visited closes a cycle. */
function cycles(modules: ReadonlyMap<string, ModuleFacts>): Violation[] {
  const found: Violation[] = [];
  const done = new Set<string>();
  const visit = (file: string, trail: readonly string[]): void => {
    const start = trail.indexOf(file);
    if (start >= 0) found.push({ rule: 'cycles', file, detail: [...trail.slice(start), file].join(' -> ') });
    if (start >= 0 || done.has(file)) return;
    for (const { target } of modules.get(file)?.imports ?? [])
      if (target !== undefined) visit(target, [...trail, file]);
    done.add(file);
  };
  for (const file of modules.keys()) visit(file, []);
  return found;
}

function exportsOf({ file, hasExportStar, hasDefaultExport }: ModuleFacts): Violation[] {
  const found: Violation[] = [];
  if (hasExportStar) found.push({ rule: 'export-star', file, detail: 'has export *' });
  if (hasDefaultExport) found.push({ rule: 'default-export', file, detail: 'has a default export' });
  return found;
}

function fileNames({ file }: ModuleFacts): Violation[] {
  const isForbidden =
    rules.FORBIDDEN_FILE_NAME.test(file) || (rules.PUBLISHED.test(file) && rules.FORBIDDEN_FOLDER_NAME.test(file));
  return isForbidden ? [{ rule: 'file-names', file, detail: 'is named for nothing inside it' }] : [];
}

function names({ file, freeValues, freeTypes }: ModuleFacts): Violation[] {
  return rules.NAMES.filter((rule) => rule.files.test(file) && !rule.except?.test(file)).flatMap((rule) =>
    rule.names
      .filter((name) => freeValues.has(name) || (rule.types && freeTypes.has(name)))
      .map((name) => ({ rule: rule.name, file, detail: `uses ${name}` })),
  );
}

function sansIoAsync({ file, isAsync, usesMathRandom }: ModuleFacts): Violation[] {
  if (!rules.SANS_IO.test(file)) return [];
  const found: Violation[] = [];
  if (isAsync) found.push({ rule: 'sans-io-async', file, detail: 'uses async or await' });
  if (usesMathRandom) found.push({ rule: 'sans-io-async', file, detail: 'uses Math.random' });
  return found;
}
