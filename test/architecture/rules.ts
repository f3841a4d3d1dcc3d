// The rules of the house, as data: who may import whom, which names stay out of which files. check-rules.ts applies them;
// a change here is a change of the architecture.

/** A layer: the files it consists of, and the layers whose files these may import (its own are always allowed). */
export interface Layer {
  readonly name: string;
  readonly files: RegExp;
  readonly mayImport: readonly string[];
}

const core = (pattern: string): RegExp => new RegExp(`^packages/core/src/${pattern}`);

// wire <- connection <- session <- runtime -> transport (the contract)
export const LAYERS: readonly Layer[] = [
  { name: 'errors', files: core('errors/'), mayImport: [] },
  { name: 'state-stream', files: core('state-stream\\.ts$'), mayImport: [] },
  { name: 'wire', files: core('wire/'), mayImport: ['errors'] },
  { name: 'connection', files: core('connection/'), mayImport: ['errors', 'wire'] },
  { name: 'session', files: core('session/'), mayImport: ['errors', 'wire', 'connection'] },
  { name: 'transport', files: core('transport/'), mayImport: ['errors', 'state-stream'] },
  {
    name: 'runtime',
    files: core('runtime/'),
    mayImport: ['errors', 'state-stream', 'wire', 'connection', 'session', 'transport'],
  },
  { name: 'rx', files: core('rx/'), mayImport: ['errors', 'state-stream', 'transport', 'runtime'] },
  { name: 'testing', files: core('testing/'), mayImport: ['errors', 'state-stream', 'transport', 'runtime'] },
  {
    name: 'entry',
    files: core('(index|engine)\\.ts$'),
    mayImport: ['errors', 'state-stream', 'wire', 'connection', 'session', 'transport', 'runtime'],
  },
];

/** A package (or `node:` for all of Node's) and the only files that may import it; `oneFile`: and only one of them does. */
export interface PackageRule {
  readonly specifier: RegExp;
  readonly allowedIn: RegExp;
  readonly oneFile?: boolean;
}

export const PACKAGES: readonly PackageRule[] = [
  { specifier: /^msgpackr(\/|$)/, allowedIn: core('wire/'), oneFile: true },
  { specifier: /^@noble\/hashes(\/|$)/, allowedIn: core('runtime/token-hash\\.ts$'), oneFile: true },
  { specifier: /^rxjs(\/|$)/, allowedIn: core('(runtime/|rx/|testing/|state-stream\\.ts$)') },
  { specifier: /^ws(\/|$)/, allowedIn: /^packages\/transport-ws\/src\//, oneFile: true },
  { specifier: /^node:/, allowedIn: /^packages\/transport-(tcp|ws)\/src\// },
  { specifier: /^@heartwire\/core\/transport$/, allowedIn: /^packages\/transport-[a-z]+\/src\// },
  // On Node a WebSocket runs over a socket, and what Node hides of sockets is told in one place.
  { specifier: /^@heartwire\/transport-tcp\/socket$/, allowedIn: /^packages\/transport-ws\/src\// },
];

/** What a browser loads: nothing that this file reaches may import Node's modules or `ws`. */
export const BROWSER_ENTRY = 'packages/transport-ws/src/browser.ts';
export const NOT_IN_BROWSERS = /^(node:|ws(\/|$)|@heartwire\/transport-tcp)/;

/** Files that go through package names, as users do. */
export const USERS = /^(test\/compliance|test\/kernel|test\/delivery|test\/simulation|examples|bench)\//;

/** Published source files; the rules on layers, packages, exports and cycles hold for these. */
export const PUBLISHED = /^packages\/[a-z-]+\/src\//;

/** Names that say nothing about what is in a file. */
export const FORBIDDEN_FILE_NAME = /(^|\/)(utils?|helpers?|common|types?|misc|shared)(\.d)?\.ts$/;
export const FORBIDDEN_FOLDER_NAME = /(^|\/)(utils?|helpers?|common|types|misc|shared)\//;

/** Globals whose use a set of files forgoes. `types`: the name of the type is forbidden too. */
export interface NameRule {
  readonly name: 'platform-names' | 'sans-io-names';
  readonly files: RegExp;
  readonly except?: RegExp;
  readonly names: readonly string[];
  readonly types: boolean;
}

const TIMERS = ['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'clearImmediate'];

const PLATFORM = [
  'queueMicrotask',
  'performance',
  'crypto',
  'AbortController',
  'structuredClone',
  'console',
  'globalThis',
];
const NODE = ['process', 'Buffer', 'global', 'require', 'module', '__dirname', '__filename'];
const DOM = [
  'window',
  'self',
  'document',
  'navigator',
  'location',
  'localStorage',
  'sessionStorage',
  'addEventListener',
  'fetch',
  'WebSocket',
  'EventTarget',
  'Event',
  'MessageChannel',
  'Worker',
  'Blob',
  'URL',
  'indexedDB',
];

export const NAMES: readonly NameRule[] = [
  {
    // The platform is one file, so that Node, browsers, Deno, Bun and a test's clock differ in one place.
    name: 'platform-names',
    files: core(''),
    except: core('runtime/platform\\.ts$'),
    types: false,
    names: [...TIMERS, ...PLATFORM, ...NODE, ...DOM],
  },
  {
    name: 'platform-names',
    files: core(''),
    except: core('wire/'),
    types: false,
    names: ['TextEncoder', 'TextDecoder'],
  },
  {
    // Time comes in as nowMs, randomness as an argument, and nothing waits: that is what makes every run repeatable.
    name: 'sans-io-names',
    files: core('(wire|connection|session)/'),
    types: true,
    names: [...TIMERS, 'Date', 'performance', 'crypto', 'Promise', 'queueMicrotask', 'console'],
  },
];

/** Files without `async`, `await` and `Math.random`. */
export const SANS_IO: RegExp = core('(wire|connection|session)/');
