import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DeadlineHeap } from '../../../../packages/core/src/session/deadline-heap.ts';
import { OutgoingMessage } from '../../../../packages/core/src/session/outgoing-message.ts';
import { SeededRandom } from '../../../support/seeded-random.ts';

const heap = suite('a heap of deadlines');

function message(name: string): OutgoingMessage {
  return new OutgoingMessage('message', name, new Uint8Array(0));
}

heap('gives what is due, earliest first, and leaves the rest', () => {
  const deadlines = new DeadlineHeap<OutgoingMessage>();
  for (const atMs of [30, 10, 20, 40]) deadlines.add(message(String(atMs)), atMs);
  assert.is(deadlines.nextMs, 10);
  assert.equal(
    deadlines.takeDue(30).map(({ name }) => name),
    ['10', '20', '30'],
  );
  assert.is(deadlines.nextMs, 40);
  assert.equal(deadlines.takeDue(39), []);
});

heap('passes over what is decided', () => {
  const deadlines = new DeadlineHeap<OutgoingMessage>();
  const [decided, open] = [message('decided'), message('open')];
  deadlines.add(decided, 1);
  deadlines.add(open, 2);
  decided.stage = 'handled';
  assert.equal(deadlines.takeDue(5), [open]);
  assert.is(deadlines.nextMs, Infinity);
});

heap('keeps the order of thousands that come and go, also when it sweeps', () => {
  const random = new SeededRandom(1);
  const deadlines = new DeadlineHeap<OutgoingMessage>();
  const expected: number[] = [];
  for (let index = 0; index < 5000; index += 1) {
    const atMs = Math.floor(random.next() * 1000);
    const one = message(String(atMs));
    if (index % 3 === 0) one.stage = 'handled';
    else expected.push(atMs);
    deadlines.add(one, atMs);
  }
  const taken = deadlines.takeDue(1000).map(({ name }) => Number(name));
  assert.equal(
    taken,
    expected.sort((a, b) => a - b),
  );
});
heap.run();
