/**
 * A path that falls silent and heals at any moment of what the client does about it, or never: how soon the session works again, and what became of the messages
 * (promises P3, P15, PROTOCOL.md §23). In virtual time; everything follows from the seed.
 */
import type { AnySession } from '@heartwire/core';
import { probeTimeoutMs } from '../../packages/core/src/session/race.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { TwoWays } from '../support/two-ways.ts';

export interface HealingPathResult {
  /** What was wrong, or null. */
  readonly fault: string | null;
  readonly healed: boolean;
  readonly raced: boolean;
  readonly resumed: boolean;
  /** From *suspect* to *alive*, and what it may be at most; 0 where nobody became suspicious. */
  readonly workingAfterMs: number;
  readonly boundMs: number;
}

const INTERVAL_MS = 2000;
/** The steps in which virtual time passes here. */
const STEP_MS = 10;
const SAY_EVERY_MS = 60;
const DIRECTIONS = [undefined, undefined, undefined, 'down', 'down', 'up'] as const;

export async function runHealingPath(seed: number): Promise<HealingPathResult> {
  const random = new SeededRandom(seed);
  const latencyMs = random.integer(0, 200);
  const jitterMs = random.integer(0, 30);
  const dialMs = random.integer(0, 400);
  const ways = await new TwoWays(seed).open({ random: random.next });
  for (const way of [ways.first, ways.second]) {
    way.latency(latencyMs, jitterMs);
    if (random.next() < 0.3) way.slice(random.integer(1, 40));
  }
  ways.dialMs = dialMs;
  const talk = new Talk(ways.client, ways.peer);
  await talk.during(ways, 1500);
  const direction = DIRECTIONS[random.integer(0, DIRECTIONS.length - 1)];
  ways.first.blackhole(direction);
  const rto0Ms = (): number => {
    const { srtt, rttvar } = ways.client.liveness$.value;
    return Math.max(200, srtt! + 4 * rttvar!);
  };
  // Where only what we send is swallowed, the client is never suspicious of a server that goes on talking; the server finds out.
  const suspectAtMs = direction === 'up' ? ways.clock.now() : await talk.until(ways, ways.isSuspected);
  const roundTripMs = 2 * (latencyMs + jitterMs);
  const boundMs = probeTimeoutMs(rto0Ms(), INTERVAL_MS, 1) + dialMs + 2 * roundTripMs + STEP_MS;
  const heals = direction === 'up' || random.next() < 0.8;
  const healAtMs = heals ? suspectAtMs + random.next() * boundMs : Infinity;
  let workingAfterMs = 0;
  for (let isHealed = false; !isHealed || workingAfterMs === 0;) {
    await talk.during(ways, STEP_MS);
    const nowMs = ways.clock.now();
    if (!isHealed && nowMs >= healAtMs) ways.first.heal();
    isHealed = nowMs >= healAtMs || !heals;
    if (workingAfterMs === 0 && !ways.isSuspected()) workingAfterMs = nowMs - suspectAtMs;
    if (nowMs - suspectAtMs > 30_000) break;
  }
  await ways.clock.advance(5000);
  const types = new Set(ways.events.map(({ type }) => type));
  const result = {
    healed: heals,
    raced: types.has('racing'),
    resumed: types.has('resumed'),
    workingAfterMs,
    boundMs,
  };
  const late = workingAfterMs > boundMs ? `it worked after ${workingAfterMs} ms, at most ${boundMs}` : null;
  const fault = types.has('gap') ? 'there was a gap' : (talk.fault ?? late);
  const left = await ways.close();
  return { fault: fault ?? (left > 0 ? `${left} timers are left` : null), ...result };
}

/** Numbers one after the other, in both directions, and what arrived of them. */
class Talk {
  readonly #sides: readonly AnySession[];
  readonly #heard: number[][] = [[], []];
  #said = 0;
  #nextMs = 0;

  constructor(client: AnySession, peer: AnySession) {
    this.#sides = [client, peer];
    client.handle('say', (number: number) => void this.#heard[1]!.push(number));
    peer.handle('say', (number: number) => void this.#heard[0]!.push(number));
  }

  async during({ clock }: TwoWays, ms: number): Promise<void> {
    for (let leftMs = ms; leftMs > 0; leftMs -= STEP_MS) {
      if (clock.now() >= this.#nextMs) {
        this.#nextMs = clock.now() + SAY_EVERY_MS;
        for (const side of this.#sides) side.send('say', this.#said).catch(() => {});
        this.#said += 1;
      }
      await clock.advance(STEP_MS);
    }
  }

  async until(ways: TwoWays, isSo: () => boolean): Promise<number> {
    for (const endMs = ways.clock.now() + 20_000; !isSo();) {
      if (ways.clock.now() > endMs) throw new Error('nobody became suspicious');
      await this.during(ways, STEP_MS);
    }
    return ways.clock.now();
  }

  /** Null when everything arrived, once and in order. */
  get fault(): string | null {
    for (const heard of this.#heard) {
      const at = Array.from({ length: this.#said }, (_, number) => number).findIndex(
        (number) => heard[number] !== number,
      );
      if (at >= 0) return `${heard[at] ?? 'nothing'} in place of ${at}, of ${this.#said}`;
      if (heard.length > this.#said) return `${heard.length} arrived of ${this.#said}`;
    }
    return null;
  }
}
