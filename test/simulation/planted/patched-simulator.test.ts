import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { stop } from 'esbuild';
import { rejectionOf } from '../rejection-of.ts';
import { findPlantedBug } from './find-planted-bug.ts';
import { endBundling, patchedSimulator } from './patched-simulator.ts';

const test = suite('the harness of planted bugs');
const file = 'packages/core/src/session/lane.ts';

test('refuses a patch whose text is not in the file', async () => {
  const error = await rejectionOf(patchedSimulator({ file, find: 'no such text', replace: '' }));
  assert.match(error.message, /lane\.ts has 0 places like this: no such text/);
});

test('refuses a patch whose text is in the file more than once', async () => {
  const error = await rejectionOf(patchedSimulator({ file, find: 'concurrency', replace: '' }));
  assert.match(error.message, /lane\.ts has \d+ places like this: concurrency/);
});

test('refuses a patch that does not compile', async () => {
  const error = await rejectionOf(patchedSimulator({ file, find: 'export class Lane', replace: 'export clas Lane' }));
  assert.match(error.message, /Build failed/);
});

test('says what was found instead when a bug is not found', async () => {
  const harmless = { name: 'nothing', file, find: 'concurrency: number;', replace: 'concurrency: number = 1 + 0;' };
  const error = await rejectionOf(findPlantedBug({ ...harmless, found: ['lost'] }, 5));
  assert.match(error.message, /not found in 5 seeds; found was: nothing/);
});

test.after(async () => {
  await endBundling();
  await stop();
});
test.run();
