import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { findViolations, RULE_NAMES, type RuleName } from './check-rules.ts';
import { readSources } from './source-files.ts';

const house = suite('the sources keep the rules of the house');

house('in every file', () => {
  const violations = findViolations(readSources('packages', 'test', 'examples', 'bench'));
  assert.equal(
    violations.map(({ rule, file, detail }) => `${file} ${detail} (${rule})`),
    [],
  );
});
house.run();

const core = 'packages/core/src';
const webSocket = 'packages/transport-ws/src';

/** At least one deliberate violation of each rule; files are given as path and text. */
const VIOLATIONS: readonly (readonly [RuleName, string, Record<string, string>])[] = [
  ['layers', 'wire imports connection', { [`${core}/wire/a.ts`]: `import { b } from '../connection/b.ts';` }],
  ['layers', 'connection imports session', { [`${core}/connection/a.ts`]: `import { b } from '../session/b.ts';` }],
  ['layers', 'session imports runtime', { [`${core}/session/a.ts`]: `import type { B } from '../runtime/b.ts';` }],
  ['layers', 'session imports the contract', { [`${core}/session/a.ts`]: `export { b } from '../transport/b.ts';` }],
  ['layers', 'the contract imports runtime', { [`${core}/transport/a.ts`]: `import { b } from '../runtime/b.ts';` }],
  ['layers', 'runtime imports the entry', { [`${core}/runtime/a.ts`]: `import { b } from '../index.ts';` }],
  ['layers', 'a lazy import', { [`${core}/wire/a.ts`]: `export const b = () => import('../session/b.ts');` }],
  ['layers', 'an import in a type', { [`${core}/wire/a.ts`]: `export type B = import('../session/b.ts').B;` }],
  ['layers', 'a file in no layer', { [`${core}/elsewhere/a.ts`]: `export const a = 1;` }],
  [
    'layers',
    'a transport reaches into core by path',
    { 'packages/transport-tcp/src/a.ts': `import { b } from '../../core/src/errors/b.ts';` },
  ],
  ['packages', 'msgpackr outside wire', { [`${core}/session/a.ts`]: `import { pack } from 'msgpackr';` }],
  ['one-file', 'msgpackr in two files', twoFiles(`${core}/wire`, `import { pack } from 'msgpackr';`)],
  [
    'packages',
    'hashes in another file than the one',
    { [`${core}/runtime/a.ts`]: `import { sha256 } from '@noble/hashes/sha2.js';` },
  ],
  ['packages', 'rxjs in session', { [`${core}/session/a.ts`]: `import type { Observable } from 'rxjs';` }],
  ['packages', 'rxjs in a transport', { 'packages/transport-tcp/src/a.ts': `import { Subject } from 'rxjs';` }],
  ['packages', 'a Node module in core', { [`${core}/runtime/a.ts`]: `import net from 'node:net';` }],
  ['packages', 'a Node module by its bare name', { 'packages/transport-tcp/src/a.ts': `import net from 'net';` }],
  ['packages', 'ws in transport-tcp', { 'packages/transport-tcp/src/a.ts': `import { WebSocket } from 'ws';` }],
  ['one-file', 'ws in two files', twoFiles(webSocket, `import { WebSocket } from 'ws';`)],
  ['packages', 'a transport imports core', { [`${webSocket}/a.ts`]: `import { connect } from '@heartwire/core';` }],
  [
    'packages',
    'a transport imports another',
    { [`${webSocket}/a.ts`]: `import { tcp } from '@heartwire/transport-tcp';` },
  ],
  ['packages', 'a package nobody decided on', { [`${core}/runtime/a.ts`]: `import debug from 'debug';` }],
  [
    'browser',
    'the browser entry reaches a Node module',
    {
      [`${webSocket}/browser.ts`]: `export { ws } from './dial.ts';`,
      [`${webSocket}/dial.ts`]: `import { request } from 'node:http';`,
    },
  ],
  ['browser', 'the browser entry imports ws', { [`${webSocket}/browser.ts`]: `import { WebSocket } from 'ws';` }],
  ['users', 'an example by path', { 'examples/a/b.ts': `import { connect } from '../../packages/core/src/index.ts';` }],
  [
    'users',
    'the compliance suite by path',
    { 'test/compliance/a.ts': `import { connect } from '../../packages/core/src/index.ts';` },
  ],
  [
    'cycles',
    'two files import each other',
    { [`${core}/wire/a.ts`]: `import { b } from './b.ts';`, [`${core}/wire/b.ts`]: `import { a } from './a.ts';` },
  ],
  ['export-star', 'export * from', { [`${core}/index.ts`]: `export * from './errors/a.ts';` }],
  ['export-star', 'export * as', { [`${core}/index.ts`]: `export * as errors from './errors/a.ts';` }],
  ['default-export', 'export default', { [`${core}/wire/a.ts`]: `export default function a() {}` }],
  ['default-export', 'export { x as default }', { [`${core}/wire/a.ts`]: `const a = 1; export { a as default };` }],
  ['file-names', 'utils.ts', { [`${core}/wire/utils.ts`]: `` }],
  ['file-names', 'types.ts in the tests', { 'test/unit/types.ts': `` }],
  ['file-names', 'a folder named common', { [`${core}/common/a.ts`]: `` }],
  ['platform-names', 'setTimeout in runtime', { [`${core}/runtime/a.ts`]: `setTimeout(() => {}, 1);` }],
  ['platform-names', 'as a shorthand', { [`${core}/runtime/a.ts`]: `export const a = { queueMicrotask };` }],
  ['platform-names', 'through globalThis', { [`${core}/runtime/a.ts`]: `export const a = globalThis.setTimeout;` }],
  ['platform-names', 'Buffer', { [`${core}/runtime/a.ts`]: `export const a = Buffer.from('x');` }],
  ['platform-names', 'console', { [`${core}/rx/a.ts`]: `console.log('x');` }],
  ['platform-names', 'a subclass', { [`${core}/runtime/a.ts`]: `export class A extends EventTarget {}` }],
  ['platform-names', 'TextEncoder outside wire', { [`${core}/session/a.ts`]: `export const a = new TextEncoder();` }],
  ['sans-io-names', 'Date in session', { [`${core}/session/a.ts`]: `export const a = () => Date.now();` }],
  [
    'sans-io-names',
    'performance in connection',
    { [`${core}/connection/a.ts`]: `export const a = performance.now();` },
  ],
  ['sans-io-names', 'crypto in session', { [`${core}/session/a.ts`]: `crypto.getRandomValues(new Uint8Array(1));` }],
  ['sans-io-names', 'a Promise in a type', { [`${core}/session/a.ts`]: `export type A = Promise<void>;` }],
  ['sans-io-names', 'console in wire', { [`${core}/wire/a.ts`]: `console.log('x');` }],
  ['sans-io-async', 'async', { [`${core}/session/a.ts`]: `export async function a() {}` }],
  ['sans-io-async', 'an async method', { [`${core}/session/a.ts`]: `export class A { async b() {} }` }],
  ['sans-io-async', 'Math.random', { [`${core}/connection/a.ts`]: `export const a = Math.random();` }],
];

