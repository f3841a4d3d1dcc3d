/**
 * Random histories: two sessions that send, ask, refuse, dawdle, say goodbye and lose their connection at random. Whatever happens, both
 * memories must agree at the end. A failure names its seed; `SEED=n node --conditions=development --import tsx <this file>` runs that one alone.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SeededRandom } from '../../../support/seeded-random.ts';
import {
  HANDLED,
  SessionPair,
  assertTrueOutcomes,
  refusedWith,
  tally,
  type SessionEnd,
  type SessionEndOptions,
} from '../../../support/session-pair.ts';

const SEEDS = 600;
const only = process.env['SEED'];

/** What is consumed; one more type is sent than that. */
const TYPES = ['say', 'shout', 'ask', 'look'] as const;

class History {
  readonly pair: SessionPair;
  readonly #random: SeededRandom;
  /** Handlers that run, and when they will have finished. */
  readonly #running: { readonly end: SessionEnd; readonly text: string; readonly atMs: number }[] = [];
  #count = 0;

  constructor(seed: number) {
    const random = new SeededRandom(seed);
    this.#random = random;
    const sliceMax = random.pick([10, 100, 1000, 100_000]);
    this.pair = new SessionPair({
      seed,
      latencyMs: random.pick([0, 1, 5]),
      slice: (pieces) => pieces.integer(1, sliceMax),
      client: this.#endOptions(),
      server: this.#endOptions(),
    });
    for (const end of this.pair.ends) {
      end.onMessage = (_, text) => {
        if (random.integer(0, 3) > 0) return this.#verdict();
        this.#running.push({ end, text, atMs: this.pair.nowMs + random.integer(0, 40) });
        return null;
      };
    }
  }

  run(): void {
    const random = this.#random;
    const endsAt = random.integer(3, 30);
    for (let tick = 0; tick < endsAt; tick += 1) {
      for (const end of this.pair.ends) this.#act(end);
      this.pair.advance(random.integer(0, 3));
      this.#finishDue();
    }
    this.#end();
    for (let tick = 0; tick < 200 && !this.#isOver; tick += 1) {
      if (random.integer(0, 3) === 0) this.#act(random.pick(this.pair.ends));
      this.pair.advance(5);
      this.#finishDue();
    }
    this.pair.cut();
    this.#finishAll();
  }

  get #isOver(): boolean {
    return this.pair.ends.every(({ session }) => session.status === 'closed');
  }

  /** Small limits, so that they are reached. */
  #endOptions(): SessionEndOptions {
    const random = this.#random;
    return {
      consumes: TYPES,
      outbox: { maxMessages: random.pick([5, 1000]), maxBytes: random.pick([3000, 1_000_000]) },
      announcement: {
        frameMaxBytes: random.pick([1024, 65_536]),
        messageMaxBytes: 4000,
        windowMessages: random.pick([1, 3, 50]),
        windowBytes: random.pick([4000, 100_000]),
        maxRequests: random.pick([1, 3, 50]),
      },
    };
  }

  #act(end: SessionEnd): void {
    const random = this.#random;
    for (let left = random.pick([0, 0, 1, 1, 2, 8]); left > 0; left -= 1) {
      this.#count += 1;
      // Some are larger than the peer accepts.
      const bytes = random.pick([0, 0, 0, 0, 0, 0, 100, 800, 4000, 4001]);
      const text = `${end === this.pair.client ? 'c' : 's'}${this.#count}`;
      if (random.integer(0, 2) === 0) end.request(text, bytes, random.pick(['ask', 'look', 'unknown']));
      else end.send(text, bytes, random.pick(['say', 'shout', 'say', 'unknown']));
    }
  }

  #verdict(): ReturnType<typeof refusedWith> {
    return this.#random.integer(0, 4) === 0 ? refusedWith('no') : HANDLED;
  }

  #finishDue(): void {
    for (const each of this.#running.splice(0)) {
      if (each.atMs > this.pair.nowMs) this.#running.push(each);
      else each.end.finish(each.text, this.#verdict());
    }
    this.pair.settle();
  }

  /** Every handler ends at last, also after the session has. */
  #finishAll(): void {
    while (this.#running.length > 0) {
      const { end, text } = this.#running.shift()!;
      end.finish(text, this.#verdict());
      this.pair.settle();
    }
  }

  #end(): void {
    const random = this.#random;
    const end = random.pick(this.pair.ends);
    const timeoutMs = random.pick([1, 20, 500, 5000]);
    switch (random.integer(0, 5)) {
      case 0:
        return this.pair.cut();
      case 1:
        return end.destroy();
      case 2:
        return this.pair.ends.forEach((each) =>
          each.sayGoodbye({ timeoutMs, sendWaiting: random.integer(0, 1) === 0 }),
        );
      case 3:
        end.sayGoodbye({ timeoutMs });
        return (this.pair.advance(random.integer(0, 10)), this.pair.cut());
      default:
        return end.sayGoodbye({ timeoutMs, sendWaiting: random.integer(0, 1) === 0 });
    }
  }
}

function check(seed: number): Record<string, number> {
  const history = new History(seed);
  history.run();
  const { pair } = history;
  assertTrueOutcomes(pair);
  const isAgreed = pair.ends.every(({ closed }) => closed?.cause.kind === 'closed');
  const seen: Record<string, number> = { [pair.client.closed!.cause.kind]: 1 };
  for (const end of pair.ends) {
    assert.ok(end.session.inbox.isEmpty, 'the inbox is empty');
    assert.is(end.session.inbox.unanswered, 0, 'no request is unanswered');
    const outcomes = tally(end);
    // A goodbye of both sides is the proof that nothing is in doubt.
    if (isAgreed) assert.is(outcomes['unknown'], undefined, 'nothing is in doubt after a goodbye');
    for (const [outcome, count] of Object.entries(outcomes)) seen[outcome] = (seen[outcome] ?? 0) + count;
  }
  return seen;
}

const random = suite('a random history');

random(only === undefined ? `ends in the truth (${SEEDS} seeds)` : `ends in the truth (seed ${only})`, () => {
  const seen: Record<string, number> = {};
  const seeds = only === undefined ? Array.from({ length: SEEDS }, (_, at) => at + 1) : [Number(only)];
  for (const seed of seeds) {
    try {
      for (const [what, count] of Object.entries(check(seed))) seen[what] = (seen[what] ?? 0) + count;
    } catch (error) {
      throw new Error(`seed ${seed}: ${(error as Error).message} (run it alone: SEED=${seed})`, { cause: error });
    }
  }
  if (only !== undefined) return;
  // A history in which nothing ever goes wrong, or nothing ever goes well, would prove nothing.
  for (const what of [
    'handled',
    'refused',
    'not-delivered',
    'unknown',
    'overflow',
    'closed',
    'reset',
    'timeout',
    'destroyed',
  ]) {
    assert.ok((seen[what] ?? 0) >= 20, `${what}: ${seen[what] ?? 0} times only`);
  }
  assert.is(seen['protocol'], undefined, 'two good sessions never find each other at fault');
});
random.run();
