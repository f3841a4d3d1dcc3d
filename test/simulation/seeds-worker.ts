/** A process that runs the ranges of seeds that it is sent, until nobody has any more. */
import { runSeeds } from './run-seeds.ts';
import type { RangeResult, SeedRangeMessage } from './run-seeds-apart.ts';

process.on('message', (range: SeedRangeMessage) => {
  void runSeeds(range).then(({ seeds, operations, failures }) => {
    const result: RangeResult = {
      seeds,
      operations,
      failures: failures.map(({ seed, violations }) => ({ seed, violations })),
    };
    process.send!(result);
  });
});
