// test-limit: 120s
/** A server process that is stopped (SIGSTOP) and goes on later: its kernel acknowledges all the while, and only its silence tells (promises P3, P11, P13). */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { machineNowMs } from './verdicts/end-word.ts';
import { acquaint, assertInTime, bundleEnd, reportsOf, withTwoEnds } from './verdicts/two-ends.ts';

const TALK_MS = 25;
const BEFORE_MS = 1000;
/** How long it stays stopped after the verdict: the client dials in vain meanwhile, since the kernel accepts. */
const DEAD_FOR_MS = 2500;
const SETTLE_MS = 20_000;

const stopped = suite('a server process that is stopped');
const program = await bundleEnd();

stopped(
  'is suspected, then dead, within the bounds; when it goes on, so does the session, and nothing is lost',
  async () => {
    await withTwoEnds(program, { heartbeat: 'game' }, async ({ client, server }) => {
      await acquaint({ client, server }, SETTLE_MS);
      for (const end of [client, server]) end.tell({ do: 'talk', everyMs: TALK_MS });
      await pause(BEFORE_MS);
      server.signal('SIGSTOP');
      const stoppedAtMs = machineNowMs();
      const verdicts = await client.verdictsFrom(stoppedAtMs, SETTLE_MS);
      await pause(DEAD_FOR_MS);
      const from = client.words.length;
      server.signal('SIGCONT');
      const continuedAtMs = machineNowMs();
      const resumedMs = (await client.state('open', SETTLE_MS, from)).atMs - continuedAtMs;
      const reports = await reportsOf({ client, server }, SETTLE_MS);
      console.log(
        `a stopped server, game: suspect after ${verdicts.suspectMs.toFixed()} ms, dead after ${verdicts.deadMs.toFixed()} ms, resumed ${resumedMs.toFixed()} ms after it went on`,
      );
      assertInTime('game', verdicts);
      // It is its own stall, and no silence of the client.
      assert.equal([...new Set(server.verdicts)], ['alive']);
      for (const [at, { sent, outcomes, duplicated, reordered }] of reports.entries()) {
        assert.ok(sent > 0);
        assert.equal(outcomes, { handled: sent });
        assert.equal([reports[1 - at]!.arrived, duplicated, reordered], [sent, 0, 0]);
      }
    });
  },
);
stopped.after(() => program.remove());
stopped.run();

function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}
