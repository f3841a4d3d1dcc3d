// test-limit: 120s
// test-alone: it measures how soon a session works again
/** A path that falls silent, over real sockets (promise P15); beside it what the same session needs that does not race. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runSilentPath, type SilentPathOptions, type SilentPathResult } from './silent-path-run.ts';

const DEADLINE_MS = 40_000;
const HEAL_AFTER_MS = 10_000;
/** At a round trip of nearly nothing: 600 ms, and as much again at random. */
const PROBE_MAX_MS = 1200;
/** The dial and two round trips over loopback, on a machine that is busy. */
const MARGIN_MS = 500;
/** The bounds of `game`. */
const SUSPECT_MAX_MS = 4000;
const DEAD_MAX_MS = 9000;

const path = suite('a path that falls silent');

function run(given: Pick<SilentPathOptions, 'isForgotten' | 'race'>): Promise<SilentPathResult> {
  return runSilentPath({ ...given, healAfterMs: HEAL_AFTER_MS, deadlineMs: DEADLINE_MS });
}

function assertIntact({ lost, duplicated, reordered, sent }: SilentPathResult): void {
  assert.equal({ lost, duplicated, reordered }, { lost: 0, duplicated: 0, reordered: 0 });
  assert.ok(sent > 100);
}

function tell(what: string, { suspectAfterMs, racingAfterMs, resumedAfterMs, sent }: SilentPathResult): void {
  const racing = racingAfterMs === null ? 'no race' : `racing after ${racingAfterMs.toFixed(0)} ms`;
  console.log(
    `${what}: suspect after ${suspectAfterMs.toFixed(0)} ms, ${racing}, resumed after ${resumedAfterMs.toFixed(0)} ms, ${sent} messages`,
  );
}

path('that lets new connections pass: the session works within the probe, the dial and two round trips', async () => {
  const [raced, waited] = await Promise.all([
    run({ isForgotten: true, race: true }),
    run({ isForgotten: true, race: false }),
  ]);
  tell('forgotten, with a race', raced);
  tell('forgotten, without', waited);
  assertIntact(raced);
  assertIntact(waited);
  assert.equal(raced.states, ['open']);
  assert.ok(raced.suspectAfterMs <= SUSPECT_MAX_MS + MARGIN_MS, `suspect after ${raced.suspectAfterMs} ms`);
  const tookMs = raced.resumedAfterMs - raced.suspectAfterMs;
  assert.ok(tookMs <= PROBE_MAX_MS + MARGIN_MS, `${tookMs} ms`);
  // The margin of dead at the least, which is seven seconds beyond the interval.
  assert.ok(waited.resumedAfterMs >= 7000 && waited.racingAfterMs === null, `${waited.resumedAfterMs} ms`);
});

path('and heals after 10 s: the session works at once then', async () => {
  const [raced, waited] = await Promise.all([
    run({ isForgotten: false, race: true }),
    run({ isForgotten: false, race: false }),
  ]);
  tell('healed after 10 s, with a race', raced);
  tell('healed after 10 s, without', waited);
  assertIntact(raced);
  assertIntact(waited);
  assert.equal(raced.states, ['open', 'suspended', 'open']);
  assert.ok(raced.resumedAfterMs <= HEAL_AFTER_MS + MARGIN_MS, `${raced.resumedAfterMs} ms`);
  assert.ok(raced.racingAfterMs !== null && raced.racingAfterMs < DEAD_MAX_MS);
});
path.run();
