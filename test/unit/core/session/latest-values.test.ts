import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { LatestValues } from '../../../../packages/core/src/session/latest-values.ts';

const identity = (value: number): number => value;
const latest = suite('the latest values');

latest('are one for each key, the newest', () => {
  const values = new LatestValues<number>(10, identity);
  assert.is(values.put('a', 1), null);
  assert.is(values.put('b', 2), null);
  assert.is(values.put('a', 3), null);
  assert.is(values.size, 2);
  assert.is(values.take('a'), 3);
  assert.is(values.take('a'), undefined);
  assert.not.ok(values.has('a'));
  assert.is(values.take('b'), 2);
});

latest('are of as many keys as the limit says; with one more the oldest value goes', () => {
  const values = new LatestValues<number>(3, identity);
  for (const key of ['a', 'b', 'c']) assert.is(values.put(key, 1), null);
  assert.is(values.put('d', 1), 'a');
  assert.is(values.size, 3);
});

latest('are as old as the value, not as the key', () => {
  const values = new LatestValues<number>(2, identity);
  values.put('a', 1);
  values.put('b', 1);
  values.put('a', 2);
  assert.is(values.put('c', 1), 'b');
  assert.is(values.take('a'), 2);
});

latest('stay as many through any number of keys', () => {
  const values = new LatestValues<number>(100, identity);
  for (let at = 0; at < 10_000; at += 1) values.put(`key ${at}`, at);
  assert.is(values.size, 100);
  assert.ok(values.has('key 9900'));
  assert.not.ok(values.has('key 9899'));
});

latest('are as large together as those that are there', () => {
  const values = new LatestValues<number>(2, identity);
  values.put('a', 10);
  values.put('b', 5);
  values.put('a', 7);
  assert.is(values.bytes, 12);
  values.put('c', 1);
  assert.is(values.bytes, 8, 'the oldest is gone');
  values.take('a');
  values.take('a');
  assert.is(values.bytes, 1);
  values.clear();
  assert.is(values.bytes, 0);
});

latest('can be forgotten', () => {
  const values = new LatestValues<number>(2, identity);
  values.put('a', 1);
  values.clear();
  assert.is(values.size, 0);
});
latest.run();
