import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Fifo } from '../../../../packages/core/src/session/fifo.ts';

const fifo = suite('a fifo');

fifo('gives back in the order in which it took', () => {
  const queue = new Fifo<number>();
  for (let item = 0; item < 100; item += 1) queue.push(item);
  assert.equal(
    Array.from({ length: 100 }, () => queue.shift()),
    Array.from({ length: 100 }, (_, item) => item),
  );
});

fifo('agrees with an array, whatever is pushed and shifted between', () => {
  // Runs of pushes and shifts of many lengths cross the point at which the taken half is let go of.
  for (let run = 1; run <= 80; run += 1) {
    const queue = new Fifo<number>();
    const model: number[] = [];
    let next = 0;
    for (let round = 0; round < 20; round += 1) {
      for (let count = (run * 7 + round * 3) % 50; count > 0; count -= 1) {
        queue.push(next);
        model.push(next);
        next += 1;
      }
      for (let count = (run * 5 + round * 11) % 50; count > 0; count -= 1) {
        assert.is(queue.peek(), model[0]);
        assert.is(queue.shift(), model.shift());
        assert.is(queue.length, model.length);
      }
    }
    assert.equal(queue.clear(), model);
  }
});

fifo('gives nothing when it is empty, and is usable again', () => {
  const queue = new Fifo<string>();
  assert.is(queue.peek(), undefined);
  assert.is(queue.shift(), undefined);
  assert.is(queue.length, 0);
  queue.push('a');
  assert.is(queue.shift(), 'a');
  assert.is(queue.shift(), undefined);
  queue.push('b');
  assert.is(queue.peek(), 'b');
  assert.is(queue.length, 1);
});

fifo('looks at the next without taking it', () => {
  const queue = new Fifo<string>();
  queue.push('a');
  queue.push('b');
  assert.is(queue.peek(), 'a');
  assert.is(queue.peek(), 'a');
  assert.is(queue.length, 2);
});

fifo('gives all that is left when it is cleared, and begins anew', () => {
  const queue = new Fifo<number>();
  for (let item = 0; item < 70; item += 1) queue.push(item);
  for (let item = 0; item < 50; item += 1) queue.shift();
  assert.equal(
    queue.clear(),
    Array.from({ length: 20 }, (_, item) => item + 50),
  );
  assert.is(queue.length, 0);
  assert.equal(queue.clear(), []);
  queue.push(1);
  assert.is(queue.shift(), 1);
});

fifo('keeps the order of what is left when some are let go of', () => {
  const queue = new Fifo<number>();
  for (let item = 0; item < 10; item += 1) queue.push(item);
  queue.shift();
  queue.filter((item) => item % 3 !== 0);
  queue.push(11);
  assert.equal([...queue], [1, 2, 4, 5, 7, 8, 11]);
  assert.equal([queue.length, queue.shift(), queue.length], [7, 1, 6]);
});

fifo.run();
