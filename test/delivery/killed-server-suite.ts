/** The run with killed servers as tests: the short and the long form differ in their numbers only. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runKilledServer, type KilledServerOptions, type KilledServerResult } from './killed-server-run.ts';
import type { MessageRecord } from './steady-load.ts';

/** A timer that is late on a busy machine is no broken promise. */
const SLACK_MS = 1500;

/** Queues a suite with one test for each run. */
export function testKilledServer(runs: readonly KilledServerOptions[]): void {
  const test = suite('a server that is killed under load');
  for (const options of runs) {
    test(`${options.transport}, ${options.kills} kills: nobody is told what is not true`, async () => {
      const result = await runKilledServer(options);
      const logged = new Set(result.logged);
      const by = (outcome: MessageRecord['outcome']): MessageRecord[] =>
        result.records.filter((record) => record.outcome === outcome);
      const numbers = (records: readonly MessageRecord[]): number[] => records.map(({ number }) => number);
      tell(options, result, logged);

      assert.is(result.records.length, result.sent);
      assert.equal(
        new Set(result.records.map(({ outcome }) => outcome)),
        new Set(['handled', 'not-delivered', 'unknown']),
      );
      assert.equal(numbers(by('handled').filter(({ number }) => !logged.has(number))), []);
      assert.equal(numbers(by('not-delivered').filter(({ number }) => logged.has(number))), []);
      const neverWritten = by('unknown').filter(({ lastStage }) => lastStage !== 'sent' && lastStage !== 'delivered');
      assert.equal(neverWritten, []);
      assert.equal(
        result.records.filter(({ elapsedMs, boundMs }) => elapsedMs > boundMs + SLACK_MS),
        [],
      );
      // In order and once, also from one server to the next.
      assert.equal(
        result.logged,
        [...logged].sort((a, b) => a - b),
      );
      assert.ok(result.gaps > 0 && result.gaps <= options.kills, `${result.gaps} gaps`);
    });
  }
  test.run();
}

function tell({ transport, seed }: KilledServerOptions, result: KilledServerResult, logged: ReadonlySet<number>): void {
  const { records, sent, kills, gaps, seconds } = result;
  const count = (fits: (record: MessageRecord) => boolean): number => records.filter(fits).length;
  const unknownOf = (stage: string): string => {
    const all = records.filter(({ outcome, lastStage }) => outcome === 'unknown' && lastStage === stage);
    return `${all.length} ${stage} (${all.filter(({ number }) => logged.has(number)).length} were handled)`;
  };
  const slowestMs = Math.max(...records.map(({ elapsedMs }) => elapsedMs));
  console.log(
    `${transport}, seed ${seed}: ${kills} kills, ${gaps} gaps, ${sent} messages in ${seconds.toFixed(1)} s: ` +
      `${count(({ outcome }) => outcome === 'handled')} handled, ${count(({ outcome }) => outcome === 'not-delivered')} not delivered, ` +
      `unknown: ${unknownOf('sent')}, ${unknownOf('delivered')}; the slowest outcome took ${slowestMs.toFixed()} ms`,
  );
}
