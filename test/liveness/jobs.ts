/** Pieces of work that know nothing of each other, so that any process may do any of them. */
import type { HeartbeatPreset } from '../../packages/core/src/connection/heartbeat-preset.ts';
import { SETTINGS } from './all-settings.ts';
import { countRare, type FalseVerdicts } from './count-false-verdicts.ts';
import { crash } from './crash.ts';
import type { Way } from './false-deaths.ts';
import type { Setting, VerdictName } from './setting.ts';
import { timesToDetect } from './time-to-detect.ts';

/** Counts false verdicts until so many rare segments have been seen. */
export interface CountJob {
  readonly kind: 'count';
  readonly setting: string;
  readonly way: Way;
  readonly verdict: VerdictName;
  readonly seed: number;
  readonly rareCount: number;
}

export interface DetectJob {
  readonly kind: 'detect';
  readonly setting: string;
  readonly way: Way;
  readonly verdict: VerdictName;
  readonly seed: number;
  readonly crashes: number;
}

/** Crashes with the seeds `from` to `to`. */
export interface CrashJob {
  readonly kind: 'crash';
  readonly preset: HeartbeatPreset;
  readonly from: number;
  readonly to: number;
}

export type Job = CountJob | DetectJob | CrashJob;

export interface CrashTimes {
  /** Verdicts that came too late, or never: the first few, in words. */
  readonly late: readonly string[];
  readonly lateCount: number;
  /** Of every crash: what the survivor took for RTO0, and when it said suspect and dead. */
  readonly rto0Ms: readonly number[];
  readonly suspectMs: readonly number[];
  readonly deadMs: readonly number[];
}

export interface JobResults {
  readonly count: FalseVerdicts;
  readonly detect: readonly number[];
  readonly crash: CrashTimes;
}

export function runJob(job: Job): JobResults[Job['kind']] {
  if (job.kind === 'count') return countRare({ ...job, setting: settingOf(job.setting) }, job.rareCount);
  if (job.kind === 'detect') return timesToDetect({ ...job, setting: settingOf(job.setting) });
  return crashAll(job);
}

export function settingOf(name: string): Setting {
  const setting = SETTINGS.get(name);
  if (setting === undefined) throw new Error(`no setting is called ${name}`);
  return setting;
}

const LATE_TOLD = 5;

function crashAll({ preset, from, to }: CrashJob): CrashTimes {
  const late: string[] = [];
  let lateCount = 0;
  const times = { rto0Ms: [] as number[], suspectMs: [] as number[], deadMs: [] as number[] };
  for (let seed = from; seed <= to; seed += 1) {
    const seen = crash(preset, seed);
    if (seen === null) continue;
    times.rto0Ms.push(seen.rto0Ms);
    times.suspectMs.push(seen.suspectMs);
    times.deadMs.push(seen.deadMs);
    if (seen.suspectMs <= seen.suspectBoundMs && seen.deadMs <= seen.deadBoundMs) continue;
    lateCount += 1;
    if (late.length < LATE_TOLD) late.push(JSON.stringify(seen));
  }
  return { late, lateCount, ...times };
}
