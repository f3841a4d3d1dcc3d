/**
 * Runs the simulator by hand.
 *
 *   npm run simulate -- --seed 1234 --trace     one seed, with everything that happened
 *   npm run simulate -- --seeds 1..10000        many, until five have failed
 */
import { parseArgs } from 'node:util';
import { describeFailure } from './failure.ts';
import { runSeed } from './run-seed.ts';
import { runSeeds } from './run-seeds.ts';

const { values: flags } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string', default: '1..1000' },
    trace: { type: 'boolean', default: false },
  },
});

// Whoever reads a trace through `head` has seen enough when the pipe breaks.
process.stdout.on('error', () => process.exit());

const one = /^\d+$/.exec(flags.seed ?? '');
const range = /^(\d+)\.\.(\d+)$/.exec(flags.seeds);
if (flags.seed === undefined && range !== null) await many(Number(range[1]), Number(range[2]));
else if (one !== null) await single(Number(one[0]));
else usage();

async function single(seed: number): Promise<void> {
  const result = await runSeed(seed, flags.trace ? { print: (line) => console.log(line) } : {});
  const isFailure = result.violations.length > 0;
  const summary = `seed ${seed}: ${result.operations} operations, trace ${result.traceHash}, nothing wrong`;
  console.log(isFailure ? describeFailure(result) : summary);
  process.exitCode = isFailure ? 1 : 0;
}

async function many(from: number, to: number): Promise<void> {
  const startedAtMs = performance.now();
  const { failures, operations, seeds } = await runSeeds({ from, to });
  const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
  for (const failure of failures) console.log(describeFailure(failure));
  console.log(`${seeds} seeds, ${operations} operations, ${seconds} s, ${failures.length} failed`);
  process.exitCode = failures.length > 0 ? 1 : 0;
}

function usage(): void {
  console.error('simulate --seed 1234 [--trace] | --seeds 1..10000');
  process.exitCode = 2;
}
