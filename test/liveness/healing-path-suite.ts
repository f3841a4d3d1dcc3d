import { suite, type Test } from 'uvu';
import * as assert from 'uvu/assert';
import { runHealingPath } from './healing-path-run.ts';

const TOLD_EVERY = 1000;

export function healingPathTest(seeds: number): Test {
  const test = suite('a path that heals at any moment, or never');
  test(`${seeds} times: the session works within the probe, the dial and two round trips, and nothing is lost`, async () => {
    const counts = { healed: 0, raced: 0, resumed: 0 };
    let worst = 0;
    for (let seed = 1; seed <= seeds; seed += 1) {
      const { fault, healed, raced, resumed, workingAfterMs, boundMs } = await runHealingPath(seed);
      assert.is(fault, null, `seed ${seed}`);
      counts.healed += Number(healed);
      counts.raced += Number(raced);
      counts.resumed += Number(resumed);
      worst = Math.max(worst, workingAfterMs / boundMs);
      if (seed % TOLD_EVERY === 0) console.log(`${seed} of ${seeds} paths`);
    }
    console.log(
      `${seeds} paths, ${counts.healed} healed; ${counts.raced} raced, ${counts.resumed} resumed; the slowest took ${(100 * worst).toFixed(0)} % of its bound`,
    );
    assert.ok(counts.resumed > seeds / 10 && counts.raced > counts.resumed, 'races are won, and races are called off');
  });
  return test;
}
