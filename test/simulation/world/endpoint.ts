/**
 * One session object in the hands of the simulated application: it sends, handles, ends, and writes down everything that it is told.
 */
import {
  Refusal,
  type AnySession,
  type CloseOptions,
  type CloseReport,
  type DeliveryError,
  type HandlerContext,
  type SessionState,
  type SessionEvent,
} from '@heartwire/core';
import type { Outcome } from '../history/history.ts';
import { isIntact, LANES, opOf, payloadOf, readReply, REFUSAL_CODE, replyOf, typeNameOf } from './operation.ts';
import type { OperationPlan } from './operation.ts';
import type { Scene } from './scene.ts';
import type { SimProcess } from './sim-process.ts';

/** A request that a handler makes of the peer who asked. */
const QUESTION: OperationPlan = {
  kind: 'request',
  type: 'ask',
  sizeBytes: 0,
  behaviour: 'now',
  handlerMs: 0,
  replyBytes: 0,
  confirm: 'handled',
};

/** What an ERROR frame may say although both sides keep the rules: the server shuts down, or something did not arrive in time. */
const NO_FAULT_OF_THE_PEER: readonly string[] = ['ERR_HW_ABORTED', 'ERR_HW_TIMEOUT'];

export class Endpoint {
  readonly name: string;
  readonly session: AnySession;
  readonly process: SimProcess;
  /** `closed` has resolved. */
  isOver = false;
  readonly #scene: Scene;
  readonly #role: 'client' | 'server';
  readonly #sessions = new Set<string>();
  #epoch = 0;

  constructor(name: string, role: 'client' | 'server', session: AnySession, process: SimProcess, scene: Scene) {
    this.name = name;
    this.session = session;
    this.process = process;
    this.#scene = scene;
    this.#role = role;
    scene.recorder.note({ type: 'object', object: name, role, process: process.name });
    session.state$.subscribe((state: SessionState) => this.#moved(state));
    session.events$.subscribe((event) => this.#told(event));
    void session.closed.then(() => {
      this.isOver = true;
    });
    this.#attachHandlers(scene.plan.loopAfterMs);
  }

  /** Sends or asks; returns when its outcome is known, with it. */
  perform(plan: OperationPlan): Promise<Outcome> {
    const { recorder, operations } = this.#scene;
    const op = operations.push(plan) - 1;
    const object = this.name;
    recorder.note({ type: 'send', op, object, kind: plan.kind, ...LANES[plan.type] });
    const type = typeNameOf(op, plan.type);
    const payload = payloadOf(op, plan);
    const delivery =
      plan.kind === 'request'
        ? this.session.request(type, payload)
        : this.session.send(type, payload, { confirm: plan.confirm });
    const settled = (how: 'handled' | 'delivered' | 'failed', reply: number | null): void =>
      recorder.note({ type: 'settled', op, object, how, reply });
    delivery.then(
      (value: unknown) => {
        if (plan.kind === 'request') settled('handled', readReply(op, plan, value));
        else settled((value as { stage: 'handled' | 'delivered' }).stage, null);
      },
      () => settled('failed', null),
    );
    return new Promise((resolve) => {
      let isWritten = false;
      delivery.state$.subscribe((state: { stage: string; error?: DeliveryError }) => {
        const { stage, error } = state;
        if (!isWritten && delivery.id > 0) {
          isWritten = true;
          recorder.note({ type: 'written', op, object, session: this.session.id, id: delivery.id });
        }
        if (stage === 'delivered') recorder.note({ type: 'delivered', op, object });
        else if (stage === 'handled' || stage === 'failed') resolve(this.#decided(op, error ?? null));
      });
    });
  }

  end(how: 'close' | 'drain', options: CloseOptions): void {
    const { recorder } = this.#scene;
    const call = this.#scene.nextNumber();
    recorder.note({ type: 'ending', object: this.name, call });
    const report: Promise<CloseReport> = how === 'close' ? this.session.close(options) : this.session.drain(options);
    void report.then(({ cause, ...tally }) =>
      recorder.note({ type: 'report', object: this.name, call, cause: cause.kind, tally }),
    );
  }

  #decided(op: number, error: DeliveryError | null): Outcome {
    const outcome = error?.outcome ?? 'handled';
    this.#scene.recorder.note({
      type: 'outcome',
      op,
      object: this.name,
      outcome,
      safeToRetry: error?.safeToRetry ?? false,
      code: error?.refusal?.code ?? null,
    });
    return outcome;
  }

