/**
 * One session object in the hands of the simulated application: it sends, handles, ends, and writes down everything that it is told.
 */
import type { AnySession, CloseCause, CloseOptions, CloseReport, SessionEvent, SessionState } from '@heartwire/core';
import type { Outcome } from '../history/history.ts';
import { CAST_TYPES } from './casts.ts';
import { Handling, type HandlingHost } from './handling.ts';
import type { OperationPlan } from './operation.ts';
import type { Scene } from './scene.ts';
import { Sending } from './sending.ts';
import type { SimProcess } from './sim-process.ts';
import { Volatility } from './volatility.ts';

/** What an ERROR frame may say although both sides keep the rules: the server shuts down, or something did not arrive in time. */
const NO_FAULT_OF_THE_PEER: readonly string[] = ['ERR_HW_ABORTED', 'ERR_HW_TIMEOUT'];
const CLOSE_TIMEOUT_MS = 5000;

export class Endpoint implements HandlingHost {
  readonly name: string;
  readonly role: 'client' | 'server';
  readonly session: AnySession;
  readonly process: SimProcess;
  readonly sending: Sending;
  readonly volatility: Volatility;
  /** `closed` has resolved. */
  isOver = false;
  hasEndedSending = false;
  readonly #scene: Scene;
  /** How often each session was opened. */
  readonly #openings = new Map<string, number>();

  constructor(name: string, role: 'client' | 'server', session: AnySession, process: SimProcess, scene: Scene) {
    this.name = name;
    this.session = session;
    this.process = process;
    this.role = role;
    this.#scene = scene;
    this.sending = new Sending(name, session, process, scene);
    this.volatility = new Volatility(name, session, process, scene);
    scene.recorder.note({ type: 'object', object: name, role, process: process.name });
    session.state$.subscribe((state: SessionState) => this.#moved(state));
    session.events$.subscribe((event) => this.#told(event));
    void session.closed.then(() => {
      this.isOver = true;
    });
    new Handling(this, scene).attach();
    this.volatility.attach(scene.plan.volatileHandlerMs);
  }

  /** Sends or asks; returns when its outcome is known, with it. */
  perform(plan: OperationPlan): Promise<Outcome> {
    return this.sending.perform(plan);
  }

  end(how: 'close' | 'drain', options: CloseOptions): Promise<CloseReport> {
    const { recorder } = this.#scene;
    const call = this.#scene.nextNumber();
    recorder.note({ type: 'ending', object: this.name, call, timeoutMs: options.timeout ?? CLOSE_TIMEOUT_MS });
    const report: Promise<CloseReport> = how === 'close' ? this.session.close(options) : this.session.drain(options);
    void report.then(({ cause, ...tally }) =>
      recorder.note({ type: 'report', object: this.name, call, cause: cause.kind, tally }),
    );
    return report;
  }

  /** Its own direction ends; the other one goes on. */
  endSending(): void {
    const { recorder } = this.#scene;
    const { name: object } = this;
    const call = this.#scene.nextNumber();
    this.hasEndedSending = true;
    recorder.note({ type: 'half-ending', object, call });
    const told = (isSettled: boolean): void => recorder.note({ type: 'half-ended', object, call, isSettled });
    this.session.end().then(
      () => told(true),
      () => told(false),
    );
  }

  /** On which of its connections a session is; what came with one that another has replaced may still be handled. */
  epochOf(session: string): number {
    return this.#openings.get(session) ?? 0;
  }

  /** A loop is not told which session a message came with; it is clear while there has been one only. */
  get onlySession(): string {
    return this.#openings.size === 1 ? this.session.id : '';
  }

  #moved(state: SessionState): void {
    const { recorder } = this.#scene;
    const { name: object, session } = this;
    if (state.status === 'open') {
      const epoch = this.epochOf(session.id) + 1;
      this.#openings.set(session.id, epoch);
      recorder.note({ type: 'opened', object, session: session.id, epoch, resumed: state.resumed });
    } else if (state.status === 'suspended' && isLeaving(state.cause)) {
      recorder.note({ type: 'dismissed', object });
    } else if (state.status === 'closed') {
      recorder.note({ type: 'closed', object, cause: causeText(state) });
    }
  }

  #told(event: SessionEvent): void {
    const { recorder, casts } = this.#scene;
    if (event.type === 'undelivered') recorder.note({ type: 'undelivered', object: this.name });
    else if (event.type === 'going-away')
      recorder.note({ type: 'invited', object: this.name, afterMs: event.reconnectAfter });
    else if (event.type === 'resolved') {
      const op = CAST_TYPES.includes(event.message) ? casts.opOfType(event.message, this.session.id) : null;
      if (op === null) this.sending.resolved(event.id, event.outcome);
      else this.sending.decided(op, event.outcome, null, true);
    } else if (event.type === 'gap') {
      const { from, to } = event.sent ?? { from: 0, to: 0 };
      // The old session still gives the object its name.
      recorder.note({ type: 'gap', object: this.name, session: this.session.id, from, to, received: event.received });
    }
  }
}

function isLeaving(cause: CloseCause): boolean {
  return cause.kind === 'refused' && cause.code === 'ERR_HW_SHUTTING_DOWN';
}

function causeText(state: SessionState & { readonly status: 'closed' }): string {
  const { cause } = state;
  if (cause.kind !== 'protocol') return cause.kind;
  return NO_FAULT_OF_THE_PEER.includes(cause.error.code) ? 'given up' : `protocol: ${cause.error.message}`;
}
