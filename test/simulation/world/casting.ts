/**
 * Broadcasts: one message of the server to all of its sessions. Each recipient is an operation of its own, with its own outcome; what they have in
 * common is the payload, which carries the number of the first of them.
 */
import type { AnyContract, BroadcastReport, RecipientOutcome, Server } from '@heartwire/core';
import type { Outcome } from '../history/history.ts';
import type { Endpoint } from './endpoint.ts';
import { LANES, payloadOf, type OperationPlan } from './operation.ts';
import type { Scene } from './scene.ts';

/** Sends to everybody whom `server` has; `endpoints` are theirs. */
export function castToAll(
  scene: Scene,
  server: Server<AnyContract>,
  endpoints: readonly Endpoint[],
  plan: OperationPlan,
): void {
  const type = scene.casts.nextType;
  const recipients = endpoints.filter(({ session }) => server.sessions.get(session.id) === session);
  const [someone] = recipients;
  if (type === undefined || someone === undefined) return;
  const ops = new Map<string, number>();
  for (const { session, name, sending } of recipients) {
    sending.open += 1;
    const op = scene.operations.push(plan) - 1;
    ops.set(session.id, op);
    const limitMs = scene.plan.options.sendTimeout ?? null;
    scene.recorder.note({
      type: 'send',
      op,
      object: name,
      kind: 'message',
      ...LANES.cast,
      limitMs,
      limits: 'fate',
      expiresInMs: null,
    });
  }
  const first = ops.get(someone.session.id)!;
  scene.casts.add(type, first, ops);
  const sent = server.everyone.send(type, payloadOf(first, plan), { confirm: 'handled' });
  const decided = new Set<Endpoint>();
  sent.each$.subscribe((told) => {
    const endpoint = recipients.find(({ session }) => session === told.session);
    if (endpoint === undefined || decided.has(endpoint))
      return scene.stuck('a broadcast tells of somebody twice, or of a stranger');
    decided.add(endpoint);
    note(endpoint, ops.get(endpoint.session.id)!, told);
  });
  void sent.then((report) => finish(scene, recipients, ops, report));
  const { withdrawal } = plan;
  if (withdrawal === null) return;
  someone.process.clock.schedule(() => {
    for (const endpoint of recipients) {
      if (!decided.has(endpoint))
        scene.recorder.note({ type: 'withdraw', op: ops.get(endpoint.session.id)!, object: endpoint.name });
    }
    sent.cancel();
  }, withdrawal.afterMs);
}

function note({ sending }: Endpoint, op: number, told: RecipientOutcome<AnyContract>): void {
  const { outcome } = told;
  // A broadcast tells the ids of what was confirmed only. What is in doubt has been written, too.
  if (told.receipt !== undefined) sending.written(op, told.receipt.id);
  else if (outcome === 'unknown') sending.written(op, 0);
  sending.decided(op, outcome as Outcome, told.error ?? null);
}

function finish(
  scene: Scene,
  recipients: readonly Endpoint[],
  ops: ReadonlyMap<string, number>,
  report: BroadcastReport,
): void {
  const { recipients: all, delivered, handled, notDelivered, refused, expired, cancelled, overflow, unknown } = report;
  const counts = { handled, 'not-delivered': notDelivered, refused, expired, cancelled, overflow, unknown };
  scene.recorder.note({ type: 'cast', ops: [...ops.values()], counts });
  if (all !== recipients.length || delivered !== 0) scene.stuck(`a broadcast to ${recipients.length} reports ${all}`);
  for (const { name, session, sending } of recipients) {
    const op = ops.get(session.id)!;
    scene.recorder.note({
      type: 'settled',
      op,
      object: name,
      how: sending.isHandled(op) ? 'handled' : 'failed',
      reply: null,
    });
  }
}
