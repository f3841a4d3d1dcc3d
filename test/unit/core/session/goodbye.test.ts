import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  Goodbye,
  GOODBYE_TRANSITIONS,
  type GoodbyeEvent,
  type HalfState,
} from '../../../../packages/core/src/session/goodbye.ts';

const STATES: readonly HalfState[] = ['open', 'goodbye', 'done'];
const EVENTS: Readonly<Record<'sending' | 'receiving', readonly [GoodbyeEvent, GoodbyeEvent]>> = {
  sending: ['write-goodbye', 'receive-goodbye-ack'],
  receiving: ['receive-goodbye', 'write-goodbye-ack'],
};
const ALL_EVENTS = [...EVENTS.sending, ...EVENTS.receiving];

/** A goodbye whose halves are in these states. */
function goodbyeIn(sending: HalfState, receiving: HalfState): Goodbye {
  const goodbye = new Goodbye();
  for (const [half, state] of [['sending', sending] as const, ['receiving', receiving] as const]) {
    for (const event of EVENTS[half].slice(0, STATES.indexOf(state))) assert.ok(goodbye.step(event));
  }
  assert.equal([goodbye.sending, goodbye.receiving], [sending, receiving]);
  return goodbye;
}

const table = suite('the goodbye');

for (const sending of STATES) {
  for (const receiving of STATES) {
    for (const event of ALL_EVENTS) {
      const half = EVENTS.sending.includes(event) ? 'sending' : 'receiving';
      const before = half === 'sending' ? sending : receiving;
      const next = GOODBYE_TRANSITIONS[half][before][event];
      const title = `sending ${sending}, receiving ${receiving}: ${event} ${next === undefined ? 'is refused' : `leads to ${next}`}`;
      table(title, () => {
        const goodbye = goodbyeIn(sending, receiving);
        assert.is(goodbye.step(event), next !== undefined);
        assert.is(goodbye.sending, half === 'sending' ? (next ?? sending) : sending);
        assert.is(goodbye.receiving, half === 'receiving' ? (next ?? receiving) : receiving);
      });
    }
    table(
      `sending ${sending}, receiving ${receiving}: ${sending === 'done' && receiving === 'done' ? 'is' : 'is not'} complete`,
      () => {
        assert.is(goodbyeIn(sending, receiving).isComplete, sending === 'done' && receiving === 'done');
      },
    );
  }
}

table('walks each half through two events, in this order only', () => {
  for (const half of ['sending', 'receiving'] as const) {
    const walked = STATES.flatMap((state) => Object.entries(GOODBYE_TRANSITIONS[half][state]));
    assert.equal(walked, [
      [EVENTS[half][0], 'goodbye'],
      [EVENTS[half][1], 'done'],
    ]);
  }
});
table.run();
