/** What everybody in one run shares: its time, its chance, its network, and the book in which everything is written down. */
import { SeededRandom } from '../../support/seeded-random.ts';
import { Recorder } from '../history/recorder.ts';
import { Trace, type TraceOptions } from '../history/trace.ts';
import { watchFrames } from '../network/frame-watch.ts';
import { watchWays } from '../network/way-watch.ts';
import { watchRaces } from '../network/race-watch.ts';
import { SimNetwork } from '../network/sim-network.ts';
import { Casts } from './casts.ts';
import type { OperationPlan } from './operation.ts';
import { drawPlan, type Plan } from './plan.ts';
import { withSilences } from './silence-plan.ts';
import { VirtualClock } from './virtual-clock.ts';
import { PlannedWeather } from './weather.ts';

export class Scene {
  readonly clock: VirtualClock = new VirtualClock();
  /** For what happens and when. The network and each process draw from numbers of their own. */
  readonly random: SeededRandom;
  readonly plan: Plan;
  readonly trace: Trace;
  readonly recorder: Recorder;
  readonly weather: PlannedWeather;
  readonly network: SimNetwork;
  /** Every operation of the run; its number is its place. */
  readonly operations: OperationPlan[] = [];
  readonly casts: Casts = new Casts();
  /** Whether the client that this process is has a session that is open. */
  hasOpenSession: (process: string) => boolean = () => false;
  /** Resolves when the faults are over: a handler that hangs goes on then. */
  readonly healed: Promise<void>;
  /** Resolves `healed`. */
  heal!: () => void;
  #numbers = 0;
  #volatiles = 0;

  constructor(seed: number, options: TraceOptions) {
    this.random = new SeededRandom(seed);
    this.plan = withSilences(drawPlan(seed, this.random));
    this.trace = new Trace(this.clock, options);
    this.recorder = new Recorder(this.clock, this.trace);
    this.weather = new PlannedWeather(this.plan, new SeededRandom(this.drawSeed()));
    const networkRandom = new SeededRandom(this.drawSeed());
    const ways = watchWays(watchFrames(this.trace), this.clock, this.recorder);
    const watcher = watchRaces(ways, this.clock, this.recorder);
    this.network = new SimNetwork(this.clock, networkRandom, this.weather, watcher);
    const { reconnects, resumes, isKept } = this.plan.keeping;
    if (reconnects && resumes && isKept) this.recorder.note({ type: 'remembering' });
    this.healed = new Promise((resolve) => {
      this.heal = resolve;
    });
  }

  drawSeed(): number {
    return this.random.integer(0, 2 ** 31);
  }

  /** Numbers volatile values. */
  nextVolatile(): number {
    return (this.#volatiles += 1);
  }

  /** Something that had to happen did not. */
  stuck(what: string): void {
    this.recorder.note({ type: 'stuck', what });
  }

  /** Numbers session objects, and the calls that end them. */
  nextNumber(): number {
    return (this.#numbers += 1);
  }
}
