// 2,000 deaths on each preset; crashes.long.test.ts has 100,000.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HEARTBEAT_PRESETS, type HeartbeatPreset } from '../../packages/core/src/connection/heartbeat-preset.ts';
import { crashFigure } from './crash-figure.ts';
import { crash } from './crash.ts';
import { readFigures } from './figures.ts';
import { runJob, type CrashTimes } from './jobs.ts';

const CRASHES = 2000;

/** Suspect and dead, in seconds: while RTO0 is 200 ms, and on any way. By hand, from the table of the presets. */
const PROMISED: Readonly<Record<HeartbeatPreset, readonly [quick: [number, number], any: [number, number]]>> = {
  default: [
    [18, 30],
    [20, 45],
  ],
  game: [
    [4, 9],
    [4, 14],
  ],
  lan: [
    [2, 4.5],
    [2, 4.5],
  ],
  mobile: [
    [30, 55],
    [30, 55],
  ],
};
/** The bound itself is still allowed, and time comes in milliseconds. */
const NEXT_S = 0.001;

const crashes = suite('crashes');

for (const preset of Object.keys(PROMISED) as HeartbeatPreset[]) {
  crashes(`${preset}: ${CRASHES} are suspect and dead inside the bound, every time`, () => {
    const times = runJob({ kind: 'crash', preset, from: 1_000_001, to: 1_000_000 + CRASHES }) as CrashTimes;
    assert.equal(times.late, []);
    const { quick, all } = crashFigure(preset, [times]);
    assert.ok(
      all.dead.count > 0.95 * CRASHES && quick.dead.count > 0.1 * CRASHES,
      `${quick.dead.count} of ${all.dead.count}`,
    );
    assertWithin(quick, PROMISED[preset][0]);
    assertWithin(all, PROMISED[preset][1]);
  });

  crashes(`${preset}: the documented ones were, too`, () => {
    const figure = readFigures().crashes.find((each) => each.preset === preset)!;
    assert.ok(figure.all.dead.count > 95_000);
    assertWithin(figure.quick, PROMISED[preset][0]);
    assertWithin(figure.all, PROMISED[preset][1]);
  });
}

// The deadline after a suspicion that had ended was the one of *dead*.
for (const seed of [12_941, 49_413]) {
  crashes(`right after a false suspicion is suspected in time (lan, seed ${seed})`, () => {
    const seen = crash('lan', seed)!;
    assert.ok(seen.suspectMs <= seen.suspectBoundMs, JSON.stringify(seen));
  });
}

crashes('the same seed is the same crash', () => {
  assert.equal(crash('game', 5), crash('game', 5));
  assert.not.equal(crash('game', 5), crash('game', 6));
});

crashes('no verdict comes while the peer still keeps its promise', () => {
  for (let seed = 1; seed <= 300; seed += 1) {
    const seen = crash('lan', seed);
    if (seen === null || seen.suspectMs === 0) continue;
    assert.ok(
      seen.deadMs - seen.suspectMs > HEARTBEAT_PRESETS.lan.dead.minMs - HEARTBEAT_PRESETS.lan.suspect.maxMs - 1,
    );
  }
});
crashes.run();

function assertWithin(
  { suspect, dead }: { readonly suspect: { readonly max: number }; readonly dead: { readonly max: number } },
  [suspectS, deadS]: readonly [number, number],
): void {
  assert.ok(suspect.max <= (suspectS + NEXT_S) * 1000, `suspect after ${suspect.max} ms`);
  assert.ok(dead.max <= (deadS + NEXT_S) * 1000, `dead after ${dead.max} ms`);
}
