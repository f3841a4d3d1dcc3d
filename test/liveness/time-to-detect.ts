/** How long it takes to notice a peer that is really gone: a detector that is never wrong because it is slow is no better. */
import type { Way } from './false-deaths.ts';
import { PlainLosses } from './losses.ts';
import type { Setting } from './setting.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { WatchedPair } from './watched-pair.ts';

const LIVES_INTERVALS = 20;

/** From the crash of one end, at any moment of its life, to the other one's verdict `dead`, in milliseconds, so many times. */
export function timesToDetect(setting: Setting, way: Way, crashes: number, seed: number): number[] {
  const random = new SeededRandom(seed);
  const times: number[] = [];
  while (times.length < crashes) {
    const timeMs = timeToDetect(setting, way, random);
    if (timeMs !== null) times.push(timeMs);
  }
  return times;
}

/** null: it was taken for dead before that. */
function timeToDetect(setting: Setting, way: Way, random: SeededRandom): number | null {
  const crashed = random.pick(['client', 'server'] as const);
  let diedAtMs = Infinity;
  const pair = new WatchedPair(
    setting,
    way,
    new PlainLosses(way.loss, random.next),
    random.next,
    (side, said, nowMs) => {
      if (side !== crashed && said === 'dead') diedAtMs = nowMs;
    },
  );
  const crashAtMs = (1 + random.next()) * LIVES_INTERVALS * setting.intervalMs;
  while (pair.nextMs < crashAtMs) pair.step();
  if (diedAtMs !== Infinity) return null;
  pair.crash(crashed);
  while (diedAtMs === Infinity) pair.step();
  return diedAtMs - crashAtMs;
}
