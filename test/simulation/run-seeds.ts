import { runSeed, type SeedResult } from './run-seed.ts';

export interface SeedRange {
  /** Both included. */
  readonly from: number;
  readonly to: number;
  /** Failures after which it is enough. Default 5. */
  readonly maxFailures?: number;
  /** Called after each seed. */
  readonly onSeed?: (seed: number) => void;
}

export interface SeedsResult {
  readonly seeds: number;
  readonly operations: number;
  readonly failures: readonly SeedResult[];
}

/** Runs seeds one after the other. */
export async function runSeeds({ from, to, maxFailures = 5, onSeed }: SeedRange): Promise<SeedsResult> {
  const failures: SeedResult[] = [];
  let operations = 0;
  let seed = from;
  const { stackTraceLimit } = Error;
  // Outcomes are errors, and nobody reads where they come from; a replay of one seed has it all.
  Error.stackTraceLimit = 0;
  const tellSeed = (): void => console.error(`while seed ${seed} ran: npm run simulate -- --seed ${seed} --trace`);
  // An exception that nobody catches ends the process; it should not take the seed with it.
  process.on('uncaughtExceptionMonitor', tellSeed);
  for (; seed <= to && failures.length < maxFailures; seed += 1) {
    const result = await runSeed(seed);
    operations += result.operations;
    if (result.violations.length > 0) failures.push(result);
    onSeed?.(seed);
  }
  process.off('uncaughtExceptionMonitor', tellSeed);
  Error.stackTraceLimit = stackTraceLimit;
  return { seeds: seed - from, operations, failures };
}
