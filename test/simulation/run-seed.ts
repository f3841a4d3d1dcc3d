import { checkHistory, type Violation } from './check/check-history.ts';
import type { HistoryEvent } from './history/history.ts';
import type { TraceOptions } from './history/trace.ts';
import { World } from './world/world.ts';

/** What came of one seed. */
export interface SeedResult {
  readonly seed: number;
  readonly violations: readonly Violation[];
  /** The same for the same seed, always. */
  readonly traceHash: string;
  readonly operations: number;
  readonly history: readonly HistoryEvent[];
}

export async function runSeed(seed: number, options: TraceOptions = {}): Promise<SeedResult> {
  const world = new World(seed, options);
  await world.run();
  const { history } = world.scene.recorder;
  return {
    seed,
    violations: checkHistory(history),
    traceHash: world.scene.trace.hash,
    operations: history.filter(({ type }) => type === 'send').length,
    history,
  };
}
