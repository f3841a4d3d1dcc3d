import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Lane } from '../../../../packages/core/src/session/lane.ts';

const lane = suite('a lane');

lane('begins empty, with nothing running, and keeps the order of those who wait', () => {
  const one = new Lane<string>(3);
  assert.equal([one.concurrency, one.running.size, one.waiting.length], [3, 0, 0]);
  one.waiting.push('a');
  one.waiting.push('b');
  assert.equal([one.waiting.shift(), one.waiting.shift()], ['a', 'b']);
});
lane.run();
