/** What docs/deploying.md says of presets and limits is held against the presets. */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HEARTBEAT_PRESETS } from '@heartwire/core/engine';
import { documentConfig } from './document-config.ts';

const text = readFileSync('docs/deploying.md', 'utf8');
const document = suite('docs/deploying.md');

/** How often an interval has to fit into a limit: a beat goes after 0.9 of one, and may be late. */
const TIMES = 2;
const SECONDS: Readonly<Record<string, number>> = { s: 1, min: 60, h: 3600 };

document('has every preset with its interval, and the limits that it fits', () => {
  const rows = tableOf('Which preset');
  assert.equal(rows.map(([name = '']) => name.replaceAll('`', '')).sort(), Object.keys(HEARTBEAT_PRESETS).sort());
  for (const [name = '', interval = '', limit = ''] of rows) {
    const { intervalMs } = HEARTBEAT_PRESETS[name.replaceAll('`', '') as keyof typeof HEARTBEAT_PRESETS];
    assert.equal([secondsOf(interval), secondsOf(limit)], [intervalMs / 1000, (TIMES * intervalMs) / 1000], name);
  }
});

document('gives each box a source, and calls no preset fit that is not', () => {
  const longestMs = Math.max(...Object.values(HEARTBEAT_PRESETS).map(({ intervalMs }) => intervalMs));
  const rows = tableOf('Idle limits');
  assert.ok(rows.length > 20);
  for (const [box = '', limit = '', , fits = ''] of rows) {
    assert.match(limit, /\[[^\]]+\]\(https:/, `${box} has no source`);
    const shortest = Math.min(...secondsIn(limit));
    assert.ok(fits === '–' || fits === 'all', `${box}: ${fits}`);
    assert.is(fits === 'all', shortest * 1000 >= TIMES * longestMs, box);
  }
});

document('shows limits of nginx and HAProxy that every preset fits', () => {
  for (const name of ['nginx.conf', 'haproxy.cfg']) {
    const seconds = [...documentConfig(name).matchAll(/_timeout (\d+)s;|timeout (?:client|server|tunnel) (\d+)s/g)];
    const idle = seconds.map(([, a, b]) => Number(a ?? b)).filter((value) => value > 10);
    assert.ok(idle.length >= 3);
    assert.ok(Math.min(...idle) >= 50, `${name}: ${idle.join(', ')}`);
  }
});

document.run();

/** The rows of the first table below a heading, cell by cell. */
function tableOf(heading: string): string[][] {
  const section = text.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  const lines = section.split('\n').filter((line) => line.startsWith('|'));
  return lines.slice(2).map((line) => {
    const cells = line.split('|').slice(1, -1);
    return cells.map((cell) => cell.trim());
  });
}

function secondsOf(cell: string): number {
  return secondsIn(cell)[0] ?? NaN;
}

/** All durations of a cell; infinity where there is no limit. */
function secondsIn(cell: string): number[] {
  const found = [...cell.matchAll(/([\d,]+) (min|h|s)\b/g)];
  if (found.length === 0 && cell.includes('none')) return [Infinity];
  return found.map(([, count = '', unit = '']) => Number(count.replaceAll(',', '')) * SECONDS[unit]!);
}
