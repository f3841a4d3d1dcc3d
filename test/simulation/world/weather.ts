import type { SeededRandom } from '../../support/seeded-random.ts';
import type { LinkWeather } from '../network/pipe.ts';
import type { DialFate, NetworkWeather } from '../network/sim-network.ts';
import type { Plan } from './plan.ts';

/** The weather that a plan asks for, until it calms down. */
export class PlannedWeather implements NetworkWeather {
  readonly #plan: Plan;
  readonly #random: SeededRandom;
  #isCalm = false;

  constructor(plan: Plan, random: SeededRandom) {
    this.#plan = plan;
    this.#random = random;
  }

  /** Faults are over. The way stays as long as it was: a long way is no fault. */
  calm(): void {
    this.#isCalm = true;
  }

  drawDialFate(): DialFate {
    const { refused, hole, slow } = this.#plan.dialFaults;
    const drawn = this.#random.next();
    if (this.#isCalm || drawn >= refused + hole + slow) return 'open';
    if (drawn < refused) return 'refused';
    return drawn < refused + hole ? 'hole' : 'slow';
  }

  drawLink(): LinkWeather {
    const { latencyMs, jitterMs, maxCuts } = this.#plan;
    return { latencyMs, jitterMs: this.#isCalm ? 0 : jitterMs, maxCuts };
  }
}
