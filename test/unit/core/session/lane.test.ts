import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Lane } from '../../../../packages/core/src/session/lane.ts';

interface Item {
  readonly name: number;
  isSettled: boolean;
}

const lane = suite('a lane');

function laneOf(count: number): { one: Lane<Item>; items: Item[] } {
  const one = new Lane<Item>(3);
  const items = Array.from({ length: count }, (_, name): Item => ({ name, isSettled: false }));
  for (const item of items) one.waiting.push(item);
  return { one, items };
}

function settle(one: Lane<Item>, item: Item): void {
  item.isSettled = true;
  one.leave();
}

lane('begins empty, with nothing running, and keeps the order of those who wait', () => {
  const { one } = laneOf(2);
  assert.equal([one.concurrency, one.running.size, one.isEmpty], [3, 0, false]);
  assert.equal([one.next()?.name, one.next()?.name, one.next()], [0, 1, undefined]);
  assert.ok(one.isEmpty);
});

lane('passes over those who were settled while they waited', () => {
  const { one, items } = laneOf(4);
  settle(one, items[0]!);
  settle(one, items[2]!);
  assert.equal([one.next()?.name, one.next()?.name, one.next()], [1, 3, undefined]);
});

lane('is empty when all who wait are settled', () => {
  const { one, items } = laneOf(2);
  for (const item of items) settle(one, item);
  assert.ok(one.isEmpty);
  assert.is(one.next(), undefined);
  assert.ok(one.isEmpty);
});

// Otherwise a peer could fill the memory behind one handler that takes long.
lane('lets go of the settled ones, though nobody takes any', () => {
  const { one, items } = laneOf(10_000);
  for (const item of items.slice(1)) settle(one, item);
  assert.ok(one.waiting.length < 100, `${one.waiting.length} are held`);
  assert.equal([one.next()?.name, one.next(), one.isEmpty], [0, undefined, true]);
});

lane('forgets all who wait when it is cleared', () => {
  const { one, items } = laneOf(3);
  settle(one, items[1]!);
  one.clear();
  assert.ok(one.isEmpty);
});
lane.run();
