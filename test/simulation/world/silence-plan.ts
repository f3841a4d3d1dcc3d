/** How much silence a seed asks for (world/silences.ts). It is drawn from numbers of their own: seeds without silences are what they would be if there were none. */
import { SeededRandom } from '../../support/seeded-random.ts';
import type { Plan, Silence, SilenceKind } from './plan.ts';

const CHANCE = 0.35;
const KINDS: readonly SilenceKind[] = ['forgotten', 'late', 'late', 'outage', 'swallowed', 'pause'];
const SAFETY_MS = 20_000;
const HASTY = { interval: 300, suspectAfter: 200, deadAfter: 8000 };
const LENGTH_MIN_MS = 800;
const LENGTH_MAX_MS = 6000;

/** The plan with silences, or as it was. Whoever is silent has to be noticed within the run, so there are short heartbeats. */
export function withSilences(plan: Plan): Plan {
  const random = new SeededRandom(plan.seed * 7919 + 17);
  if (random.next() >= CHANCE) return plan;
  const safetyMs = Math.max(plan.safetyMs, SAFETY_MS);
  const silences = Array.from({ length: random.integer(3, 9) }, () => drawSilence(random, safetyMs));
  // Whoever has to wait for its turn may not finish its goodbye in time.
  const maxHandshakes = random.pick([plan.farewellCuts > 0 ? 1024 : 1, 1024, 1024]);
  const limits = { ...plan.options.limits, maxHandshakes };
  const heartbeat = random.pick([HASTY, HASTY, HASTY, 'lan', 'game'] as const);
  // Most happens while HELLO waits for its answer.
  const authenticateMs = random.pick([0, 300, 1000, 1000]);
  const refusedRaces = random.pick([0, 0.6]);
  return {
    ...plan,
    safetyMs,
    silences,
    authenticateMs,
    refusedRaces,
    ...drawWay(random),
    options: { ...plan.options, heartbeat, limits },
  };
}

/** Short ways: on long ones a client is patient. */
function drawWay(random: SeededRandom): Pick<Plan, 'latencyMs' | 'jitterMs' | 'faultCount'> {
  return {
    latencyMs: random.pick([0, 1, 20, 60]),
    jitterMs: random.pick([0, 3, 30]),
    faultCount: random.integer(0, 4),
  };
}

function drawSilence(random: SeededRandom, safetyMs: number): Silence {
  return {
    kind: random.pick(KINDS),
    direction: random.pick(['up', 'down', 'both', 'both']),
    atMs: random.integer(0, safetyMs),
    lengthMs: random.integer(LENGTH_MIN_MS, LENGTH_MAX_MS),
  };
}
