// The table alone; that connections keep to it is tested in connection-frames.test.ts, and that it is PROTOCOL.md's in test/vectors.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  INITIAL_STATE,
  nextState,
  TRANSITIONS,
  type ConnectionState,
} from '../../../../packages/core/src/connection/connection-state.ts';
import { FrameType } from '../../../../packages/core/src/wire/frame-type.ts';

const states = suite('connection states');

states('a client waits for WELCOME, a server for HELLO', () => {
  assert.is(INITIAL_STATE.client, 'awaiting-welcome');
  assert.is(INITIAL_STATE.server, 'awaiting-hello');
});

const ALLOWED: Readonly<Record<ConnectionState, readonly string[]>> = {
  'awaiting-welcome': ['WELCOME', 'REJECT'],
  'awaiting-hello': ['HELLO'],
  deciding: [],
  open: [
    'PING',
    'PONG',
    'ACK',
    'MESSAGE',
    'REQUEST',
    'REPLY',
    'REFUSAL',
    'VOID',
    'VOLATILE',
    'CANCEL',
    'GOAWAY',
    'GOODBYE',
    'GOODBYE_ACK',
    'REFUSAL_ACK',
  ],
  closed: [],
};

for (const [state, allowed] of Object.entries(ALLOWED) as [ConnectionState, readonly string[]][]) {
  states(`${state}: ${allowed.join(', ') || 'nothing'} may come`, () => {
    const found = Object.entries(FrameType).filter(([, type]) => nextState(state, type) !== undefined);
    assert.equal(
      found.map(([name]) => name),
      allowed,
    );
  });
}

states('every state can be reached, and every next state exists', () => {
  const reached = new Set<string>([...Object.values(INITIAL_STATE), 'closed', 'open']);
  for (const transitions of Object.values(TRANSITIONS))
    for (const next of Object.values(transitions)) reached.add(next);
  assert.equal([...reached].sort(), Object.keys(TRANSITIONS).sort());
});

states.run();
