import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { describeFailure } from './failure.ts';
import { endBundling, patchedSimulator } from './planted/patched-simulator.ts';
import { SENDING_BUGS } from './planted/sending-bugs.ts';
import { stop } from 'esbuild';

const test = suite('a failing seed');

test('tells what went wrong, and the command that shows how', async () => {
  const { runSeeds } = await patchedSimulator(SENDING_BUGS[0]!);
  const { failures, seeds } = await runSeeds({ from: 1, to: 100, maxFailures: 2 });
  assert.is(failures.length, 2);
  assert.ok(seeds < 100, 'two failures are enough');
  const [failure] = failures;
  const lines = describeFailure(failure!).split('\n');
  assert.is(lines[0], `seed ${failure!.seed}:`);
  assert.match(lines[1]!, /^ {2}confirmed but not handled: op \d+ was confirmed before a handler had finished$/);
  assert.is(lines.at(-1), `  npm run simulate -- --seed ${failure!.seed} --trace`);
});

test.after(async () => {
  await endBundling();
  await stop();
});
test.run();