function twoFiles(folder: string, text: string): Record<string, string> {
  return { [`${folder}/a.ts`]: text, [`${folder}/b.ts`]: text };
}

const violations = suite('a deliberate violation is found');
for (const [rule, name, files] of VIOLATIONS) {
  violations(`${rule}: ${name}`, () => {
    const found = findViolations(new Map(Object.entries(files)));
    assert.ok(
      found.some((violation) => violation.rule === rule),
      `expected ${rule}, found ${JSON.stringify(found)}`,
    );
  });
}
violations('for every rule there is', () => {
  assert.equal(new Set(VIOLATIONS.map(([rule]) => rule)), new Set(RULE_NAMES));
});
violations.run();

const permitted = suite('what the rules permit is not reported');
const PERMITTED: Record<string, string> = {
  [`${core}/wire/a.ts`]: `import { E } from '../errors/e.ts'; export const a = new TextEncoder(); throw new E();`,
  [`${core}/errors/e.ts`]: `export class E extends Error {}`,
  [`${core}/session/b.ts`]: `export const b = (crypto: { Date: number }) => crypto.Date; export interface C { process: 1 }`,
  [`${core}/runtime/platform.ts`]: `export const later = setTimeout; export const now = () => performance.now();`,
  [`${core}/runtime/c.ts`]: `export const c = (signal: AbortSignal): Promise<AbortController> => Promise.reject(signal.reason);`,
  [`${webSocket}/browser.ts`]: `import type { Dialer } from '@heartwire/core/transport'; export type D = Dialer;`,
  [`${webSocket}/node.ts`]: `import { request } from 'node:http'; import { WebSocket } from 'ws'; request(new WebSocket(''));`,
};
permitted('one way down the stairs, types of the platform, members and parameters that are named like globals', () => {
  assert.equal(findViolations(new Map(Object.entries(PERMITTED))), []);
});
permitted.run();
