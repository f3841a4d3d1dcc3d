import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DeadlineTable } from '../../../../packages/core/src/connection/deadline-table.ts';

const table = suite('deadline table');

const make = (): DeadlineTable<'a' | 'b' | 'c'> => new DeadlineTable(['a', 'b', 'c']);

table('nothing is due at first', () => {
  const deadlines = make();
  assert.is(deadlines.nextMs, Infinity);
  assert.is(deadlines.get('a'), Infinity);
  assert.equal(deadlines.takeExpired(Number.MAX_VALUE), []);
});

table('the earliest is next, and setting one again moves it', () => {
  const deadlines = make();
  deadlines.set('a', 20);
  deadlines.set('b', 10);
  assert.is(deadlines.nextMs, 10);
  deadlines.set('b', 30);
  assert.is(deadlines.nextMs, 20);
  deadlines.set('a', 40);
  assert.is(deadlines.nextMs, 30);
  assert.is(deadlines.get('a'), 40);
});

table('what is due at this very moment is expired, a moment later is not', () => {
  const deadlines = make();
  deadlines.set('a', 10);
  assert.equal(deadlines.takeExpired(9.999), []);
  assert.equal(deadlines.takeExpired(10), ['a']);
});

table('the expired are taken once, earliest first, and the others stay', () => {
  const deadlines = make();
  deadlines.set('a', 30);
  deadlines.set('b', 20);
  deadlines.set('c', 50);
  assert.equal(deadlines.takeExpired(40), ['b', 'a']);
  assert.equal(deadlines.takeExpired(40), []);
  assert.is(deadlines.nextMs, 50);
});

table('one that is stopped is not due, and neither is any after all are stopped', () => {
  const deadlines = make();
  deadlines.set('a', 10);
  deadlines.set('b', 20);
  deadlines.stop('a');
  assert.is(deadlines.nextMs, 20);
  deadlines.stopAll();
  assert.is(deadlines.nextMs, Infinity);
  assert.equal(deadlines.takeExpired(100), []);
});

table.run();
