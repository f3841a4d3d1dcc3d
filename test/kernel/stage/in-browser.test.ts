import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { inBrowser } from './in-browser.ts';
import type { Expected, Situation } from './situation.ts';

const STATES = ['dialing', 'open', 'closed'];
const LOST = { states: STATES, cause: 'lost', evidence: { wsCode: 1006, wsClean: false } };

function situationOf(expected: Omit<Expected, 'states'>, more: Partial<Situation> = {}): Situation {
  const happen = async (): Promise<void> => {};
  const head = { name: 'one', title: 'One', place: 'loopback', transports: ['tcp', 'ws', 'wss'] } as const;
  return { ...head, happen, expected: { states: STATES, ...expected }, ...more };
}

function expectedIn(situation: Situation): Expected {
  const { expected } = inBrowser(situation)!;
  return typeof expected === 'function' ? expected('ws') : expected;
}

const browser = suite('what must be seen in a page');

browser('is lost where there was no close code', () => {
  for (const cause of ['finished', 'reset', 'timeout of kernel', 'refused by http (404)', 'protocol by remote (X)']) {
    assert.equal(expectedIn(situationOf({ cause, evidence: { errno: 'ECONNRESET' } })), LOST, cause);
    assert.equal(expectedIn(situationOf({ cause, evidence: { wsCode: 1006 } })), LOST, cause);
  }
});

browser('is what a close code says, what we decided, and nothing where there is nothing', () => {
  for (const expected of [
    { cause: 'refused by application (4000)', evidence: { wsCode: 4000 } },
    { cause: 'timeout of dial' },
    { cause: 'closed by peer (0)' },
    { cause: null },
  ]) {
    assert.equal(expectedIn(situationOf(expected)), { states: STATES, ...expected });
  }
});

browser('is what the situation says of it', () => {
  const situation = situationOf({ cause: 'reset' }, { inBrowser: { cause: 'destroyed' } });
  assert.is(expectedIn(situation).cause, 'destroyed');
});

browser('is asked over WebSocket only', () => {
  assert.equal(inBrowser(situationOf({ cause: null }))?.transports, ['ws', 'wss']);
  assert.is(inBrowser(situationOf({ cause: null }, { transports: ['tcp', 'unix'] })), null);
});

browser.run();
