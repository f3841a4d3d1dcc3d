// test-limit: 3600s
import { availableParallelism } from 'node:os';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { describeFailure } from './failure.ts';
import { runSeedsApart } from './run-seeds-apart.ts';

const SEEDS = 100_000;
const PROGRESS_EVERY = 10_000;

const test = suite('simulation');

test(`${SEEDS} seeds keep every promise`, async () => {
  const startedAtMs = performance.now();
  const seconds = (): number => (performance.now() - startedAtMs) / 1000;
  let toldSeeds = 0;
  const { seeds, operations, failures } = await runSeedsApart({
    from: 1,
    to: SEEDS,
    onProgress(soFar) {
      if (soFar.seeds < toldSeeds + PROGRESS_EVERY) return;
      toldSeeds = soFar.seeds;
      console.log(`${soFar.seeds} seeds, ${seconds().toFixed(0)} s`);
    },
  });
  const perSecond = (seeds / seconds()).toFixed(0);
  const on = `${availableParallelism()} processes`;
  console.log(
    `${seeds} seeds, ${operations} operations, ${seconds().toFixed(0)} s, ${perSecond} seeds a second in ${on}`,
  );
  assert.is(failures.map(describeFailure).join('\n'), '');
  assert.is(seeds, SEEDS);
});

test.run();
