/** The handlers of one endpoint: each does what the plan of the operation says, and writes down when it began and how it ended. */
import { Refusal, type AnySession, type HandlerContext } from '@heartwire/core';
import { CAST_TYPES } from './casts.ts';
import { isIntact, opOf, REFUSAL_CODE, replyOf, type OperationPlan } from './operation.ts';
import type { Scene } from './scene.ts';
import type { SimProcess } from './sim-process.ts';

export interface HandlingHost {
  readonly name: string;
  readonly role: 'client' | 'server';
  readonly session: AnySession;
  readonly process: SimProcess;
  /** The session that every message came with; empty when there were several. */
  readonly onlySession: string;
  /** Which connection of a session it is on. */
  epochOf(session: string): number;
  perform(plan: OperationPlan): Promise<unknown>;
}

/** A request that a handler makes of the peer who asked. */
const QUESTION: OperationPlan = {
  kind: 'request',
  type: 'ask',
  sizeBytes: 0,
  behaviour: 'now',
  handlerMs: 0,
  replyBytes: 0,
  confirm: 'handled',
  withdrawal: null,
};

export class Handling {
  readonly #host: HandlingHost;
  readonly #scene: Scene;

  constructor(host: HandlingHost, scene: Scene) {
    this.#host = host;
    this.#scene = scene;
  }

  attach(): void {
    const { session, process, role } = this.#host;
    const { loopAfterMs } = this.#scene.plan;
    const handler = (data: unknown, context: HandlerContext): unknown => this.#handle(data, context);
    session.handle('a', handler);
    session.handle('b', handler);
    session.handle('wide', handler, { concurrency: 4 });
    session.handle('ask', handler);
    session.handle('ask-one', handler, { concurrency: 1 });
    if (role === 'client') for (const type of CAST_TYPES) session.handle(type, handler);
    if (loopAfterMs === 0) void this.#loop();
    else if (loopAfterMs !== null) process.clock.schedule(() => void this.#loop(), loopAfterMs);
  }

  /** The consumer of what has no handler. */
  async #loop(): Promise<void> {
    for await (const message of this.#host.session.messages()) {
      const op = this.#started(message.data, message, this.#host.onlySession);
      const plan = op === null ? undefined : this.#scene.operations[op];
      if (op === null || plan === undefined) continue;
      if (plan.handlerMs > 0) await this.#host.process.sleep(plan.handlerMs);
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
    if (plan.behaviour === 'destroy') this.#host.session.destroy();
    return this.#handleLate(op, plan, context);
  }

  async #handleLate(op: number, plan: OperationPlan, context: HandlerContext): Promise<unknown> {
    const { behaviour, handlerMs } = plan;
    const { process, role } = this.#host;
    if (behaviour === 'late' || behaviour === 'refuse-late') await process.sleep(handlerMs);
    else if (behaviour === 'hang') await this.#scene.healed;
    else if (behaviour === 'heed') await Promise.race([process.sleep(handlerMs), aborted(context.signal)]);
    // If both sides asked from within their handlers, two full windows could wait for each other for ever, and would be right to.
    else if (behaviour === 'ask-back' && role === 'server') await this.#host.perform(QUESTION);
    // What runs in a process that has crashed meanwhile runs no further.
    if (!process.isAlive) return new Promise(() => {});
    const isUnwanted = behaviour === 'heed' && context.signal.aborted;
    return behaviour === 'refuse-late' || isUnwanted ? this.#refuse(op, plan) : this.#answer(op, plan);
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
    const said = opOf(type, data);
    // A broadcast says the same to everybody: which operation it is here depends on who got it.
    const op = said !== null && CAST_TYPES.includes(type) ? this.#scene.casts.opOf(said, session) : said;
    const plan = op === null ? undefined : this.#scene.operations[op];
    this.#scene.recorder.note({
      type: 'start',
      op: op ?? -1,
      object: this.#host.name,
      session,
      id,
      epoch: this.#host.epochOf(session),
      isIntact: said !== null && plan !== undefined && isIntact(said, plan, data),
    });
    return op;
  }

  #finished(op: number, code: string | null, reply: number | null): void {
    this.#scene.recorder.note({ type: 'finish', op, object: this.#host.name, code, reply });
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
