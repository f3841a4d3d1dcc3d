// test-limit: 120s
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { HistoryEvent } from './history/history.ts';
import { runSeed } from './run-seed.ts';

const test = suite('one seed');

test('gives the same trace every time', async () => {
  for (let seed = 1; seed <= 25; seed += 1) {
    const first = await runSeed(seed);
    // Reading the trace changes nothing.
    const second = await runSeed(seed, { print: () => {} });
    assert.is(second.traceHash, first.traceHash, `seed ${seed}`);
    assert.is(second.history.length, first.history.length, `seed ${seed}`);
  }
});

test('gives another trace than its neighbour', async () => {
  const hashes = new Set<string>();
  for (let seed = 1; seed <= 25; seed += 1) hashes.add((await runSeed(seed)).traceHash);
  assert.is(hashes.size, 25);
});

test('tells a reader what was sent, what arrived and what the applications were told', async () => {
  const lines: string[] = [];
  await runSeed(1, { print: (line) => lines.push(line) });
  const text = lines.join('\n');
  for (const part of ['HELLO', 'WELCOME', 'MESSAGE', 'GOODBYE_ACK', 'app        send op 0', 'healed', '<- end']) {
    assert.ok(text.includes(part), part);
  }
  assert.not.match(text, /[0-9a-f]{32}/, 'an id that is not the same in every run');
});

// A workload that no longer does something would find nothing there, and nobody would notice.
test('the first seeds see every outcome, and every end that a session can have', async () => {
  const history: HistoryEvent[] = [];
  for (let seed = 1; seed <= 150; seed += 1) history.push(...(await runSeed(seed)).history);
  const outcomes = new Set(history.flatMap((event) => (event.type === 'outcome' ? [event.outcome] : [])));
  assert.equal([...outcomes].sort(), [
    'cancelled',
    'expired',
    'handled',
    'not-delivered',
    'overflow',
    'refused',
    'unknown',
  ]);
  const codes = new Set(history.flatMap((event) => (event.type === 'outcome' ? [String(event.code)] : [])));
  assert.equal([...codes].sort(), ['ERR_HW_HANDLER', 'ERR_HW_NO_HANDLER', 'not-now', 'null']);
  const causes = new Set(history.flatMap((event) => (event.type === 'closed' ? [event.cause] : [])));
  assert.equal([...causes].sort(), [
    'closed',
    'destroyed',
    'evicted',
    'expired',
    'finished',
    'refused',
    'reset',
    'timeout',
  ]);
  const types = new Set(history.map(({ type }) => type));
  for (const type of ['crash', 'undelivered', 'report', 'healed', 'gap', 'cast', 'volatile-finish'] as const) {
    assert.ok(types.has(type), type);
  }
  const resumptions = history.filter((event) => event.type === 'opened' && event.resumed);
  assert.ok(resumptions.length > 100, `${resumptions.length} resumptions`);
  const proofs = history.filter((event) => event.type === 'outcome' && event.isCorrection === true);
  assert.ok(proofs.length > 0, 'no proof came late');
});

test.run();
