/** What the application of one endpoint sends and asks: it follows every delivery to its end, and writes down all that it is told. */
import type { AnySession, Delivery, DeliveryError } from '@heartwire/core';
import type { Outcome } from '../history/history.ts';
import { LANES, payloadOf, readReply, typeNameOf, type OperationPlan } from './operation.ts';
import type { Scene } from './scene.ts';
import type { SimProcess } from './sim-process.ts';

interface Limit {
  readonly limitMs: number | null;
  readonly limits: 'fate' | 'delivery';
  readonly expiresInMs: number | null;
}

export class Sending {
  readonly #object: string;
  readonly #session: AnySession;
  readonly #process: SimProcess;
  readonly #scene: Scene;
  /** By session and id, for proofs that come late. */
  readonly #ops = new Map<string, number>();
  readonly #handled = new Set<number>();
  /** In doubt, and in which session. */
  readonly #unknown = new Map<number, string>();
  /** Operations without an outcome. */
  open = 0;

  constructor(object: string, session: AnySession, process: SimProcess, scene: Scene) {
    this.#object = object;
    this.#session = session;
    this.#process = process;
    this.#scene = scene;
  }

  /** Nothing that was sent in the session as it is now is open, or in doubt. */
  get isClear(): boolean {
    return this.open === 0 && ![...this.#unknown.values()].includes(this.#session.id);
  }

  /** Sends or asks; returns when its outcome is known, with it. */
  perform(plan: OperationPlan): Promise<Outcome> {
    const { recorder, operations } = this.#scene;
    const op = operations.push(plan) - 1;
    const object = this.#object;
    this.open += 1;
    recorder.note({ type: 'send', op, object, kind: plan.kind, ...LANES[plan.type], ...this.#limitOf(plan) });
    const delivery = this.#dispatch(op, plan);
    const settled = (how: 'handled' | 'delivered' | 'failed', reply: number | null): void =>
      recorder.note({ type: 'settled', op, object, how, reply });
    delivery.then(
      (value: unknown) => {
        if (plan.kind === 'request') settled('handled', readReply(op, plan, value));
        else settled((value as { stage: 'handled' | 'delivered' }).stage, null);
      },
      () => settled('failed', null),
    );
    return this.#follow(op, delivery);
  }

  /** What was unknown is known after all. */
  resolved(id: number, outcome: Outcome): void {
    const op = this.#ops.get(`${this.#session.id}:${id}`);
    if (op !== undefined) this.decided(op, outcome, null, true);
  }

  isHandled(op: number): boolean {
    return this.#handled.has(op);
  }

  written(op: number, id: number): void {
    const session = this.#session.id;
    this.#ops.set(`${session}:${id}`, op);
    this.#scene.recorder.note({ type: 'written', op, object: this.#object, session, id });
  }

  decided(op: number, outcome: Outcome, error: DeliveryError | null, isCorrection = false): void {
    if (!isCorrection) this.open -= 1;
    if (outcome === 'handled' && !isCorrection) this.#handled.add(op);
    if (outcome === 'unknown') this.#unknown.set(op, this.#session.id);
    else this.#unknown.delete(op);
    this.#scene.recorder.note({
      type: 'outcome',
      op,
      object: this.#object,
      outcome,
      safeToRetry: error?.safeToRetry ?? false,
      code: error?.refusal?.code ?? null,
      isCorrection,
    });
  }

  #dispatch(op: number, plan: OperationPlan): Delivery<unknown> {
    const type = typeNameOf(op, plan.type);
    const payload = payloadOf(op, plan);
    const { kind = null, afterMs = 0 } = plan.withdrawal ?? {};
    const aborter = kind === 'signal' ? new AbortController() : null;
    const options = {
      ...(kind === 'timeout' ? { timeout: Math.max(1, afterMs) } : {}),
      ...(kind === 'expiry' ? { expiresIn: Math.max(1, afterMs) } : {}),
      ...(aborter === null ? {} : { signal: aborter.signal }),
    };
    const delivery =
      plan.kind === 'request'
        ? this.#session.request(type, payload, options)
        : this.#session.send(type, payload, { ...options, confirm: plan.confirm });
    if (kind === 'cancel' || kind === 'signal') {
      const withdraw = (): void => (aborter === null ? delivery.cancel() : aborter.abort());
      this.#process.clock.schedule(() => this.#withdraw(op, delivery, withdraw), afterMs);
    }
    return delivery;
  }

  #withdraw(op: number, delivery: Delivery<unknown>, withdraw: () => void): void {
    const { stage } = delivery.state$.value;
    if (stage === 'handled' || stage === 'failed') return;
    this.#scene.recorder.note({ type: 'withdraw', op, object: this.#object });
    withdraw();
  }

  /** What is confirmed as far as was asked for cannot be too late any more. */
  #limitOf({ withdrawal, confirm, kind }: OperationPlan): Limit {
    const { sendTimeout = Infinity } = this.#scene.plan.options;
    const isTimed = withdrawal?.kind === 'timeout' || withdrawal?.kind === 'expiry';
    const limitMs = Math.min(sendTimeout, isTimed ? Math.max(1, withdrawal.afterMs) : Infinity);
    const expiresInMs = withdrawal?.kind === 'expiry' ? Math.max(1, withdrawal.afterMs) : null;
    if (limitMs === Infinity) return { limitMs: null, limits: 'fate', expiresInMs };
    const isEnough = withdrawal?.kind === 'timeout' && kind === 'message' && confirm === 'delivered';
    return { limitMs, limits: isEnough ? 'delivery' : 'fate', expiresInMs };
  }

  #follow(op: number, delivery: Delivery<unknown>): Promise<Outcome> {
    return new Promise((resolve) => {
      let isWritten = false;
      delivery.state$.subscribe((state: { stage: string; error?: DeliveryError }) => {
        const { stage, error } = state;
        if (!isWritten && delivery.id > 0) {
          isWritten = true;
          this.written(op, delivery.id);
        }
        if (stage === 'delivered') this.#scene.recorder.note({ type: 'delivered', op, object: this.#object });
        if (stage !== 'handled' && stage !== 'failed') return;
        const outcome = error?.outcome ?? 'handled';
        this.decided(op, outcome, error ?? null);
        resolve(outcome);
      });
    });
  }
}
