// The parts of the model of a line that loses segments, and of the detectors that it is shown to.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SeededRandom } from '../support/seeded-random.ts';
import { SETTINGS } from './all-settings.ts';
import { distributionOf } from './distribution.ts';
import { PlainLosses, RareLosses, type Losses } from './losses.ts';
import { LossyLine } from './lossy-line.ts';
import { deviationsAt } from './settings/phi-accrual.ts';
import { timesToDetect } from './time-to-detect.ts';
import { WatchedPair } from './watched-pair.ts';

const line = suite('a lossy line');

/** When each of these arrives that are written at these times, over a way of 50 ms whose RTO0 is 200 ms. */
function arrivals(losses: number[], writtenAtMs: readonly number[]): [number, number][] {
  const lossy = new LossyLine<number>(50, 200, () => losses.shift()!);
  for (const atMs of writtenAtMs) lossy.write(atMs, atMs);
  const seen: [number, number][] = [];
  while (lossy.nextMs !== Infinity) {
    const { nextMs } = lossy;
    seen.push([lossy.take(), nextMs]);
  }
  return seen;
}

line('takes what the ladder says: RTO0 · (2^k − 1) more after k losses', () => {
  assert.equal(arrivals([0, 1, 3], [0, 1000, 5000]), [
    [0, 50],
    [1000, 1250],
    [5000, 6450],
  ]);
});

line('sends nothing else until what was lost is acknowledged, and then everything together', () => {
  // Two losses: here at 650, its acknowledgement at 700. What is written meanwhile loses one transmission more.
  assert.equal(arrivals([2, 1, 0], [0, 10, 400, 1100]), [
    [0, 650],
    [10, 950],
    [400, 950],
    [1100, 1150],
  ]);
});

line('waits for nothing while nothing is lost', () => {
  assert.equal(
    arrivals([0, 0, 0], [0, 1, 2]).map(([, atMs]) => atMs),
    [50, 51, 52],
  );
});

line('that is cut brings nothing any more, not even what was under way', () => {
  const lossy = new LossyLine<number>(50, 200, () => 0);
  lossy.write(1, 0);
  lossy.cut();
  lossy.write(2, 10);
  assert.is(lossy.nextMs, Infinity);
});
line.run();

const losses = suite('losses');

/** How often each number of losses comes in 100,000 draws, up to 7 and more. */
function histogram(drawn: Losses): number[] {
  const counts = Array.from({ length: 8 }, () => 0);
  for (let draw = 0; draw < 100_000; draw += 1) counts[Math.min(7, drawn.draw())]! += 1;
  return counts;
}

for (const rareFrom of [1, 3, 5]) {
  losses(`drawn as rare ones, from ${rareFrom} on, have the law of plain ones`, () => {
    const expected = Array.from({ length: 8 }, (_, k) => 100_000 * 0.5 ** k * (k === 7 ? 1 : 0.5));
    const seen = [
      new PlainLosses(0.5, new SeededRandom(1).next),
      new RareLosses(0.5, rareFrom, new SeededRandom(2).next),
    ].map(histogram);
    for (const counts of seen) {
      counts.forEach((count, k) => {
        assert.ok(Math.abs(count - expected[k]!) < 4 * Math.sqrt(expected[k]!), `${k} losses: ${count}`);
      });
    }
  });
}

losses('are left out up to a rare one, however far away it is', () => {
  const rare = new RareLosses(0.001, 7, new SeededRandom(5).next);
  assert.ok(rare.skipTo(3) > 1e19);
  assert.ok([rare.draw(), rare.draw(), rare.draw()].every((count) => count < 7));
  assert.is(rare.rareCount, 0);
  assert.ok(rare.draw() >= 7);
  assert.is(rare.rareCount, 1);
});
losses.run();

const settings = suite('settings');

settings('of φ accrual: 8 is reached 5.23 standard deviations beyond the mean', () => {
  assert.is(deviationsAt(8).toFixed(2), '5.23');
});

for (const setting of SETTINGS.values()) {
  settings(`${setting.name}: nobody is ever judged on a line that loses nothing`, () => {
    const verdicts: string[] = [];
    const pair = new WatchedPair(
      setting,
      { rttMs: 150, loss: 0 },
      { draw: () => 0 },
      new SeededRandom(1).next,
      (side, said) => verdicts.push(`${side} ${said}`),
    );
    while (pair.nowMs < 3_600_000) pair.step();
    assert.equal(verdicts, []);
    assert.ok(pair.segments >= 3_600_000 / (1.1 * setting.intervalMs), `${pair.segments} segments in an hour`);
  });

  settings(`${setting.name}: a crash is noticed by either side, in bounded time`, () => {
    const { max, count } = distributionOf(
      timesToDetect({ setting, way: { rttMs: 150, loss: 0 }, verdict: 'dead', crashes: 50, seed: 1 }),
    );
    assert.is(count, 50);
    assert.ok(max > setting.intervalMs && max < 70_000, `${max} ms`);
  });
}
settings.run();
