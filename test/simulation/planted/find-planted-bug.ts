import * as assert from 'uvu/assert';
import { suite } from 'uvu';
import { stop } from 'esbuild';
import type { ViolationClass } from '../check/violation.ts';
import { describeFailure } from '../failure.ts';
import { endBundling, patchedSimulator } from './patched-simulator.ts';
import type { PlantedBug } from './planted-bug.ts';

const SEEDS = 2000;

/** A test for each bug: the simulator finds it, and finds nothing in the same seeds when the bug is not there. */
export function plantedBugs(of: string, bugs: readonly PlantedBug[]): void {
  const test = suite(`planted bugs of ${of}`);
  const seeds = new Set<number>();
  for (const bug of bugs) {
    test(`found: ${bug.name}`, async () => {
      const seed = await findPlantedBug(bug);
      seeds.add(seed);
      if (seed !== bug.seed) console.log(`seed: ${seed} finds "${bug.name}"`);
    });
  }
  test('the code as it is passes the same seeds', async () => {
    const { runSeeds } = await patchedSimulator(null);
    for (const seed of seeds) {
      const { failures } = await runSeeds({ from: seed, to: seed });
      assert.is(failures.map(describeFailure).join(''), '');
    }
  });
  test.after(async () => {
    await endBundling();
    await stop();
  });
  test.run();
}

/** A seed in which the simulator finds the bug. Throws when none of the seeds does, or when it finds something else only. */
export async function findPlantedBug(bug: PlantedBug, seeds: number = SEEDS): Promise<number> {
  const { runSeeds } = await patchedSimulator(bug);
  const classes = new Set<ViolationClass>();
  const order = bug.seed === undefined ? [] : [bug.seed];
  for (let seed = 1; seed <= seeds; seed += 1) if (seed !== bug.seed) order.push(seed);
  for (const seed of order) {
    const { failures } = await runSeeds({ from: seed, to: seed });
    const found = failures.flatMap(({ violations }) => violations.map((one) => one.class));
    if (bug.found.some((one) => found.includes(one))) return seed;
    for (const one of found) classes.add(one);
  }
  throw new Error(`not found in ${seeds} seeds; found was: ${[...classes].join(', ') || 'nothing'}`);
}
