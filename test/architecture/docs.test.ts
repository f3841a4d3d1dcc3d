// What the documents say of the code is held against the code.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ERROR_CODES } from '@heartwire/core';
import { HEARTBEAT_PRESETS } from '@heartwire/core/engine';
import { probeTimeoutMs } from '../../packages/core/src/session/race.ts';

const DOCUMENTS = [
  ...readdirSync('.').filter((file) => file.endsWith('.md')),
  ...readdirSync('docs').flatMap((file) => (file.endsWith('.md') ? [`docs/${file}`] : [])),
  'packages/core/PROTOCOL.md',
];

/** What the first number of each bound supposes. */
const QUICK_RTO_MS = 200;

const test = suite('documents');

test('docs/errors.md explains every error code, and no other', () => {
  const explained = [...read('docs/errors.md').matchAll(/^### (ERR_HW_\w+)$/gm)].map(([, code = '']) => code);
  assert.equal([...explained].sort(), Object.keys(ERROR_CODES).sort());
});

test('every error code is used by the code', () => {
  const sources = readdirSync('packages/core/src', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('error-code.ts'))
    .map((file) => read(join('packages/core/src', file)))
    .join('\n');
  const unused = Object.keys(ERROR_CODES).filter((code) => !sources.includes(`'${code}'`));
  assert.equal(unused, []);
});

test('the README has every cause, and no other', () => {
  const source = read('packages/core/src/errors/close-cause.ts');
  const kinds = new Set([...source.matchAll(/readonly kind: '(\w+)'/g)].map(([, kind = '']) => kind));
  assert.equal(firstColumn('## Why a connection ended').sort(), [...kinds].sort());
});

for (const [document, heading, columns] of [
  ['README.md', '## The state of things', [1, 2]],
  ['docs/liveness.md', '## How long it takes', [2, 3]],
] as const) {
  test(`${document} has every preset with its bounds`, () => {
    const rows = tableAfter(heading, '| preset |', document);
    assert.equal(
      rows.map(([preset]) => preset?.replaceAll('`', '')),
      Object.keys(HEARTBEAT_PRESETS),
    );
    for (const row of rows) {
      const [name = '', suspect = '', dead = ''] = [row[0], row[columns[0]], row[columns[1]]];
      const { intervalMs, suspect: toSuspect, dead: toDead } = presetOf(name.replaceAll('`', ''));
      assert.equal(numbers(suspect), bounds(intervalMs, toSuspect), `${name} suspect`);
      assert.equal(numbers(dead), bounds(intervalMs, toDead), `${name} dead`);
    }
  });
}

test('docs/liveness.md has the interval of each preset, and when a second connection is tried', () => {
  for (const [name = '', interval = '', , , second = ''] of tableAfter(
    '## How long it takes',
    '| preset |',
    'docs/liveness.md',
  )) {
    const { intervalMs } = presetOf(name.replaceAll('`', ''));
    assert.equal(numbers(interval), [intervalMs / 1000], name);
    const tries = [0, 1].map((fraction) => probeTimeoutMs(QUICK_RTO_MS, intervalMs, fraction) / 1000);
    assert.equal(numbers(second), tries, name);
  }
});

test('the timeline of docs/liveness.md has the bounds of its preset', () => {
  const { intervalMs, suspect, dead } = HEARTBEAT_PRESETS.game;
  const picture = read('docs/images/liveness-timeline.svg');
  for (const [label, margin] of [
    ['I + M', suspect],
    ['I + D', dead],
  ] as const) {
    assert.ok(picture.includes(`>${label}: ${bounds(intervalMs, margin)[0]} s<`), label);
  }
});

for (const document of DOCUMENTS) {
  test(`${document} links to files that exist`, () => {
    const targets = [...read(document).matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, target = '']) => target);
    const missing = targets.filter(
      (target) => !/^[a-z]+:/.test(target) && !existsSync(join(dirname(document), target)),
    );
    assert.equal(missing, []);
  });
}

test.run();

function read(file: string): string {
  return readFileSync(file, 'utf8');
}

/** The rows of the first table below `heading` whose head begins with `head`, cell by cell. */
function tableAfter(heading: string, head: string, document: string = 'README.md'): string[][] {
  const section = read(document).split(`\n${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  const lines = section.slice(section.indexOf(head)).split('\n');
  const end = lines.findIndex((line) => !line.startsWith('|'));
  return lines.slice(2, end < 0 ? undefined : end).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

function firstColumn(heading: string): string[] {
  return tableAfter(heading, '| `cause.kind`').map(([cell = '']) => cell.replaceAll('`', ''));
}

function presetOf(name: string): (typeof HEARTBEAT_PRESETS)['default'] {
  return HEARTBEAT_PRESETS[name as keyof typeof HEARTBEAT_PRESETS];
}

/** The bound on a quick path, and the ceiling where it is another, in seconds. */
function bounds(intervalMs: number, margin: (typeof HEARTBEAT_PRESETS)['default']['dead']): number[] {
  const marginMs = Math.min(margin.maxMs, Math.max(margin.minMs, margin.factor * QUICK_RTO_MS + margin.extraMs));
  const quick = (intervalMs + marginMs) / 1000;
  const ceiling = (intervalMs + margin.maxMs) / 1000;
  return quick === ceiling ? [quick] : [quick, ceiling];
}

function numbers(cell: string): number[] {
  return [...cell.matchAll(/[\d.]+/g)].map(([number]) => Number(number));
}
