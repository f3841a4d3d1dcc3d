/** A client of a run, through its lives: it wants a session, and makes a new one when the one that it had is over. */
import { connect } from '@heartwire/core';
import { connectOptions } from './client-options.ts';
import { Endpoint } from './endpoint.ts';
import type { OperationPlan } from './operation.ts';
import { MESSAGE_MAX_BYTES } from './plan.ts';
import type { Scene } from './scene.ts';
import { SimProcess } from './sim-process.ts';
import type { SimServer } from './sim-server.ts';

/** What every session must be able to do once the faults are over. The largest message needs all the credit that there may be. */
const PROBES: readonly OperationPlan[] = (['message', 'request'] as const).map((kind) => ({
  kind,
  type: kind === 'message' ? 'a' : 'ask',
  sizeBytes: kind === 'message' ? MESSAGE_MAX_BYTES - 100 : 40,
  behaviour: 'now',
  handlerMs: 0,
  replyBytes: 40,
  confirm: 'handled',
  withdrawal: null,
}));
/** The key of a volatile probe; nothing else uses it. */
const PROBE_KEY = 0;
const RETRY_MAX_MS = 400;

export class SimClient {
  readonly name: string;
  readonly #scene: Scene;
  readonly #server: SimServer;
  process!: SimProcess;
  endpoint!: Endpoint;
  #isProbing = false;
  /** Probes of both directions were handled. */
  #isConfirmed = false;
  /** Where a volatile probe has arrived, and on the way to whom. */
  readonly #hasSeen = new Set<'client' | 'server'>();
  #probedPeer: Endpoint | null = null;
  /** How many directions were probed: those that have not ended. */
  #directions = 2;
  #lifeCount = 0;
  #mayReconnect = true;

  constructor(name: string, scene: Scene, server: SimServer) {
    this.name = name;
    this.#scene = scene;
    this.#server = server;
    this.#begin();
  }

  /** Probes of each kind arrived in each direction after the faults had ended, and nothing is open. */
  get isProven(): boolean {
    const areSettled = this.endpoint.sending.open === 0 && (this.#probedPeer?.sending.open ?? 0) === 0;
    return this.#isConfirmed && this.#hasSeen.size >= this.#directions && areSettled;
  }

  /** Nothing is left of it. */
  get isOver(): boolean {
    return this.endpoint.isOver && this.process.timers === 0;
  }

  crash(how: 'reset' | 'fin' | 'silent'): void {
    if (!this.process.isAlive) return;
    this.process.crash();
    // Nobody is left who could learn what became of a probe.
    this.#isProbing = false;
    this.#scene.recorder.note({ type: 'crash', process: this.process.name });
    for (const link of this.#scene.network.links) if (link.client.process === this.process) link.client.die(how);
    this.#scene.clock.schedule(() => this.#begin(), this.#scene.random.integer(0, RETRY_MAX_MS));
  }

  /** Sends a message and a request in both directions, and does so again with the next session if this one ends meanwhile. */
  async probe(): Promise<void> {
    const { endpoint } = this;
    const peer = this.#server.endpoints.find(({ session }) => session.id === endpoint.session.id);
    const isOpen = this.process.isAlive && endpoint.session.state$.value.status === 'open';
    if (this.#isProbing || peer === undefined || !isOpen) return;
    this.#isProbing = true;
    this.#probeVolatile(endpoint, peer);
    const outcomes = await Promise.all(
      [endpoint, peer].flatMap((one) =>
        this.#probesOf(one, one === peer ? endpoint : peer).map((plan) => one.perform(plan)),
      ),
    );
    this.#isProbing = false;
    this.#isConfirmed = outcomes.every((outcome) => outcome === 'handled');
  }

  /** Whoever has ended its direction sends nothing, and answers nothing. */
  #probesOf(from: Endpoint, to: Endpoint): readonly OperationPlan[] {
    if (from.hasEndedSending) return [];
    return to.hasEndedSending ? PROBES.filter(({ kind }) => kind === 'message') : PROBES;
  }

  /** The newest value of a key always goes out while the connection lives; nobody confirms it, so it is seen where it arrives. */
  #probeVolatile(endpoint: Endpoint, peer: Endpoint): void {
    if (this.#probedPeer !== peer) this.#hasSeen.clear();
    this.#probedPeer = peer;
    this.#directions = 0;
    for (const [from, to] of [
      [endpoint, peer],
      [peer, endpoint],
    ] as const) {
      if (from.hasEndedSending) continue;
      this.#directions += 1;
      const value = from.volatility.send(PROBE_KEY, 40);
      to.volatility.onHandled = (handled) => {
        if (handled >= value) this.#hasSeen.add(to.role);
      };
    }
  }

  /** For good, and in order: no fault is left that could be in the way of a session that outlives its connection. */
  end(timeout: number): void {
    this.#mayReconnect = false;
    const { endpoint } = this;
    if (endpoint.isOver) return;
    const { reconnects, resumes, isKept } = this.#scene.plan.keeping;
    const isOpen = endpoint.session.state$.value.status === 'open';
    // What still runs for a sender who has given it up may take longer than a peer waits at the end.
    const isClear = endpoint.sending.isClear && this.#probedPeer?.sending.isClear === true;
    // A server that leaves may be gone before the client comes back.
    const isPeerOpen = this.#probedPeer?.session.state$.value.status === 'open';
    const isLasting = isOpen && isPeerOpen && isClear && reconnects && resumes && isKept;
    void endpoint.end('drain', { timeout }).then(({ cause }) => {
      if (isLasting && cause.kind !== 'closed') this.#scene.stuck(`${endpoint.name} ended in disorder: ${cause.kind}`);
    });
  }

  #begin(): void {
    this.process = new SimProcess(
      `${this.name}${'abcdefghijklmnop'[this.#lifeCount % 16]}`,
      this.#scene.clock,
      this.#scene.drawSeed(),
    );
    this.#lifeCount += 1;
    this.#connect();
  }

  #connect(): void {
    const { process } = this;
    const session = connect(this.#scene.network.dialer(process), {
      ...connectOptions(this.#scene.plan, process.name),
      clock: process.clock,
      random: process.random.next,
    });
    const name = `${process.name}.${this.#scene.nextNumber()}`;
    this.endpoint = new Endpoint(name, 'client', session, process, this.#scene);
    void session.closed.then(() => {
      if (this.#mayReconnect) process.clock.schedule(() => this.#reconnect(), process.random.integer(1, RETRY_MAX_MS));
    });
  }

  #reconnect(): void {
    if (this.#mayReconnect) this.#connect();
  }
}
