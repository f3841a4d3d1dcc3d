import { suite, type Test } from 'uvu';
import * as assert from 'uvu/assert';
import { Processes } from './processes.ts';
import { runOwnStall, type OwnStallOptions, type OwnStallResult } from './own-stall-run.ts';

/** A busy machine tells late, and a stall is known but for half a second. */
const MARGIN_MS = 1500;

const WORDS = { block: 'with a blocked event loop', stop: 'by SIGSTOP' } as const;

/** All ways of standing still at the same time, each with processes of its own. */
export function ownStallTest(ways: readonly OwnStallOptions['how'][], options: Omit<OwnStallOptions, 'how'>): Test {
  const { heartbeat, sessions, stallMs } = options;
  const test = suite(`a server under ${sessions} sessions that stands still for ${stallMs} ms, ${heartbeat}`);
  test(`blames nobody who lives, and finds out in time who died meanwhile: ${ways.join(', ')}`, async () => {
    const processes = await Processes.prepare();
    try {
      const results = await Promise.all(ways.map((how) => runOwnStall(processes, { ...options, how })));
      for (const [at, result] of results.entries()) {
        tell(WORDS[ways[at]!], options, result);
        check(options, result);
      }
    } finally {
      await processes.end();
    }
  });
  return test;
}

function tell(words: string, { sessions, doomed }: Omit<OwnStallOptions, 'how'>, result: OwnStallResult): void {
  const { falseVerdicts, lostConnections, suspectAfterMs, deadAfterMs } = result;
  const found = `suspect within ${Math.max(...suspectAfterMs)} ms, dead within ${Math.max(...deadAfterMs)} ms`;
  console.log(
    `${words}: ${falseVerdicts} false verdicts, ${lostConnections} of ${sessions} connections lost; ${deadAfterMs.length} of ${doomed} dead clients found, ${found}`,
  );
}

function check(options: Omit<OwnStallOptions, 'how'>, result: OwnStallResult): void {
  const { sessions, doomed, suspectMaxMs, deadMaxMs } = options;
  assert.equal([result.falseVerdicts, result.lostConnections], [0, 0]);
  assert.equal([result.openAtServer, result.openAtClients], [sessions, sessions]);
  assert.equal([result.suspectAfterMs.length, result.deadAfterMs.length], [doomed, doomed]);
  assert.ok(Math.max(...result.suspectAfterMs) <= suspectMaxMs + MARGIN_MS);
  assert.ok(Math.max(...result.deadAfterMs) <= deadMaxMs + MARGIN_MS);
}
