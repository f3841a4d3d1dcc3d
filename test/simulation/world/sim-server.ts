/** The server of a run, through its lives: each crash costs it all its memory. */
import {
  Refusal,
  serve,
  type AnyContract,
  type AnySession,
  type DrainOptions,
  type ResumeOptions,
  type Server,
} from '@heartwire/core';
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

  /** Its process stands still: it hears nothing, and none of its timers goes off. */
  pause(untilMs: number): void {
    const process = this.#current?.process;
    if (process === undefined) return;
    const { clock, recorder } = this.#scene;
    const ms = Math.max(0, untilMs - Math.max(clock.now(), process.pausedUntilMs));
    process.pausedMs += ms;
    process.pausedUntilMs = Math.max(process.pausedUntilMs, untilMs);
    recorder.note({ type: 'paused', process: process.name, ms });
    for (const link of this.#scene.network.links)
      if (link.server.process === process) link.client.outgoing.hold(untilMs);
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
    void this.#end(life, how, { timeout: timeoutMs });
    this.start();
  }

  /** As `replace`, but the clients are asked to come again; `keepsAddress`: the next life begins when this one is over. */
  leave(timeout: number, reconnectAfter: number, keepsAddress: boolean): void {
    const life = this.#current;
    if (life === null || life.server === null) return;
    this.#current = null;
    const end = this.#end(life, 'drain', { timeout, reconnectAfter });
    if (keepsAddress) void end.then(() => this.start());
    else this.start();
  }

  /** Whoever stands still goes on. */
  wakeUp(): void {
    for (const { process } of this.#lives) process.pausedUntilMs = 0;
  }

  /** For good: what is still to come back after a crash does not. */
  end(): void {
    this.#hasEnded = true;
    if (this.#current !== null) void this.#end(this.#current, 'close', { timeout: 5000 });
    this.#current = null;
  }

  async #listen(life: Life): Promise<void> {
    const { process } = life;
    const { authenticateMs, options, serverLimits } = this.#scene.plan;
    const { totalBytes } = serverLimits;
    life.server = await serve(this.#scene.network.listener(process), {
      ...options,
      limits: { ...options.limits, ...(totalBytes === null ? {} : { totalBytes }) },
      clock: process.clock,
      random: process.random.next,
      resume: this.#resumeOptions,
      ...(authenticateMs === 0 ? {} : { authenticate: (auth: unknown) => this.#lookUp(process, String(auth)) }),
      session: (session: AnySession) => this.#introduce(session, process),
    });
    life.server.events$.subscribe((event) => {
      if (event.type === 'evicted') this.#evicted(life, event.session, event.limit);
    });
  }

  /** It may turn a client away that still has a connection, and then only: any other one would lose its session. */
  async #lookUp(process: SimProcess, client: string): Promise<void> {
    const { authenticateMs, refusedRaces } = this.#scene.plan;
    if (this.#scene.weather.isCalm) return;
    await process.sleep(authenticateMs);
    const isRefused =
      !this.#scene.weather.isCalm && process.random.next() < refusedRaces && this.#scene.hasOpenSession(client);
    if (isRefused) throw new Refusal('not-now');
  }

  get #resumeOptions(): ResumeOptions | false {
    const { keeping, serverLimits } = this.#scene.plan;
    if (!keeping.isKept) return false;
    const { maxSessions } = serverLimits;
    return { window: keeping.windowMs, ...(maxSessions === null ? {} : { maxSessions }) };
  }

  /** Whoever waits for its client has no connection. */
  #evicted({ process }: Life, session: AnySession, limit: string): void {
    const ofLife = this.endpoints.filter((endpoint) => endpoint.process === process);
    const evicted = ofLife.find((endpoint) => endpoint.session === session);
    const waiting = ofLife.filter((endpoint) => endpoint.session.connection$.value.phase === 'closed').length;
    const max = this.#scene.plan.serverLimits.maxSessions ?? Infinity;
    this.#scene.recorder.note({ type: 'evicted', object: evicted?.name ?? 'nobody', limit, waiting, max });
  }

  #introduce(session: AnySession, process: SimProcess): void {
    const name = `${process.name}.${this.#scene.nextNumber()}`;
    this.#endpoints.push(new Endpoint(name, 'server', session, process, this.#scene));
  }

  async #end(life: Life, how: 'close' | 'drain', options: DrainOptions & { readonly timeout: number }): Promise<void> {
    const { clock, recorder } = this.#scene;
    const { name } = life.process;
    const untilMs = clock.now() + options.timeout + END_GRACE_MS;
    recorder.note({ type: 'leaving', process: name });
    const report = await life.server?.[how](options);
    if (report !== undefined) recorder.note({ type: 'left', process: name, report });
    if (clock.now() > untilMs + life.process.pausedMs)
      recorder.note({ type: 'stuck', what: `the end of ${life.process.name} took too long` });
    life.isOver = true;
  }
}
