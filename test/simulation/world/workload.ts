/** What the applications of a run do while the faults happen: bursts of operations, and ends. */
import type { SeededRandom } from '../../support/seeded-random.ts';
import type { Cast } from './cast.ts';
import type { Endpoint } from './endpoint.ts';
import type { OperationPlan, OperationType, WithdrawalPlan } from './operation.ts';
import type { Plan } from './plan.ts';
import { VOLATILE_KEYS, VOLATILE_MAX_BYTES } from './volatility.ts';

export function sendBurst(cast: Cast): void {
  const { random, plan } = cast.scene;
  const endpoint = drawEndpoint(cast);
  if (endpoint === null) return;
  for (let left = random.integer(1, plan.burstMax); left > 0; left -= 1) {
    void endpoint.perform(drawOperation(random, plan));
  }
  if (random.next() < 0.1) endpoint.session.ping({ timeout: 1000 }).catch(() => {});
}

export function endSession(cast: Cast): void {
  const { random, plan, trace } = cast.scene;
  const endpoint = drawEndpoint(cast);
  if (endpoint === null || plan.endings.length === 0) return;
  const how = random.pick(plan.endings);
  trace.line(endpoint.name, how);
  if (how === 'destroy') endpoint.session.destroy();
  else if (how === 'end') endpoint.endSending();
  else void endpoint.end(how, { timeout: random.integer(20, 5000), code: random.integer(0, 9) });
  // Some go on sending although they have said that they will not.
  if (random.next() < 0.3) void endpoint.perform(drawOperation(random, plan));
}

export function sendVolatiles(cast: Cast): void {
  const { random, plan } = cast.scene;
  const endpoint = drawEndpoint(cast);
  if (endpoint === null || endpoint.isOver) return;
  for (let left = random.integer(1, plan.burstMax); left > 0; left -= 1) {
    endpoint.volatility.send(random.integer(1, VOLATILE_KEYS), random.pick([0, 0, VOLATILE_MAX_BYTES]));
  }
}

export function sendCast(cast: Cast): void {
  const { random, plan } = cast.scene;
  cast.server.cast(drawOperation(random, plan, 'cast'));
}

/** Of a client, also while it is not connected, or of the server. */
function drawEndpoint({ scene, clients, server }: Cast): Endpoint | null {
  const { random } = scene;
  const { endpoints } = server;
  if (endpoints.length > 0 && random.next() < 0.5) return random.pick(endpoints);
  const client = random.pick(clients);
  return client.process.isAlive ? client.endpoint : null;
}

function drawOperation(random: SeededRandom, plan: Plan, type: OperationType = random.pick(plan.types)): OperationPlan {
  return {
    kind: type.startsWith('ask') ? 'request' : 'message',
    type,
    sizeBytes: drawSize(random, plan),
    behaviour: random.pick(plan.behaviours),
    handlerMs: random.integer(0, plan.handlerMaxMs),
    replyBytes: drawSize(random, plan),
    confirm: random.pick(['handled', 'handled', 'delivered']),
    withdrawal: drawWithdrawal(random, plan),
  };
}

/** At once, while it is on its way, or much later. */
function drawWithdrawal(random: SeededRandom, plan: Plan): WithdrawalPlan | null {
  if (plan.withdrawals.length === 0 || random.next() < 0.5) return null;
  const wayMs = plan.latencyMs + plan.jitterMs;
  const afterMs = random.integer(0, random.pick([0, wayMs, 2 * wayMs + plan.handlerMaxMs, plan.withdrawalMaxMs]));
  return { kind: random.pick(plan.withdrawals), afterMs };
}

/** Most are small; the largest take several chunks. */
function drawSize(random: SeededRandom, { maxBytes, largeShare }: Plan): number {
  const drawn = random.next();
  if (drawn < 0.5) return 0;
  return random.integer(0, drawn < 1 - largeShare ? Math.min(maxBytes, 60) : maxBytes);
}
