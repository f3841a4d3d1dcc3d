import type { SeededRandom } from '../../support/seeded-random.ts';
import type { LinkWeather } from '../network/pipe.ts';
import type { DialFate, NetworkWeather } from '../network/sim-network.ts';
import type { Plan } from './plan.ts';

/** The weather that a plan asks for, until it calms down. */
export class PlannedWeather implements NetworkWeather {
  readonly #plan: Plan;
  readonly #random: SeededRandom;
  isCalm = false;

  constructor(plan: Plan, random: SeededRandom) {
    this.#plan = plan;
    this.#random = random;
  }

  /** Faults are over. The way stays as long as it was: a long way is no fault. */
  calm(): void {
    this.isCalm = true;
  }

  drawDialFate(): DialFate {
    let drawn = this.#random.next();
    if (this.isCalm) return 'open';
    for (const fate of ['refused', 'hole', 'slow', 'straggling'] as const) {
      drawn -= this.#plan.dialFaults[fate];
      if (drawn < 0) return fate;
    }
    return 'open';
  }

  drawLink(): LinkWeather {
    const { latencyMs, jitterMs, maxCuts } = this.#plan;
    return { latencyMs, jitterMs: this.isCalm ? 0 : jitterMs, maxCuts };
  }
}
