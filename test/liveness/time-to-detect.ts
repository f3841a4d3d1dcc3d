/** How long it takes to notice a peer that is really gone: a detector that is never wrong because it is slow is no better. */
import type { Way } from './false-deaths.ts';
import { PlainLosses } from './losses.ts';
import type { Setting, VerdictName } from './setting.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { WatchedPair } from './watched-pair.ts';

const LIVES_INTERVALS = 20;

export interface DetectOptions {
  readonly setting: Setting;
  readonly way: Way;
  readonly verdict: VerdictName;
  readonly crashes: number;
  readonly seed: number;
}

/** From the crash of one end, at any moment of its life, to the other one's verdict, in milliseconds, so many times. */
export function timesToDetect({ crashes, seed, ...options }: DetectOptions): number[] {
  const random = new SeededRandom(seed);
  const times: number[] = [];
  while (times.length < crashes) {
    const timeMs = timeToDetect(options, random);
    if (timeMs !== null) times.push(timeMs);
  }
  return times;
}

type Circumstances = Pick<DetectOptions, 'setting' | 'way' | 'verdict'>;

/** null: that was said before the crash, too. */
function timeToDetect({ setting, way, verdict }: Circumstances, random: SeededRandom): number | null {
  const crashed = random.pick(['client', 'server'] as const);
  const said = { atMs: Infinity };
  const losses = new PlainLosses(way.loss, random.next);
  const pair = new WatchedPair(setting, way, losses, random.next, (side, name, nowMs) => {
    if (side !== crashed && name === verdict) said.atMs = nowMs;
  });
  const crashAtMs = (1 + random.next()) * LIVES_INTERVALS * setting.intervalMs;
  while (pair.nextMs < crashAtMs) pair.step();
  if (said.atMs !== Infinity) return null;
  pair.crash(crashed);
  while (said.atMs === Infinity) pair.step();
  return said.atMs - crashAtMs;
}
