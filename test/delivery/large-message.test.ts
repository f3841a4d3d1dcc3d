// test-alone: it measures times
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { P99_MAX_MS, p99, quietest, sendLargeMessage } from './large-message.ts';

const MIB = 2 ** 20;
const ATTEMPTS = 6;
const large = suite('a large message to a slow reader');

large('does not hold heartbeats and volatile values up', async () => {
  const report = await quietest(ATTEMPTS, () => sendLargeMessage(8 * MIB, 10 * MIB));
  assert.is(report.receivedBytes, 8 * MIB);
  assert.ok(p99(report) <= P99_MAX_MS, `${p99(report)} ms`);
  assert.ok(report.volatileSeenMeanwhile > report.volatileSent / 2, `${report.volatileSeenMeanwhile} values meanwhile`);
  assert.is(report.lastVolatile, report.volatileSent - 1);
});
large.run();
