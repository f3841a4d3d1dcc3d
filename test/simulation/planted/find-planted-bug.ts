import * as assert from 'uvu/assert';
import { suite } from 'uvu';
import { stop } from 'esbuild';
import type { ViolationClass } from '../check/violation.ts';
import { patchedSimulator } from './patched-simulator.ts';
import type { PlantedBug } from './planted-bug.ts';

const SEEDS = 2000;

/** A test for each bug: the simulator finds it, and finds nothing in the same seed when the bug is not there. */
export function plantedBugs(of: string, bugs: readonly PlantedBug[]): void {
  const test = suite(`planted bugs of ${of}`);
  const seeds: number[] = [];
  for (const bug of bugs) {
    test(`found: ${bug.name}`, async () => {
      seeds.push(await findPlantedBug(bug));
    });
  }
  test('the code as it is passes the same seeds', async () => {
    const { runSeeds } = await patchedSimulator(null);
    for (const seed of seeds) assert.equal((await runSeeds({ from: seed, to: seed })).failures, [], `seed ${seed}`);
  });
  test.after(() => stop());
  test.run();
}

/** The first seed in which the simulator finds the bug. Throws when none of the seeds does, or when it finds something else only. */
export async function findPlantedBug(bug: PlantedBug, seeds: number = SEEDS): Promise<number> {
  const { runSeeds } = await patchedSimulator(bug);
  const classes = new Set<ViolationClass>();
  for (let from = 1; from <= seeds; from += 1) {
    const { failures } = await runSeeds({ from, to: from });
    for (const failure of failures) for (const violation of failure.violations) classes.add(violation.class);
    if (bug.found.some((one) => classes.has(one))) return from;
  }
  throw new Error(`not found in ${seeds} seeds; found was: ${[...classes].join(', ') || 'nothing'}`);
}
