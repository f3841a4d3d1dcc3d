import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Members } from '../../../../packages/core/src/runtime/members.ts';

const members = suite('members');

members('are listed in the order in which they came, each once', () => {
  const all = new Members<string>();
  for (const name of ['ada', 'grace', 'ada']) all.add(name);
  assert.equal(all.list(), ['ada', 'grace']);
  assert.is(all.size, 2);
  assert.ok(all.has('ada'));
  assert.not.ok(all.has('joan'));
});

members('that are gone are listed no more', () => {
  const all = new Members<string>();
  all.add('ada');
  all.add('grace');
  all.list();
  assert.is(all.delete('ada'), true);
  assert.is(all.delete('ada'), false);
  assert.equal(all.list(), ['grace']);
});

members('share one list until they change, and a list that was given stays as it is', () => {
  const all = new Members<string>();
  all.add('ada');
  const before = all.list();
  assert.is(all.list(), before);
  all.add('grace');
  assert.equal(all.list(), ['ada', 'grace']);
  assert.equal(before, ['ada']);
});
members.run();
