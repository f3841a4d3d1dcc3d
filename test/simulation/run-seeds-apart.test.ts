import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runSeedsApart } from './run-seeds-apart.ts';
import { runSeeds } from './run-seeds.ts';

const test = suite('seeds in several processes');

test('are those of one process, each once', async () => {
  const together = await runSeeds({ from: 1, to: 25 });
  const told: number[] = [];
  const apart = await runSeedsApart({
    from: 1,
    to: 25,
    slice: 10,
    processes: 2,
    onProgress: ({ seeds }) => told.push(seeds),
  });
  assert.equal(apart, { seeds: 25, operations: together.operations, failures: [] });
  assert.is(told.length, 3);
  assert.is(told.at(-1), 25);
});

test.run();
