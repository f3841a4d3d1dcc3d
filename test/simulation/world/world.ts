/**
 * One run: a server, its clients and the network between them in virtual time, all of it drawn from one seed.
 *
 * First the *safety phase*: faults strike while everybody works, and whatever happens must be allowed. Then the *liveness phase*: the faults end, and
 * within a minute every client must have a session that works in both directions, and every session must come to an orderly end.
 */
import type { TraceOptions } from '../history/trace.ts';
import type { Cast } from './cast.ts';
import { cutClient, strike } from './faults.ts';
import { LONG_WINDOW_MS } from './plan.ts';
import { Scene } from './scene.ts';
import { fallSilent } from './silences.ts';
import { SimClient } from './sim-client.ts';
import { SimServer } from './sim-server.ts';
import { endSession, sendBurst, sendCast, sendVolatiles } from './workload.ts';

/** By then everybody must be proven, and by then everything must be over. */
const PROVEN_WITHIN_MS = 50_000;
const OVER_WITHIN_MS = 60_000;
/** What an end may take beyond its time. */
const END_GRACE_MS = 7000;
const PROBE_EVERY_MS = 500;

export class World implements Cast {
  readonly scene: Scene;
  readonly server: SimServer;
  readonly clients: readonly SimClient[];
  #healedAtMs = 0;

  constructor(seed: number, options: TraceOptions = {}) {
    this.scene = new Scene(seed, options);
    this.scene.trace.line('plan', JSON.stringify(this.scene.plan));
    this.server = new SimServer(this.scene);
    this.server.start();
    this.clients = Array.from(
      { length: this.scene.plan.clients },
      (_, index) => new SimClient(`c${index + 1}`, this.scene, this.server),
    );
  }

  async run(): Promise<void> {
    this.scene.hasOpenSession = (name) =>
      this.clients.some(
        ({ process, endpoint }) => process.name === name && endpoint.session.state$.value.status === 'open',
      );
    this.#schedule();
    await this.scene.clock.run(this.scene.plan.safetyMs, () => false);
    this.#endFaults();
    await this.#prove();
    await this.#finish();
  }

  #schedule(): void {
    const { bursts, casts, endingCount, faultCount, faults, safetyMs, silences, volatileBursts } = this.scene.plan;
    const draw = (): number => this.scene.random.integer(0, safetyMs);
    const burstsAtMs = Array.from({ length: bursts }, draw);
    for (const atMs of burstsAtMs) this.scene.clock.schedule(() => sendBurst(this), atMs);
    for (let left = endingCount; left > 0; left -= 1) this.scene.clock.schedule(() => endSession(this), draw());
    for (let left = volatileBursts; left > 0; left -= 1) this.scene.clock.schedule(() => sendVolatiles(this), draw());
    for (let left = casts; left > 0; left -= 1) this.scene.clock.schedule(() => sendCast(this), draw());
    for (const silence of silences) this.scene.clock.schedule(() => fallSilent(this, silence), silence.atMs);
    if (faults.length === 0) return;
    for (let left = faultCount; left > 0; left -= 1) {
      const kind = this.scene.random.pick(faults);
      const atMs = this.scene.random.next() < 0.5 ? draw() : this.#soonAfter(this.scene.random.pick(burstsAtMs));
      this.scene.clock.schedule(() => strike(this, kind), atMs);
    }
  }

  /** While what was sent then is on its way, or its answer is: faults do most when something is half done. */
  #soonAfter(burstAtMs: number): number {
    const { latencyMs, jitterMs, handlerMaxMs, safetyMs } = this.scene.plan;
    const wayMs = latencyMs + jitterMs;
    return Math.min(
      safetyMs,
      burstAtMs + this.scene.random.integer(0, this.scene.random.pick([wayMs, 2 * wayMs, 2 * wayMs + handlerMaxMs])),
    );
  }

  #endFaults(): void {
    this.scene.recorder.note({ type: 'healed' });
    for (const { process } of this.clients) {
      process.awayUntilMs = 0;
      process.unheardUntilMs = 0;
      process.swallowedUntilMs = 0;
    }
    this.server.wakeUp();
    this.scene.weather.calm();
    this.scene.heal();
    this.server.start();
    this.scene.network.heal();
  }

  async #prove(): Promise<void> {
    this.#healedAtMs = this.scene.clock.now();
    const untilMs = this.#healedAtMs + PROVEN_WITHIN_MS;
    const areProven = (): boolean => this.clients.every((client) => client.isProven);
    for (;;) {
      for (const client of this.clients) if (!client.isProven) void client.probe();
      const roundMs = Math.min(untilMs, this.scene.clock.now() + PROBE_EVERY_MS);
      if (await this.scene.clock.run(roundMs, areProven)) return;
      if (roundMs < untilMs) continue;
      for (const { name, isProven } of this.clients)
        if (!isProven) this.scene.stuck(`${name} has no session that works`);
      return;
    }
  }

  /** A goodbye that loses its connection is finished on the next one. */
  #cutFarewells(): void {
    const { latencyMs, farewellCuts, keeping, serverLimits } = this.scene.plan;
    // Whoever waits may have to go.
    if (keeping.windowMs < LONG_WINDOW_MS || serverLimits.maxSessions !== null) return;
    // Whoever sends nothing any more cannot prove its connections, and may come back after a long pause only.
    for (const client of this.clients.filter(({ endpoint }) => !endpoint.hasEndedSending)) {
      for (let left = farewellCuts; left > 0; left -= 1) {
        this.scene.clock.schedule(() => cutClient(this.scene, client), this.scene.random.integer(0, 4 * latencyMs + 5));
      }
    }
  }

  async #finish(): Promise<void> {
    const untilMs = this.#healedAtMs + OVER_WITHIN_MS;
    for (const client of this.clients) client.end(untilMs - END_GRACE_MS - this.scene.clock.now());
    this.#cutFarewells();
    const areOver = (): boolean => this.clients.every((client) => client.isOver);
    if (!(await this.scene.clock.run(untilMs, areOver))) this.scene.stuck('a client does not come to its end');
    this.server.end();
    const isEmpty = (): boolean => this.server.isOver && this.scene.network.links.length === 0;
    if (!(await this.scene.clock.run(untilMs + 10_000, isEmpty)))
      this.scene.stuck('the server does not come to its end');
  }
}
