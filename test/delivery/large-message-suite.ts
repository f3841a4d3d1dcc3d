/** The run with a large message as tests: the short and the long form differ in their numbers only. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runLargeMessage, type LargeMessageOptions, type LargeMessageResult } from './large-message-run.ts';
import type { ProbeResult } from './probe.ts';

/** How long a ping may take while data is under way on a quick path, beyond what the machine itself adds at that time. */
const PING_MAX_MS = 100;
/** Of the 50 values a second that are set, the share that must get through; a newer one takes the place of one that waits. */
const VALUES_MIN_PER_SECOND = 2;
const GAP_MAX_MS = 5000;
/** The application's bytes, the encoded ones, what the codec needs meanwhile, and what the collector has not taken yet. */
const MEMORY_MAX_COPIES = 5;
const MIB = 2 ** 20;

export interface LargeMessageCase extends LargeMessageOptions {
  /** Of the pings: the median, where other tests share the machine. */
  readonly judged: 'p50' | 'p99';
  /** The quietest attempt counts. */
  readonly attempts: number;
}

export function testLargeMessage(runs: readonly LargeMessageCase[]): void {
  const test = suite('a large message to a slow reader');
  for (const options of runs) {
    test(`${options.transport}: heartbeats and volatile values do not wait for it`, async () => {
      const result = await quietest(options);
      const { sender, reader } = result;
      assert.equal([sender.outcome, result.receivedBytes], ['handled', options.messageBytes]);
      for (const probe of [sender.probe, reader]) {
        assert.equal(probe.verdicts, ['alive']);
        assert.is(probe.staleValues, 0);
        assert.ok(probe.values >= (VALUES_MIN_PER_SECOND * sender.elapsedMs) / 1000, `${probe.values} values`);
        assert.ok(probe.longestGapMs < GAP_MAX_MS, `${probe.longestGapMs} ms without a value`);
        const grownBytes = (probe.rssPeakMiB - probe.rssBeforeMiB) * MIB;
        assert.ok(grownBytes < MEMORY_MAX_COPIES * options.messageBytes + 32 * MIB, `${grownBytes} bytes more`);
      }
      const pingMs = slowest(options, result);
      assert.ok(pingMs <= PING_MAX_MS, `a ping takes ${pingMs.toFixed(1)} ms (${options.judged})`);
    });
  }
  test.run();
}

/** Tries until the pings are quick enough. */
async function quietest(options: LargeMessageCase): Promise<LargeMessageResult> {
  let best: LargeMessageResult | null = null;
  for (let attempt = 0; attempt < options.attempts; attempt += 1) {
    const next = await runLargeMessage(options);
    tell(options, next);
    if (best === null || slowest(options, next) < slowest(options, best)) best = next;
    if (slowest(options, best) <= PING_MAX_MS) break;
  }
  return best!;
}

/** How long the pings of the side take that waits longer, apart from what a ping takes that has nothing to wait for. */
function slowest({ judged }: LargeMessageCase, { sender, reader, control }: LargeMessageResult): number {
  const isMedian = judged === 'p50';
  const of = (probe: ProbeResult): number => (isMedian ? probe.pingP50Ms : probe.pingP99Ms);
  return Math.max(of(sender.probe), of(reader)) - (isMedian ? control.p50Ms : control.p99Ms);
}

function tell({ transport, messageBytes, bytesPerSecond }: LargeMessageOptions, result: LargeMessageResult): void {
  const { sender, reader, notes, noteP99Ms, control } = result;
  console.log(
    `${transport}: ${(messageBytes / MIB).toFixed()} MiB at ${(bytesPerSecond / 1e6).toFixed()} MB/s, ${sender.outcome} after ${(sender.elapsedMs / 1000).toFixed(1)} s; ` +
      `${notes} small messages of the reader, handled within ${noteP99Ms.toFixed()} ms (p99)`,
  );
  console.log(`  the sender: ${show(sender.probe)}`);
  console.log(`  the reader: ${show(reader)}`);
  console.log(
    `  pings over an idle connection beside it: p50 ${control.p50Ms.toFixed(1)}, p99 ${control.p99Ms.toFixed(1)} ms`,
  );
}

function show(probe: ProbeResult): string {
  const { pings, pingP50Ms, pingP99Ms, pingMaxMs, rttP99Ms, values, longestGapMs, rssBeforeMiB, rssPeakMiB } = probe;
  return (
    `${pings} pings, p50 ${pingP50Ms.toFixed(1)}, p99 ${pingP99Ms.toFixed(1)}, at most ${pingMaxMs.toFixed(1)} ms (rtt p99 ${rttP99Ms.toFixed(1)} ms); ` +
    `${values} volatile values, the longest gap ${longestGapMs.toFixed()} ms; ${rssBeforeMiB} MiB rss before, ${rssPeakMiB} at most; verdicts ${probe.verdicts.join(' ')}`
  );
}
