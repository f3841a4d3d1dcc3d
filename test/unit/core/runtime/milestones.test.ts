import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Milestones } from '../../../../packages/core/src/runtime/milestones.ts';

const waiting = suite('waiting for a milestone');

waiting('is over at once when it is reached already', async () => {
  await new Milestones().until(() => true);
});

waiting('is over when somebody looks and it is reached', async () => {
  const milestones = new Milestones();
  let left = 2;
  let looks = 0;
  const reached = milestones.until(() => {
    looks += 1;
    return left === 0;
  });
  milestones.look();
  left = 0;
  milestones.look();
  await reached;
  milestones.look();
  assert.is(looks, 3);
});
waiting.run();
