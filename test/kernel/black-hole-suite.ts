/** Black holes as tests, side by side, each in a network of its own; the short and the long form differ in their presets only. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { describeBlackHole, nameOf, runBlackHole, type BlackHoleCase } from './black-hole-run.ts';
import { whyNoNetworks } from './network/can-make-networks.ts';
import { assertInTime, bundleEnd } from './verdicts/two-ends.ts';

export async function testBlackHoles(cases: readonly BlackHoleCase[]): Promise<void> {
  const holes = suite('a network that drops every packet');
  const whyNot = await whyNoNetworks();
  if (whyNot === null) await addAll(holes, cases);
  else {
    for (const given of cases) {
      console.log(`SKIP: a network that drops every packet: ${nameOf(given)}: ${whyNot}`);
      holes.skip(nameOf(given));
    }
  }
  holes.run();
}

async function addAll(holes: ReturnType<typeof suite>, cases: readonly BlackHoleCase[]): Promise<void> {
  const program = await bundleEnd();
  const runs = cases.map((given) => ({ given, result: runBlackHole(program, given) }));
  for (const { result } of runs) result.catch(() => {});
  for (const { given, result } of runs) {
    holes(`${nameOf(given)}: both ends suspect and give up within the bounds, and nothing is lost`, async () => {
      const seen = await result;
      console.log(describeBlackHole(given, seen));
      for (const verdicts of [seen.client, seen.server]) assertInTime(given.heartbeat, verdicts);
      for (const [at, { sent, outcomes, duplicated, reordered }] of seen.reports.entries()) {
        assert.equal(outcomes, given.isBusy ? { handled: sent } : {});
        assert.equal(
          { arrived: seen.reports[1 - at]!.arrived, duplicated, reordered },
          { arrived: sent, duplicated: 0, reordered: 0 },
        );
      }
      assert.is(
        seen.reports.every(({ sent }) => sent > 0),
        given.isBusy,
      );
    });
  }
  holes.after(async () => {
    await Promise.allSettled(runs.map(({ result }) => result));
    program.remove();
  });
}
