/** The verdicts on many crashes of one preset, put together. */
import { distributionOf } from './distribution.ts';
import type { CrashFigure } from './figures.ts';
import type { CrashTimes } from './jobs.ts';

/** The floor of RTO0, up to which the quick bounds are promised. */
const QUICK_RTO_MS = 200;

export function crashFigure(preset: string, results: readonly CrashTimes[]): CrashFigure {
  const rto0Ms = results.flatMap((result) => result.rto0Ms);
  const suspectMs = results.flatMap((result) => result.suspectMs);
  const deadMs = results.flatMap((result) => result.deadMs);
  const isQuick = (_: number, index: number): boolean => rto0Ms[index]! <= QUICK_RTO_MS;
  return {
    preset,
    quick: { suspect: distributionOf(suspectMs.filter(isQuick)), dead: distributionOf(deadMs.filter(isQuick)) },
    all: { suspect: distributionOf(suspectMs), dead: distributionOf(deadMs) },
  };
}
