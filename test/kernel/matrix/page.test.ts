/** docs/causes.md, and how it comes about. */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { matrixText, readMatrix } from './matrix-file.ts';
import { ALL_FIELDS, differencesOf, HELD_FIELDS, type MatrixRow } from './matrix-row.ts';
import { PAGE, renderRecorded } from './matrix.ts';
import { mergeRows, type PlainRow } from './page/merge-rows.ts';
import { nameRuntimes } from './page/render-page.ts';
import { cellsOf, shortfallsOf } from './page/row-cells.ts';
import { isSameTime, timeClass } from './time-class.ts';

const RESET: MatrixRow = {
  states: ['dialing', 'open', 'closed'],
  cause: 'reset',
  evidence: { errno: 'ECONNRESET', syscall: 'read' },
  time: 'at once',
  handled: 21,
  events: [],
  peer: 'finished',
  heartbeat: null,
};

const page = suite('docs/causes.md');

page('says what was recorded (npm run causes writes it)', () => {
  assert.is(readFileSync(PAGE, 'utf8'), renderRecorded());
});

page('reads back what it writes', () => {
  const matrix = readMatrix('node20');
  assert.equal(JSON.parse(matrixText(matrix)), matrix);
});
page.run();

const times = suite('classes of time');

times('round to seconds, above one', () => {
  assert.equal(
    [timeClass(0, 1), timeClass(999, 1), timeClass(1_000, 1), timeClass(2_499, 1), timeClass(2_500, 1)],
    ['at once', 'at once', '1 s', '2 s', '3 s'],
  );
  assert.is(timeClass(null, 2_500), 'never (watched 2.5 s)');
});

times('are the same within a second, and never is never', () => {
  assert.ok(isSameTime('at once', '1 s') && isSameTime('11 s', '10 s') && isSameTime('never (x)', 'never (x)'));
  assert.not.ok(isSameTime('at once', '2 s') || isSameTime('at once', 'never (x)') || isSameTime('3 s', 'never (x)'));
});
times.run();

const rows = suite('rows');

rows('name each difference', () => {
  assert.equal(differencesOf([RESET], { ...RESET, time: '1 s' }, ALL_FIELDS), []);
  assert.equal(differencesOf([RESET], { ...RESET, cause: 'finished', handled: 1 }, ALL_FIELDS), [
    'cause: recorded "reset", seen "finished"',
    'handled: recorded 21, seen 1',
  ]);
  assert.equal(differencesOf([RESET], { ...RESET, time: '9 s', handled: 1 }, HELD_FIELDS), []);
  const beaten = { ...RESET, heartbeat: 'dead, 1 s' };
  assert.equal(differencesOf([beaten], { ...RESET, heartbeat: 'dead, at once' }, ALL_FIELDS), []);
  assert.equal(differencesOf([beaten], RESET, ALL_FIELDS), ['heartbeat: recorded "dead, 1 s", seen null']);
});

rows('say what a runtime cannot do', () => {
  const { errno: _, ...silent } = RESET.evidence;
  assert.equal(shortfallsOf(RESET, RESET), []);
  assert.equal(shortfallsOf({ ...RESET, handled: 1 }, RESET), ['loses unread bytes (0 of 20 messages handled)']);
  assert.equal(shortfallsOf({ ...RESET, cause: 'finished' }, RESET), ['cannot tell a reset from an end']);
  assert.equal(shortfallsOf({ ...RESET, cause: 'lost' }, RESET), ['does not say what happened']);
  assert.equal(shortfallsOf({ ...RESET, cause: null }, RESET), ['is not told']);
  assert.equal(shortfallsOf({ ...RESET, evidence: silent }, RESET), ["keeps the kernel's word to itself"]);
});

rows('tell what was seen only sometimes', () => {
  const pipe = { ...RESET, evidence: { errno: 'EPIPE', syscall: 'write' } };
  assert.is(cellsOf([RESET, pipe], RESET)[2], 'ECONNRESET (read), sometimes EPIPE (write)');
});

rows('that say the same are one', () => {
  const row = (transport: PlainRow['transport'], runtime: PlainRow['runtime'], text: string): PlainRow => ({
    transport,
    runtime,
    cells: [text],
  });
  assert.equal(
    mergeRows([
      row('tcp', 'node20', 'a'),
      row('ws', 'node20', 'a'),
      row('tcp', 'bun', 'a'),
      row('ws', 'bun', 'b'),
      row('unix', 'node20', 'a'),
      row('unix', 'bun', 'a'),
    ]),
    [
      { transports: ['tcp', 'unix'], runtimes: ['node20', 'bun'], cells: ['a'] },
      { transports: ['ws'], runtimes: ['node20'], cells: ['a'] },
      { transports: ['ws'], runtimes: ['bun'], cells: ['b'] },
    ],
  );
  assert.is(nameRuntimes(['node20', 'node22', 'bun']), 'Node 20, 22, Bun');
});
rows.run();
