/** The runs over a slow link as tests, side by side, each in a network of its own; the short and the long form differ in their cases only. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { whyNoNetworks } from './network/can-make-networks.ts';
import { Network } from './network/network.ts';
import { whyNoSlowLink } from './network/slow-link.ts';
import { describeSlowLink, runSlowLink, worstPingMs, type SlowLinkCase } from './slow-link-run.ts';
import { bundleEnd } from './verdicts/two-ends.ts';

/** 256 KiB in flight at 1 Mbit/s take 2.1 s. */
const PONG_MAX_MS = 2500;

export async function testSlowLinks(cases: readonly SlowLinkCase[]): Promise<void> {
  const slow = suite('a large message over a slow link');
  const whyNot = (await whyNoNetworks()) ?? (await whyNoSlowLink(() => Network.make()));
  if (whyNot === null) await addAll(slow, cases);
  else {
    for (const { name } of cases) {
      console.log(`SKIP: a large message over a slow link: ${name}: ${whyNot}`);
      slow.skip(name);
    }
  }
  slow.run();
}

async function addAll(slow: ReturnType<typeof suite>, cases: readonly SlowLinkCase[]): Promise<void> {
  const program = await bundleEnd();
  const runs = cases.map((given) => ({ given, result: runSlowLink(program, given) }));
  for (const { result } of runs) result.catch(() => {});
  for (const { given, result } of runs) {
    slow(`${given.name}: nobody is suspected, and no answer waits behind more than may be in flight`, async () => {
      const { outcomes, verdicts, largeBytes, reports, ...rest } = await result;
      console.log(describeSlowLink(given, { outcomes, verdicts, largeBytes, reports, ...rest }));
      const count = given.isTwoWay ? 2 : 1;
      assert.equal(
        outcomes,
        Array.from({ length: count }, () => 'handled'),
      );
      assert.equal(
        largeBytes,
        Array.from({ length: count }, () => given.messageBytes),
      );
      assert.equal([...new Set(verdicts)].sort(), ['alive', 'unknown']);
      const pingsMs = reports.map((report) => report.pingsMs);
      if (given.isPinged) assert.ok(pingsMs.every((pings) => pings.length > 0));
      assert.ok(worstPingMs(pingsMs) <= PONG_MAX_MS, `a PONG took ${worstPingMs(pingsMs)} ms`);
    });
  }
  slow.after(async () => {
    await Promise.allSettled(runs.map(({ result }) => result));
    program.remove();
  });
}
