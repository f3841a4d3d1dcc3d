/** A session that a marble diagram plays: its states and its liveness come from two diagrams, in the virtual time of RxJS. */
import type { AnySession, Liveness, SessionState } from '@heartwire/core';
import { StateSource } from '@heartwire/core/transport';
import * as assert from 'uvu/assert';
import { TestScheduler } from 'rxjs/testing';

export type MarbleSession = Pick<AnySession, 'state$' | 'liveness$'>;
export type Helpers = Parameters<Parameters<TestScheduler['run']>[0]>[0];

export const LOST = { kind: 'reset' } as const;
export const GOODBYE = { kind: 'closed', by: 'peer', code: 0, reason: 'bye' } as const;

/** c connecting, o open, s suspended, d draining, x lost for good, g ended in order. */
const STATES: Readonly<Record<string, SessionState>> = {
  c: { status: 'connecting', attempt: 1 },
  o: { status: 'open', epoch: 1, resumed: false },
  s: { status: 'suspended', cause: LOST, retryAt: null, expiresAt: 0 },
  d: { status: 'draining', unsettled: 0 },
  x: { status: 'closed', cause: LOST },
  g: { status: 'closed', cause: GOODBYE },
};

const LETTERS = { u: 'unknown', a: 'alive', s: 'suspect', d: 'dead' } as const;

function liveness(status: Liveness['status']): Liveness {
  const nothing = {
    rtt: null,
    srtt: null,
    rttvar: null,
    minRtt: null,
    lastHeardAt: null,
    loopLag: 0,
    backlogged: false,
  };
  return { status, suspicion: 0, ...nothing };
}

/** Plays `states` (letters of {@link STATES}) and `livenesses` (u, a, s, d: the first letter of the status). An end of the session ends both streams. */
export function play({ cold }: Helpers, states: string, livenesses: string): MarbleSession {
  const state = new StateSource<SessionState>(STATES['c']!);
  const life = new StateSource<Liveness>(liveness('unknown'));
  cold(states, { ...STATES }).subscribe((value) => {
    state.set(value);
    if (value.status !== 'closed') return;
    state.complete();
    life.complete();
  });
  const statuses = Object.fromEntries(Object.entries(LETTERS).map(([letter, status]) => [letter, liveness(status)]));
  cold(livenesses, statuses).subscribe((value) => life.set(value));
  return { state$: state.stream, liveness$: life.stream };
}

/** Runs a test in which time is a diagram. */
export function marbles(test: (helpers: Helpers) => void): () => void {
  return () => new TestScheduler((actual, expected) => assert.equal(actual, expected)).run(test);
}
