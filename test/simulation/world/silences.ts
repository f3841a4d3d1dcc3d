/**
 * Silences: a client and its server do not hear each other for a while, nobody is told, and clients race a second connection (promise P15).
 *
 * Each lasts as long as a race, more or less, so that it ends at any moment of one. What a seed draws for them comes from numbers of their own: seeds without silences are what they would be if there
 * were none.
 */
import { SeededRandom } from '../../support/seeded-random.ts';
import type { Cast } from './cast.ts';
import type { Plan } from './plan.ts';
import type { SimClient } from './sim-client.ts';
import { sendBurst } from './workload.ts';

/**
 * `forgotten`: something on the way does not know the connections any more, for ever, and lets new ones pass. `late`: the same, but it remembers. `outage`: nothing passes, and dials are not answered.
 * `swallowed`: dials are answered by something on the way, and nothing passes. `pause`: the server's process stands still.
 */
export type SilenceKind = 'forgotten' | 'late' | 'outage' | 'swallowed' | 'pause';

export interface Silence {
  readonly kind: SilenceKind;
  readonly direction: 'up' | 'down' | 'both';
  readonly atMs: number;
  readonly lengthMs: number;
}

const CHANCE = 0.35;
const KINDS: readonly SilenceKind[] = ['forgotten', 'late', 'late', 'outage', 'swallowed', 'pause'];
const SAFETY_MS = 20_000;
const HASTY = { interval: 300, suspectAfter: 200, deadAfter: 8000 };
/** So many bursts fall into each silence. */
const BURSTS = 2;
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

export function fallSilent(cast: Cast, silence: Silence): void {
  const { scene, server, clients } = cast;
  for (let left = BURSTS; left > 0; left -= 1) {
    scene.clock.schedule(() => sendBurst(cast), scene.random.integer(0, silence.lengthMs));
  }
  const { kind, direction, lengthMs } = silence;
  const client = scene.random.pick(clients);
  const untilMs = scene.clock.now() + lengthMs;
  scene.trace.line('fault', `${kind} ${direction} for ${lengthMs} ms around ${client.name}`);
  scene.trace.fact('silence', kind, direction, client.name, lengthMs);
  if (kind === 'pause') return server.pause(untilMs);
  if (kind === 'outage') client.process.unheardUntilMs = untilMs;
  if (kind === 'swallowed') client.process.swallowedUntilMs = untilMs;
  holdLinks(cast, client, direction, kind === 'forgotten' ? Infinity : untilMs);
}

function holdLinks({ scene }: Cast, { process }: SimClient, direction: Silence['direction'], untilMs: number): void {
  for (const { client, server } of scene.network.links) {
    if (client.process !== process) continue;
    if (direction !== 'down') client.outgoing.hold(untilMs);
    if (direction !== 'up') server.outgoing.hold(untilMs);
  }
}
