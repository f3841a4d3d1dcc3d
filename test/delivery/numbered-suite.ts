/** The runs of numbered messages as tests: the short and the long form differ in their numbers only. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { RECONNECT, runNumbered, type Direction, type NumberedRunResult, type Transport } from './numbered-run.ts';

export interface NumberedCase {
  readonly transports: readonly Transport[];
  readonly directions: readonly Direction[];
}

export interface NumberedSize {
  readonly messages: number;
  readonly cuts: number;
  readonly seed: number;
  readonly deadlineMs: number;
}

/** Queues a suite with one test for each case. */
export function testNumbered(cases: readonly NumberedCase[], size: NumberedSize): void {
  const test = suite('messages over connections that are cut');
  for (const { transports, directions } of cases) {
    const how = `${transports.join(' and ')} in turn, ${directions.join(' and ')}`.replace(/^(\w+) in turn/, '$1');
    test(`${how}: ${size.messages} messages and ${size.cuts} cuts, each handled once and in order`, async () => {
      const result = await runNumbered({ transports, directions, ...size });
      tell(how, size, result);
      const expected = { outcomes: { handled: size.messages }, lost: 0, duplicated: 0, reordered: 0 };
      assert.equal(result.directions, Object.fromEntries(directions.map((direction) => [direction, expected])));
      assert.equal([result.otherEvents, result.sessions, result.usedTransports], [[], 1, [...transports].sort()]);
      assert.is(result.cuts, size.cuts);
      // A connection that is cut before its WELCOME resumes nothing.
      assert.ok(result.resumed > size.cuts / 3, `${result.resumed} times resumed`);
      assert.ok(result.cutInHandshake > 0);
    });
  }
  test.run();
}

function tell(how: string, { messages, seed }: NumberedSize, result: NumberedRunResult): void {
  const { cuts, cutInHandshake, resumed, seconds } = result;
  const sums = Object.entries(result.directions).map(
    ([direction, { outcomes, lost, duplicated, reordered }]) =>
      `${direction}: ${JSON.stringify(outcomes)}, ${lost} lost, ${duplicated} duplicated, ${reordered} reordered`,
  );
  console.log(
    `${how}, ${messages} messages, seed ${seed}: ${cuts} cuts (${cutInHandshake} in the handshake), ${resumed} times resumed, ` +
      `pauses from ${RECONNECT.initial} to ${RECONNECT.max} ms, ${seconds.toFixed(1)} s\n  ${sums.join('\n  ')}`,
  );
}
