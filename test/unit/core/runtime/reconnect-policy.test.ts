import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { CloseCause } from '../../../../packages/core/src/errors/close-cause.ts';
import { HeartwireError } from '../../../../packages/core/src/errors/heartwire-error.ts';
import { ReconnectPolicy, type ReconnectOptions } from '../../../../packages/core/src/runtime/reconnect-policy.ts';
import { isError } from '../../../support/is-error.ts';

const RESET: CloseCause = { kind: 'reset' };

function policyWith(options: ReconnectOptions = {}, random = 1): ReconnectPolicy {
  return new ReconnectPolicy(options, () => random);
}

/** The pauses after so many failures in a row. */
function pauses(policy: ReconnectPolicy, count: number, cause: CloseCause = RESET): (number | null)[] {
  return Array.from({ length: count }, () => policy.delayMs(cause, null));
}

function refusedBy(by: 'host' | 'tls' | 'http' | 'application', code: string, retryAfter?: number): CloseCause {
  return { kind: 'refused', by, code, message: '', ...(retryAfter === undefined ? {} : { retryAfter }) };
}

const policy = suite('a reconnect policy');

policy('makes each pause twice as long, up to ten seconds', () => {
  assert.equal(pauses(policyWith(), 8), [250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
});

policy('has its own beginning, factor and maximum', () => {
  assert.equal(pauses(policyWith({ initial: 100, factor: 3, max: 1000 }), 4), [100, 300, 900, 1000]);
});

// Pitfall 24: the random part is drawn for each pause.
policy('leaves half of each pause to chance', () => {
  assert.equal(pauses(policyWith({}, 0), 3), [125, 250, 500]);
  const numbers = [0, 0.5, 1];
  const drawing = new ReconnectPolicy({ factor: 1 }, () => numbers.shift()!);
  assert.equal(pauses(drawing, 3), [125, 187.5, 250]);
});

policy('comes back at a random moment before the first pause is over, when the connection stood', () => {
  assert.equal([policyWith({}, 0).delayMs(RESET, 'proven'), policyWith({}, 0.5).delayMs(RESET, 'proven')], [0, 125]);
});

policy('begins from the first pause again when a connection was of use', () => {
  const one = policyWith();
  pauses(one, 5);
  assert.is(one.stood(0, true), true);
  assert.equal([one.delayMs(RESET, 'proven'), ...pauses(one, 2)], [250, 250, 500]);
});

policy('or stood for a second, and for as long as the pause before it', () => {
  const one = policyWith();
  assert.equal([one.stood(999, false), one.stood(1000, false)], [false, true]);
  pauses(one, 5);
  assert.equal([one.stood(3999, false), one.stood(4000, false)], [false, true]);
  assert.equal(pauses(one, 1), [250]);
});

// Whoever is welcomed and dropped at once, again and again, comes back ever more seldom.
policy('goes on from where it was after a connection that did not prove itself', () => {
  const one = policyWith();
  const unproven = (): number | null => (one.stood(10, false), one.delayMs(RESET, 'unproven'));
  assert.equal([unproven(), unproven(), ...pauses(one, 2), unproven()], [250, 500, 1000, 2000, 4000]);
});

policy('takes a connection that did not prove itself neither for a failed attempt nor for a success', () => {
  const one = policyWith({ attempts: 2 });
  assert.equal(pauses(one, 1), [250]);
  one.stood(10, false);
  assert.is(one.delayMs(RESET, 'unproven'), 500);
  assert.equal(pauses(one, 2), [1000, null]);
});

policy('gives up after so many failures in a row', () => {
  const one = policyWith({ attempts: 2 });
  assert.equal(pauses(one, 3), [250, 500, null]);
  assert.equal(pauses(policyWith({ attempts: 0 }), 1), [null]);
  assert.is(policyWith({ attempts: 0 }).delayMs(RESET, 'proven'), 250);
});

policy('waits as long as the server asks for, and up to twice that', () => {
  const busy = refusedBy('application', 'ERR_HW_BUSY', 5000);
  assert.equal([pauses(policyWith({}, 0), 1, busy), pauses(policyWith({}, 1), 1, busy)], [[5000], [10_000]]);
});

policy('lets no server ask for more than five minutes', () => {
  assert.equal(pauses(policyWith({}, 0), 1, refusedBy('application', 'ERR_HW_BUSY', 1e9)), [300_000]);
});

policy('asks `when` with the cause and the failures in a row', () => {
  const asked: unknown[] = [];
  const one = policyWith({ when: (cause, attempt) => asked.push([cause.kind, attempt]) < 3 });
  one.delayMs(RESET, 'proven');
  one.delayMs({ kind: 'lost' }, null);
  assert.is(one.delayMs({ kind: 'lost' }, null), null);
  assert.equal(asked, [
    ['reset', 0],
    ['lost', 1],
    ['lost', 2],
  ]);
});

const ABOUT: readonly [CloseCause, boolean][] = [
  [{ kind: 'finished' }, true],
  [{ kind: 'lost' }, true],
  [{ kind: 'timeout', of: 'heartbeat', silentFor: 1 }, true],
  [{ kind: 'unreachable', code: 'ENOTFOUND', message: '' }, true],
  [{ kind: 'closed', by: 'peer', code: 0, reason: '' }, false],
  [{ kind: 'destroyed' }, false],
  [{ kind: 'protocol', error: new HeartwireError('ERR_HW_SEQUENCE', { by: 'remote' }) }, false],
  [{ kind: 'protocol', error: new HeartwireError('ERR_HW_TRUNCATED', { by: 'remote' }) }, true],
  [refusedBy('host', 'ECONNREFUSED'), true],
  [refusedBy('tls', 'CERT_HAS_EXPIRED'), false],
  [refusedBy('http', '503'), true],
  [refusedBy('http', '403'), false],
  [refusedBy('http', '408'), true],
  [refusedBy('http', '429'), true],
  [refusedBy('application', 'ERR_HW_AUTH'), false],
  [refusedBy('application', 'ERR_HW_VERSION'), false],
  [refusedBy('application', 'ERR_HW_REJECTED'), false],
  [refusedBy('application', 'ERR_HW_BUSY'), true],
  [refusedBy('application', 'ERR_HW_SHUTTING_DOWN'), true],
  [refusedBy('application', 'ERR_HW_RESUME_UNKNOWN'), true],
  [refusedBy('application', 'ERR_HW_RESUME_MISMATCH'), true],
  [refusedBy('application', 'ERR_HW_RESUME_STALE'), false],
];

for (const [cause, mayHelp] of ABOUT) {
  const detail = 'by' in cause && 'code' in cause ? ` by ${cause.by}, ${cause.code}` : '';
  const error = cause.kind === 'protocol' ? ` ${cause.error.code}` : '';
  policy(`${mayHelp ? 'tries again' : 'does not try again'} after ${cause.kind}${detail}${error}`, () => {
    assert.is(policyWith().delayMs(cause, null) !== null, mayHelp);
  });
}

for (const [name, value] of [
  ['initial', -1],
  ['initial', Number.NaN],
  ['initial', 2 ** 31],
  ['max', 249],
  ['max', 2 ** 31],
  ['factor', 0.9],
  ['attempts', -1],
  ['race', 'yes'],
] as const) {
  policy(`refuses ${name} ${value}`, () => {
    assert.throws(
      () => policyWith({ [name]: value }),
      isError('ERR_HW_OPTION', new RegExp(`reconnect.${name}`), 'local'),
    );
  });
}

policy('lets a client race, unless it does not want to', () => {
  assert.equal([policyWith().mayRace, policyWith({ race: false }).mayRace], [true, false]);
});

policy('takes undefined for “not given”', () => {
  const given = { initial: undefined, when: undefined } as unknown as ReconnectOptions;
  assert.equal(pauses(policyWith(given), 1), [250]);
});
// Without a beginning the end was forgotten, and all clients came at once.
policy('spreads its pauses up to the end that the server gives, also when there is no beginning', () => {
  const leaving: CloseCause = {
    ...refusedBy('application', 'ERR_HW_SHUTTING_DOWN', 0),
    retryWithin: 8000,
  } as CloseCause;
  assert.is(policyWith({ initial: 0 }, 0.5).delayMs(leaving, 'proven'), 4000);
});

policy('begins anew when it is told to: with a part of the first pause, and what failed is forgotten', () => {
  const one = policyWith({ initial: 200, factor: 10 }, 0.5);
  assert.equal(pauses(one, 3), [150, 1500, 7500]);
  assert.is(one.beginAnew(), 100);
  assert.equal(pauses(one, 1), [150]);
});

policy('knows whether the server asked for a pause', () => {
  const one = policyWith({ initial: 200 }, 0.5);
  one.delayMs(refusedBy('application', 'ERR_HW_BUSY', 5000), null);
  assert.is(one.isAskedFor, true);
  pauses(one, 1);
  assert.is(one.isAskedFor, false);
});

policy.run();
