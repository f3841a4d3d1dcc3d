// test-limit: 180s
// 50 MiB at the speed of a fast wire, and 10 at that of a slow one: the delay of a heartbeat is printed, and what it all takes in memory.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { P99_MAX_MS, p99, quantile, quietest, sendLargeMessage } from './large-message.ts';

const MIB = 2 ** 20;
const ATTEMPTS = 3;
const large = suite('a large message to a slow reader');

for (const bytesPerSecond of [20 * MIB, 10 * MIB]) {
  large(`of 50 MiB at ${bytesPerSecond / MIB} MiB a second: heartbeats and volatile values pass`, async () => {
    const report = await quietest(ATTEMPTS, () => sendLargeMessage(50 * MIB, bytesPerSecond));
    assert.is(report.receivedBytes, 50 * MIB);
    assert.is(report.lastVolatile, report.volatileSent - 1);
    assert.ok(p99(report) <= P99_MAX_MS, `${p99(report)} ms`);
  });
}

// Here the bytes in flight have to become fewer: the full limit would be a quarter of a second.
large('of 10 MiB at 1 MiB a second: heartbeats wait little longer than 100 ms', async () => {
  const report = await quietest(1, () => sendLargeMessage(10 * MIB, MIB));
  assert.is(report.receivedBytes, 10 * MIB);
  assert.is(report.lastVolatile, report.volatileSent - 1);
  assert.ok(quantile(report.rtts, 0.5) <= 200, `${quantile(report.rtts, 0.5)} ms`);
});
large.run();
