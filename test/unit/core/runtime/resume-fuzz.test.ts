// test-limit: 180s
/**
 * Ten thousand attempts to resume somebody's session that are wrong in one way each: every one is refused with the right word, and after every one the whole
 * state of the server is what it was, down to the private members and the deadlines. Then the rightful client comes back. Promises P3, P18; D5, T17.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { differenceOf } from '../../../support/deep-state.ts';
import { RawAttempt } from '../../../support/raw-attempt.ts';
import { ATTACKS, SLOW_ATTACKS, goodHello, type Aim, type Attack } from '../../../support/resume-attacks.ts';
import { ResumeStage } from '../../../support/resume-stage.ts';
import { SeededRandom } from '../../../support/seeded-random.ts';

const ATTEMPTS = 10_000;
/** Of so many attempts, one pair is pending at once. */
const PAIR_EVERY = 40;

class Siege {
  readonly stage: ResumeStage;
  readonly #random = new SeededRandom(1);
  readonly #hash: string;
  readonly #lines: readonly string[];
  /** How often each kind got each answer. */
  readonly table = new Map<string, Map<string, number>>();
  attempts = 0;

  constructor(stage: ResumeStage) {
    this.stage = stage;
    this.#hash = stage.hash();
    this.#lines = stage.lines();
  }

  async attackOnce(kind: string): Promise<void> {
    const attack = ATTACKS[kind]!(this.#aim());
    const attempt = this.#begin(attack);
    await this.stage.settle();
    if (attack.isAbandoned === true) attempt.abort();
    if (attack.isAbandoned === true) await this.stage.settle();
    if (attack.gate !== undefined) {
      this.stage.openGate(attack.gate);
      await this.stage.settle();
    }
    this.#judge(kind, attack, attempt);
    this.#assertUnchanged(kind);
  }

  /** Two attempts for one session are pending at once; their credentials are looked up in either order. */
  async attackTwice(): Promise<void> {
    const kinds = [0, 1].map(() => this.#random.pick(Object.keys(SLOW_ATTACKS)));
    const aim = this.#aim();
    const pending = kinds.map((kind) => {
      const attack = SLOW_ATTACKS[kind]!({ ...aim, number: this.attempts });
      return { kind, attack, attempt: this.#begin(attack) };
    });
    await this.stage.settle();
    const order = this.#random.next() < 0.5 ? pending : [...pending].reverse();
    for (const { attack } of order) {
      this.stage.openGate(attack.gate!);
      await this.stage.settle();
    }
    for (const { kind, attack, attempt } of pending) this.#judge(`pending beside another: ${kind}`, attack, attempt);
    this.#assertUnchanged(kinds.join(' beside '));
  }

  #aim(): Aim {
    const { stage } = this;
    const victim = this.#random.pick([stage.away, stage.away, stage.connected, stage.other]);
    return { stage, victim, random: this.#random, number: this.attempts };
  }

  #begin({ bytes, endsAtOnce }: Attack): RawAttempt {
    this.attempts += 1;
    const isWhole = this.#random.next() < 0.7;
    const pieces = isWhole ? [bytes] : this.#random.pieces(bytes, this.#random.pick([40, 1000]));
    return new RawAttempt(this.stage.dialer, pieces, endsAtOnce);
  }

  #judge(kind: string, { answers }: Attack, attempt: RawAttempt): void {
    const { answer } = attempt;
    const row = this.table.get(kind) ?? new Map<string, number>();
    row.set(answer, (row.get(answer) ?? 0) + 1);
    this.table.set(kind, row);
    assert.ok(
      answers.includes(answer),
      `${kind} (attempt ${this.attempts}): ${answer} instead of ${answers.join(' or ')}`,
    );
    assert.ok(attempt.isGone, `${kind} (attempt ${this.attempts}): the connection stands`);
  }

  #assertUnchanged(kind: string): void {
    if (this.stage.hash() === this.#hash) return;
    assert.unreachable(`${kind} (attempt ${this.attempts}) changed\n${differenceOf(this.#lines, this.stage.lines())}`);
  }

  print(): void {
    for (const [kind, answers] of this.table) {
      const counts = [...answers].map(([answer, count]) => `${count} ${answer}`);
      console.log(`${kind.padEnd(60)} ${counts.join(', ')}`);
    }
  }
}

const siege = suite('ten thousand wrong attempts to resume');

siege('are refused with the right word, change nothing, and harm nobody', async () => {
  const one = new Siege(await ResumeStage.set());
  const kinds = Object.keys(ATTACKS);
  for (let turn = 0; one.attempts < ATTEMPTS; turn += 1) {
    if (turn % PAIR_EVERY === 0) await one.attackTwice();
    else await one.attackOnce(kinds[turn % kinds.length]!);
  }
  one.print();
  const { stage } = one;
  const { away, connected, other } = stage;
  await stage.finish();
  assert.equal(stage.statuses, ['open', 'open', 'open']);
  assert.equal(away.client.state$.value, { status: 'open', epoch: 6, resumed: true });
  for (const { sent, heard } of [away, connected, other]) assert.equal(heard, sent);
  await stage.close();
});

for (const [which, order] of [
  ['the later one', [1, 0]],
  ['the earlier one', [0, 1]],
] as const) {
  siege(`leave the session to the later of two good attempts when ${which} is let in first`, async () => {
    const stage = await ResumeStage.set();
    const attempt = stage.attemptOf(stage.away);
    const good = [1, 2].map((more) => {
      const bytes = goodHello({ stage, victim: stage.away, random: new SeededRandom(1), number: more }, attempt + more);
      return new RawAttempt(stage.dialer, [bytes]);
    });
    await stage.settle();
    for (const at of order) {
      stage.openGate(at + 1);
      await stage.settle();
    }
    const isLaterFirst = order[0] === 1;
    assert.equal(
      good.map(({ answer, isGone }) => [answer, isGone]),
      [
        [isLaterFirst ? 'REJECT ERR_HW_RESUME_STALE' : 'WELCOME', true],
        ['WELCOME', false],
      ],
    );
    assert.equal(stage.statuses, ['open', 'open', 'open']);
    good[1]!.abort();
    await stage.settle();
    assert.is(stage.statuses[0], 'suspended');
    await stage.close();
  });
}

siege('would be found out if one of them left a trace', async () => {
  const stage = await ResumeStage.set();
  const before = [stage.hash(), stage.lines()] as const;
  stage.connected.client.send('say', 'a trace').catch(() => {});
  await stage.settle();
  assert.is.not(stage.hash(), before[0]);
  assert.match(differenceOf(before[1], stage.lines()), /received/);
  await stage.close();
});
siege.run();
