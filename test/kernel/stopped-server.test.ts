// test-limit: 60s
/** A server process that is stopped (SIGSTOP) and goes on later: its kernel acknowledges all the while, and only its silence tells (promises P3, P11, P13). */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { machineNowMs } from './verdicts/end-word.ts';
import { bundleEnd, reportsOf, withTwoEnds } from './verdicts/two-ends.ts';

/** The bounds of `game` on a quick path, and what a machine adds that is busy with other tests. */
const SUSPECT_MAX_MS = 3400 + 500;
const DEAD_MAX_MS = 9000 + 500;
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
      for (const end of [client, server]) end.tell({ do: 'talk', everyMs: TALK_MS });
      await pause(BEFORE_MS);
      server.signal('SIGSTOP');
      const stoppedAtMs = machineNowMs();
      const suspectMs = (await client.verdict('suspect', DEAD_MAX_MS, 0)) - stoppedAtMs;
      const { atMs, cause } = await client.state('suspended', 2 * DEAD_MAX_MS);
      const deadMs = atMs - stoppedAtMs;
      await pause(DEAD_FOR_MS);
      const from = client.words.length;
      server.signal('SIGCONT');
      const continuedAtMs = machineNowMs();
      const resumedMs = (await client.state('open', SETTLE_MS, from)).atMs - continuedAtMs;
      const reports = await reportsOf({ client, server }, SETTLE_MS);
      console.log(
        `a stopped server, game: suspect after ${suspectMs.toFixed()} ms, dead after ${deadMs.toFixed()} ms, resumed ${resumedMs.toFixed()} ms after it went on`,
      );
      assert.ok(suspectMs <= SUSPECT_MAX_MS, `suspect after ${suspectMs} ms`);
      assert.ok(deadMs <= DEAD_MAX_MS, `dead after ${deadMs} ms`);
      assert.is(cause, 'timeout of heartbeat');
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
