/** The run with silent recipients as a test: the short and the long form differ in their numbers only. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { showMemory } from './process-memory.ts';
import {
  runSilentRecipients,
  type SilentRecipientsOptions,
  type SilentRecipientsResult,
} from './silent-recipients-run.ts';

export function testSilentRecipients(options: SilentRecipientsOptions): void {
  const { talkative, silent, maxRatio } = options;
  const test = suite('a broadcast to some who are silent');
  test(`${silent} of ${talkative + silent} delay nobody, and end in an outcome`, async () => {
    const result = await runSilentRecipients(options);
    tell(options, result);
    const rounds = options.rounds * result.attempts.length;
    assert.equal(result.otherOutcomes, { handled: 2 * rounds * talkative });
    // They were full: what the rounds told them was never written.
    assert.equal(result.silentOutcomes, { 'not-delivered': rounds * silent });
    assert.ok((result.filling['unknown'] ?? 0) >= silent, JSON.stringify(result.filling));
    assert.is(result.filling['handled'], undefined);
    assert.ok(result.best.ratio <= maxRatio, `the ratio is ${result.best.ratio.toFixed(2)}`);
  });
  test.run();
}

function tell({ talkative, silent, rounds }: SilentRecipientsOptions, result: SilentRecipientsResult): void {
  const { attempts, filling, silentOutcomes, decidedAfterMs, memory } = result;
  console.log(`${talkative} clients that talk and ${silent} that do not, ${rounds} rounds of each kind`);
  for (const { withMs, withoutMs, ratio } of attempts) {
    console.log(
      `  p99 of the time to handled: ${withMs.toFixed(1)} ms with the silent ones, ${withoutMs.toFixed(1)} ms without, ratio ${ratio.toFixed(3)}`,
    );
  }
  console.log(
    `  outcomes of the silent ones: ${JSON.stringify(silentOutcomes)}, of what filled them up: ${JSON.stringify(filling)}, ${decidedAfterMs.toFixed()} ms after the last round`,
  );
  console.log(
    `  the server: ${showMemory(memory.before)} before; ${showMemory(memory.connected)} with all sessions open; ` +
      `${showMemory(memory.afterRounds)} after the rounds; ${showMemory(memory.decided)} when everything was decided`,
  );
}