  #moved(state: SessionState): void {
    const { recorder } = this.#scene;
    const { name: object, session } = this;
    if (state.status === 'open') {
      // A session that cannot be resumed has one connection only, and says nothing of it.
      const { epoch = 1, resumed = false } = state as { epoch?: number; resumed?: boolean };
      this.#epoch = epoch;
      this.#sessions.add(session.id);
      recorder.note({ type: 'opened', object, session: session.id, epoch, resumed });
    } else if (state.status === 'closed') {
      recorder.note({ type: 'closed', object, cause: causeText(state) });
    }
  }

  #told(event: SessionEvent): void {
    const { recorder } = this.#scene;
    if (event.type === 'undelivered') recorder.note({ type: 'undelivered', object: this.name });
    // The old session still gives the object its name.
    if (event.type === 'gap' && event.sent !== null) {
      recorder.note({ type: 'gap', object: this.name, session: this.session.id, ...event.sent });
    }
  }

  #attachHandlers(loopAfterMs: number | null): void {
    const { session } = this;
    const handler = (data: unknown, context: HandlerContext): unknown => this.#handle(data, context);
    session.handle('a', handler);
    session.handle('b', handler);
    session.handle('wide', handler, { concurrency: 4 });
    session.handle('ask', handler);
    session.handle('ask-one', handler, { concurrency: 1 });
    if (loopAfterMs === 0) void this.#loop();
    else if (loopAfterMs !== null) this.process.clock.schedule(() => void this.#loop(), loopAfterMs);
  }

  /** The consumer of what has no handler. */
  async #loop(): Promise<void> {
    for await (const message of this.session.messages()) {
      const op = this.#started(message.data, message, this.#onlySession);
      const plan = op === null ? undefined : this.#scene.operations[op];
      if (op === null || plan === undefined) continue;
      if (plan.handlerMs > 0) await this.process.sleep(plan.handlerMs);
      const isRefused = plan.behaviour.startsWith('refuse');
      this.#finished(op, isRefused ? REFUSAL_CODE : null, null);
      if (isRefused) message.refuse(REFUSAL_CODE);
      else message.accept();
    }
  }

  #handle(data: unknown, context: HandlerContext): unknown {
    const op = this.#started(data, context.message, context.idempotencyKey.split(':')[0]!);
    const plan = op === null ? undefined : this.#scene.operations[op];
    if (op === null || plan === undefined) return undefined;
    if (plan.behaviour === 'now') return this.#answer(op, plan);
    if (plan.behaviour === 'refuse' || plan.behaviour === 'throw') return this.#refuse(op, plan);
    if (plan.behaviour === 'destroy') this.session.destroy();
    return this.#handleLate(op, plan);
  }

  async #handleLate(op: number, plan: OperationPlan): Promise<unknown> {
    if (plan.behaviour === 'late' || plan.behaviour === 'refuse-late') await this.process.sleep(plan.handlerMs);
    else if (plan.behaviour === 'hang') await this.#scene.healed;
    // If both sides asked from within their handlers, two full windows could wait for each other for ever, and would be right to.
    else if (plan.behaviour === 'ask-back' && this.#role === 'server') await this.perform(QUESTION);
    // What runs in a process that has crashed meanwhile runs no further.
    if (!this.process.isAlive) return new Promise(() => {});
    return plan.behaviour === 'refuse-late' ? this.#refuse(op, plan) : this.#answer(op, plan);
  }

  #answer(op: number, plan: OperationPlan): unknown {
    this.#finished(op, null, plan.kind === 'request' ? -op : null);
    return plan.kind === 'request' ? replyOf(op, plan) : undefined;
  }

  #refuse(op: number, { behaviour }: OperationPlan): never {
    this.#finished(op, behaviour === 'throw' ? 'ERR_HW_HANDLER' : REFUSAL_CODE, null);
    throw behaviour === 'throw' ? new Error('a handler that throws') : new Refusal(REFUSAL_CODE);
  }

  #started(
    data: unknown,
    { id, type }: { readonly id: number; readonly type: string },
    session: string,
  ): number | null {
    const op = opOf(type, data);
    const plan = op === null ? undefined : this.#scene.operations[op];
    this.#scene.recorder.note({
      type: 'start',
      op: op ?? -1,
      object: this.name,
      session,
      id,
      epoch: this.#epoch,
      isIntact: op !== null && plan !== undefined && isIntact(op, plan, data),
    });
    return op;
  }

  /** A loop is not told which session a message came with; it is clear while there has been one only. */
  get #onlySession(): string {
    return this.#sessions.size === 1 ? this.session.id : '';
  }

  #finished(op: number, code: string | null, reply: number | null): void {
    this.#scene.recorder.note({ type: 'finish', op, object: this.name, code, reply });
  }
}

function causeText(state: SessionState & { readonly status: 'closed' }): string {
  const { cause } = state;
  if (cause.kind !== 'protocol') return cause.kind;
  return NO_FAULT_OF_THE_PEER.includes(cause.error.code) ? 'given up' : `protocol: ${cause.error.message}`;
}
