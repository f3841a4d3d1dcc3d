import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { describeFailure } from './failure.ts';
import { runSeeds, type SeedRange } from './run-seeds.ts';

/** A range of seeds as a test: a failure tells the seed, what went wrong, and how to look at it. */
export function seedsTest(range: SeedRange): void {
  const test = suite('simulation');
  test(`seeds ${range.from} to ${range.to} keep every promise`, async () => {
    const startedAtMs = performance.now();
    const { failures, operations } = await runSeeds(range);
    const seconds = (performance.now() - startedAtMs) / 1000;
    console.log(`seeds ${range.from} to ${range.to}: ${operations} operations in ${seconds.toFixed(1)} s`);
    assert.is(failures.map(describeFailure).join('\n'), '');
  });
  test.run();
}
