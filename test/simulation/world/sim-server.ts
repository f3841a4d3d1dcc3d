/** The server of a run, through its lives: each crash costs it all its memory. */
import { serve, type AnyContract, type AnySession, type Server } from '@heartwire/core';
import { castToAll } from './casting.ts';
import { Endpoint } from './endpoint.ts';
import type { OperationPlan } from './operation.ts';
import type { Scene } from './scene.ts';
import { SimProcess } from './sim-process.ts';

interface Life {
  readonly process: SimProcess;
  /** Null until it listens. */
  server: Server<AnyContract> | null;
  isOver: boolean;
}

const RESUME_WINDOW_MS = 8000;
/** Beyond the time that it was given, an end takes at most this: links that linger, and handlers that are still to begin. */
const END_GRACE_MS = 7000;

export class SimServer {
  readonly #scene: Scene;
  /** Every life that was not cut short by a crash. */
  #lives: Life[] = [];
  #lifeCount = 0;
  #hasEnded = false;
  #current: Life | null = null;
  #endpoints: Endpoint[] = [];

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  /** The session objects that are not over, in the order in which they were made. */
  get endpoints(): readonly Endpoint[] {
    this.#endpoints = this.#endpoints.filter((endpoint) => !endpoint.isOver && endpoint.process.isAlive);
    return this.#endpoints;
  }

  /** Nothing of any life is left: no session, no timer. */
  get isOver(): boolean {
    return this.#lives.every(({ isOver, process }) => isOver && process.timers === 0) && this.endpoints.length === 0;
  }

  start(): void {
    if (this.#current !== null || this.#hasEnded) return;
    const name = `s${(this.#lifeCount += 1)}`;
    const process = new SimProcess(name, this.#scene.clock, this.#scene.drawSeed());
    const life: Life = { process, server: null, isOver: false };
    this.#current = life;
    this.#lives.push(life);
    void this.#listen(life);
  }

  /** All its memory is lost, and its connections end as they end when a process is killed, or a machine. */
  crash(how: 'reset' | 'fin' | 'silent', downMs: number): void {
    const life = this.#current;
    if (life === null) return;
    life.process.crash();
    this.#scene.recorder.note({ type: 'crash', process: life.process.name });
    for (const link of this.#scene.network.links) if (link.server.process === life.process) link.server.die(how);
    this.#lives = this.#lives.filter((one) => one !== life);
    this.#current = null;
    this.#scene.clock.schedule(() => this.start(), downMs);
  }

  /** To everybody who is there. */
  cast(plan: OperationPlan): void {
    const server = this.#current?.server ?? null;
    if (server !== null) castToAll(this.#scene, server, this.endpoints, plan);
  }

  /** An orderly end, and the next life takes the address over. */
  replace(how: 'close' | 'drain', timeoutMs: number): void {
    const life = this.#current;
    if (life === null || life.server === null) return;
    this.#current = null;
    void this.#end(life, how, timeoutMs);
    this.start();
  }

  /** For good: what is still to come back after a crash does not. */
  end(): void {
    this.#hasEnded = true;
    if (this.#current !== null) void this.#end(this.#current, 'close', 5000);
    this.#current = null;
  }

  async #listen(life: Life): Promise<void> {
    const { process } = life;
    life.server = await serve(this.#scene.network.listener(process), {
      ...this.#scene.plan.options,
      clock: process.clock,
      random: process.random.next,
      // Whoever was destroyed or crashed never comes back; the run is to be over before the default of two minutes.
      resume: this.#scene.plan.keeping.isKept ? { window: RESUME_WINDOW_MS } : false,
      session: (session: AnySession) => this.#introduce(session, process),
    });
  }

  #introduce(session: AnySession, process: SimProcess): void {
    const name = `${process.name}.${this.#scene.nextNumber()}`;
    this.#endpoints.push(new Endpoint(name, 'server', session, process, this.#scene));
  }

  async #end(life: Life, how: 'close' | 'drain', timeout: number): Promise<void> {
    const { clock, recorder } = this.#scene;
    const untilMs = clock.now() + timeout + END_GRACE_MS;
    await life.server?.[how]({ timeout });
    if (clock.now() > untilMs) recorder.note({ type: 'stuck', what: `the end of ${life.process.name} took too long` });
    life.isOver = true;
  }
}
