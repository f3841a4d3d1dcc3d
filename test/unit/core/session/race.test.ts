/** When a second connection is made, and when it is given up. What comes of it on real machines is in runtime/racing.test.ts. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  MOVES,
  Race,
  probeTimeoutMs,
  type RaceEvent,
  type RaceState,
} from '../../../../packages/core/src/session/race.ts';

const WAYS: Readonly<Record<RaceState, readonly RaceEvent[]>> = {
  calm: [],
  probing: ['suspected'],
  dialing: ['suspected', 'due'],
  committed: ['suspected', 'due', 'made'],
  pausing: ['suspected', 'due', 'failed'],
};
const STATES = Object.keys(WAYS) as RaceState[];
const EVENTS: readonly RaceEvent[] = [
  'suspected',
  'heard',
  'stalled',
  'woken',
  'due',
  'made',
  'failed',
  'refused',
  'switched',
  'lost',
];

function raceIn(state: RaceState): Race {
  const race = new Race();
  for (const event of WAYS[state]) race.step(event, 0);
  assert.is(race.state, state);
  return race;
}

const race = suite('a race');

race('asks, dials, commits and switches, in this order', () => {
  const one = new Race();
  const acts = (['suspected', 'due', 'made', 'switched'] as const).map((event) => one.step(event, 0));
  assert.equal([acts, one.state], [['probe', 'dial', 'commit', 'switch'], 'calm']);
});

race('is over without a trace when the first connection is heard before the commit', () => {
  const acts = (['probing', 'dialing', 'pausing'] as const).map((state) => {
    const one = raceIn(state);
    const act = one.step('heard', 0);
    return [act, one.state, one.nextDeadlineMs];
  });
  assert.equal(acts, [
    ['nothing', 'calm', Infinity],
    ['abandon', 'calm', Infinity],
    ['nothing', 'calm', Infinity],
  ]);
});

race('is not over when the first connection is heard after the commit', () => {
  const one = raceIn('committed');
  assert.equal([one.step('heard', 0), one.state], [null, 'committed']);
});

race('goes back to the first connection when the server refuses, and tries again after a rest', () => {
  const one = raceIn('committed');
  assert.is(one.step('refused', 100, 700), 'release');
  assert.equal([one.state, one.nextDeadlineMs], ['pausing', 800]);
  assert.is(one.step('due', 800), 'dial');
});

race('asks once more after a stall of ours', () => {
  const one = new Race();
  one.step('suspected', 0, 500);
  assert.equal([one.step('stalled', 10_000, 600), one.nextDeadlineMs], ['probe', 10_600]);
});

race('begins without a suspicion when we were away, is not put off by that, and cuts a rest short', () => {
  const one = new Race();
  assert.equal([one.step('woken', 100, 600), one.state, one.nextDeadlineMs], ['probe', 'probing', 700]);
  assert.equal([one.step('woken', 300, 600), one.nextDeadlineMs], [null, 700]);
  assert.is(one.step('due', 900), 'dial');
  assert.equal([one.step('woken', 950, 600), one.state], [null, 'dialing']);
  one.step('failed', 1000, 60_000);
  assert.equal([one.step('woken', 1100, 600), one.state, one.nextDeadlineMs], ['probe', 'probing', 1700]);
});

race('does in each state what the table says, and nothing else', () => {
  for (const state of STATES) {
    for (const event of EVENTS) {
      const one = raceIn(state);
      const [to, act] = MOVES[state][event] ?? [state, null];
      assert.equal([one.step(event, 0), one.state], [act, to], `${event} in ${state}`);
    }
  }
});
race.run();

const asking = suite('the answer to a probe');

asking('is waited for three times RTO0, but at least 500 ms and at most 3 s', () => {
  assert.equal(
    [1, 166, 300, 1000, 5000].map((rto0Ms) => probeTimeoutMs(rto0Ms, 1000, 0)),
    [500, 500, 900, 3000, 3000],
  );
});

asking('and a random part longer: as much again, or a fifth of the interval, up to 3 s', () => {
  const parts = [1000, 2000, 5000, 15_000, 25_000, Infinity].map(
    (intervalMs) => probeTimeoutMs(200, intervalMs, 1) - 600,
  );
  assert.equal(parts, [600, 600, 1000, 3000, 3000, 3000]);
});
asking.run();
