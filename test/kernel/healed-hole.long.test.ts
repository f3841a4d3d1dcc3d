// test-limit: 300s
// A network that drops every packet for a while and is whole again: how soon a message arrives that was sent meanwhile, and what TCP alone needs for it.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { whyNoNetworks } from './network/can-make-networks.ts';
import { acquaint, bundleEnd, reportsOf, useUsualRetries, withTwoEndsApart } from './verdicts/two-ends.ts';
import type { Word } from './verdicts/end-word.ts';
import type { ProgramBundle } from '../support/program-bundle.ts';

const SETTLE_MS = 20_000;
const OUTAGES_MS = [10_000, 30_000];
const DEADLINE_MS = 120_000;
const GAME = 'game';
/** Nobody judges: what remains is TCP. */
const ALONE = false;

interface HealedHole {
  /** From the heal until the sender knew that it had been handled. */
  readonly arrivedAfterMs: number;
  readonly isIntact: boolean;
}

const healed = suite('a black hole that heals');
const why = await whyNoNetworks();

for (const outageMs of OUTAGES_MS) {
  const name = `after ${outageMs / 1000} s: a message arrives soon that was sent meanwhile, and by TCP alone later`;
  if (why !== null) {
    console.log(`SKIP: a black hole that heals: ${name}: ${why}`);
    healed.skip(name);
    continue;
  }
  healed(name, async () => {
    const program = await bundleEnd();
    try {
      const runs = ([GAME, ALONE] as const).map((heartbeat) => run(program, heartbeat, outageMs));
      const [game, alone] = (await Promise.all(runs)) as [HealedHole, HealedHole];
      console.log(
        `a hole of ${outageMs / 1000} s: ${game.arrivedAfterMs.toFixed()} ms after it healed, by TCP alone ${alone.arrivedAfterMs.toFixed()} ms`,
      );
      assert.ok(game.isIntact && alone.isIntact);
      assert.ok(game.arrivedAfterMs < alone.arrivedAfterMs);
    } finally {
      program.remove();
    }
  });
}
healed.run();

function run(program: ProgramBundle, heartbeat: 'game' | false, outageMs: number): Promise<HealedHole> {
  return withTwoEndsApart(program, { heartbeat }, useUsualRetries, async ({ network, client, server }) => {
    await acquaint({ client, server }, SETTLE_MS);
    await network.hole();
    client.tell({ do: 'send', bytes: 100 });
    await new Promise((done) => setTimeout(done, outageMs));
    await network.heal();
    const isSent = (word: Word): word is Extract<Word, { say: 'sent' }> => word.say === 'sent';
    const { tookMs, outcome } = await client.until(DEADLINE_MS, 'the fate of the message', isSent);
    const [ofServer] = await reportsOf({ client, server }, SETTLE_MS);
    return { arrivedAfterMs: tookMs - outageMs, isIntact: outcome === 'handled' && ofServer!.largeBytes.length === 1 };
  });
}
