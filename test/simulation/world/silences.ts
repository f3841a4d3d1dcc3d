/**
 * Silences: a client and its server do not hear each other for a while, nobody is told, and clients race a second connection (promise P15).
 *
 * Each lasts as long as a race, more or less, so that it ends at any moment of one.
 */
import type { Cast } from './cast.ts';
import type { Silence } from './plan.ts';
import type { SimClient } from './sim-client.ts';
import { sendBurst } from './workload.ts';

/** So many bursts fall into each silence. */
const BURSTS = 2;

export function fallSilent(cast: Cast, silence: Silence): void {
  const { scene, server, clients } = cast;
  for (let left = BURSTS; left > 0; left -= 1) {
    const atMs = scene.clock.now() + scene.random.integer(0, silence.lengthMs);
    // What a handler does then is done while faults happen.
    if (atMs < scene.plan.safetyMs) scene.clock.schedule(() => sendBurst(cast), atMs - scene.clock.now());
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
