import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Hello, Position, Resumption, Tombstone } from '../../../../packages/core/src/connection/handshake.ts';
import type { SessionHandle } from '../../../../packages/core/src/runtime/session-handle.ts';
import { hashToken } from '../../../../packages/core/src/runtime/token-hash.ts';
import { SessionRegister } from '../../../../packages/core/src/runtime/session-register.ts';

const TOKEN = new Uint8Array(32).fill(1);

const TOMBSTONE: Tombstone = { received: 3, digest: 1, isGoodbyeDone: false, lastWords: new Uint8Array(4) };

const LIMITS = { keepMs: 60_000, maxBytes: 10_000, maxPerPrincipal: 4 };

interface Known {
  status: string;
  isConfirmed: boolean;
  isWorking: boolean;
  /** What was asked of the session. */
  readonly asked: Position[];
}

function registered(
  mayResume = true,
  hash?: (token: Uint8Array) => Uint8Array,
): { register: SessionRegister; handle: SessionHandle; known: Known } {
  const known: Known = { status: 'suspended', isConfirmed: true, isWorking: false, asked: [] };
  const session = {
    get status() {
      return known.status;
    },
    get isWorking() {
      return known.isWorking;
    },
    get isConfirmed() {
      return known.isConfirmed;
    },
    takeTombstone: () => TOMBSTONE,
    mayResume(position: Position) {
      known.asked.push(position);
      return mayResume;
    },
  };
  const handle = { id: 's', driver: { session } } as unknown as SessionHandle;
  const register = new SessionRegister(LIMITS, hash);
  register.add(handle, TOKEN, 'anna', 3, 0);
  return { register, handle, known };
}

function ask(
  register: SessionRegister,
  changes: Partial<Resumption> = {},
  attempt = 4,
  principal = 'anna',
  nowMs = 0,
): unknown {
  const position = { received: 0, digest: 0, isGoodbyeDone: false };
  const resumption = { session: 's', token: TOKEN, ...position, ...changes };
  return register.admit(resumption, { attempt } as Hello, principal, nowMs);
}

function refusal(code: string, more: object = {}): unknown {
  return { code, retryAfterMs: null, tombstone: null, ...more };
}

const register = suite('the register of sessions');

register('admits whoever has the token, is the same principal, and comes later', () => {
  const { register: one, handle } = registered();
  assert.equal(ask(one), { handle });
});

register('admits an attempt once: then it is the epoch', () => {
  const { register: one, handle } = registered();
  ask(one);
  assert.equal(ask(one), refusal('ERR_HW_RESUME_STALE'));
  assert.equal(ask(one, {}, 5), { handle });
});

register('takes no attempt that is not above that of the connection that began it', () => {
  const { register: one } = registered();
  for (const attempt of [1, 2, 3]) assert.equal(ask(one, {}, attempt), refusal('ERR_HW_RESUME_STALE'));
});

for (const [what, changes, principal] of [
  ['an unknown session', { session: 'x' }, 'anna'],
  ['an unknown session with an empty token', { session: 'x', token: new Uint8Array(32) }, 'anna'],
  ['a token that differs in its first byte', { token: new Uint8Array([9, ...TOKEN.slice(1)]) }, 'anna'],
  ['a token that differs in its last byte', { token: new Uint8Array([...TOKEN.slice(1), 9]) }, 'anna'],
  ['a token that is longer', { token: new Uint8Array([...TOKEN, 1]) }, 'anna'],
  ['a token that is shorter', { token: TOKEN.slice(1) }, 'anna'],
  ['another principal', {}, 'bert'],
] as const) {
  // Whoever does not own the session does not even learn that it came too late.
  register(`says no more than that there is no such session to ${what}`, () => {
    const { register: one, known } = registered();
    for (const attempt of [1, 4]) assert.equal(ask(one, changes, attempt, principal), refusal('ERR_HW_RESUME_UNKNOWN'));
    assert.equal(known.asked, []);
  });
}

// D5: a refused attempt changes nothing, so the same attempt may still be good.
register('changes nothing when the positions do not fit', () => {
  const { register: one } = registered(false);
  for (let time = 0; time < 2; time += 1) assert.equal(ask(one), refusal('ERR_HW_RESUME_MISMATCH'));
});

register('asks for patience while the handlers of a session that is over still run', () => {
  const { register: one, known, handle } = registered();
  const later = refusal('ERR_HW_BUSY', { retryAfterMs: 1000 });
  known.status = 'closed';
  assert.equal(ask(one), later, 'what has arrived is not handed over yet');
  known.isWorking = true;
  one.bury(handle, 0);
  assert.equal(ask(one, {}, 4, 'anna', 4999), later);
  known.isWorking = false;
  assert.equal(ask(one, {}, 4, 'anna', 4999), refusal('ERR_HW_RESUME_UNKNOWN', { tombstone: TOMBSTONE }));
});

register('does not wait for a handler for ever', () => {
  const { register: one, known, handle } = registered();
  known.status = 'closed';
  known.isWorking = true;
  one.bury(handle, 0);
  assert.equal(ask(one, {}, 4, 'anna', 5000), refusal('ERR_HW_RESUME_UNKNOWN', { tombstone: TOMBSTONE }));
});

register('tells the owner of a session that is over what it knew, and nobody else', () => {
  const { register: one, handle } = registered();
  one.bury(handle, 0);
  assert.equal(ask(one), refusal('ERR_HW_RESUME_UNKNOWN', { tombstone: TOMBSTONE }));
  assert.equal(ask(one), refusal('ERR_HW_RESUME_UNKNOWN', { tombstone: TOMBSTONE }), 'it may be asked again');
  assert.equal(ask(one, { token: new Uint8Array(32) }), refusal('ERR_HW_RESUME_UNKNOWN'));
  assert.equal(ask(one, {}, 4, 'bert'), refusal('ERR_HW_RESUME_UNKNOWN'));
  assert.equal(ask(one, {}, 3), refusal('ERR_HW_RESUME_STALE'));
  assert.equal(ask(one, {}, 4, 'anna', 60_000), refusal('ERR_HW_RESUME_UNKNOWN'), 'it is kept for a minute');
});

register('keeps nothing of a session for which nobody can come back', () => {
  const { register: one, handle, known } = registered();
  known.isConfirmed = false;
  one.bury(handle, 0);
  assert.equal(ask(one), refusal('ERR_HW_RESUME_UNKNOWN'));
});

register('buries a session that cannot be resumed without a trace', () => {
  const { register: one } = registered();
  one.bury({ id: 'other' } as SessionHandle, 0);
  assert.equal(ask(one, { session: 'other' }), refusal('ERR_HW_RESUME_UNKNOWN'));
});

// Whoever copies the memory of a server can resume nobody's session.
register('keeps of a token its hash alone', () => {
  const token = TOKEN.slice();
  const { handle } = registered();
  const other = new SessionRegister(LIMITS);
  other.add(handle, token, 'anna', 3, 0);
  token.fill(0);
  assert.equal(ask(other, { token: new Uint8Array(32) }), refusal('ERR_HW_RESUME_UNKNOWN'));
  assert.equal(ask(other), { handle });
});

// Nobody learns from the work which sessions there are.
register('hashes one token for each attempt, whether there is such a session or not', () => {
  let hashes = 0;
  const { register: one } = registered(true, (token) => ((hashes += 1), hashToken(token)));
  const attempts: readonly Partial<Resumption>[] = [{}, { session: 'x' }, { token: new Uint8Array(32) }];
  for (const changes of attempts) {
    const before = hashes;
    ask(one, changes);
    assert.is(hashes, before + 1);
  }
});

const often = suite('a session that is attached again and again');

/** Attaches until it is refused, and says how often that was. */
function attachUntilRefused(one: SessionRegister, nowMs: number, firstAttempt = 4): [number, unknown] {
  for (let count = 0; ; count += 1) {
    const judgement = ask(one, {}, firstAttempt + count, 'anna', nowMs) as { handle?: unknown };
    if (judgement.handle === undefined) return [count, judgement];
  }
}

often('is told to wait after 256 attachments, and loses nothing', () => {
  const { register: one, handle } = registered();
  const [count, judgement] = attachUntilRefused(one, 0);
  assert.equal([count, judgement], [256, refusal('ERR_HW_BUSY', { retryAfterMs: 100 })]);
  assert.equal(ask(one, {}, 4 + count, 'anna', 99), refusal('ERR_HW_BUSY', { retryAfterMs: 1 }));
  assert.equal(ask(one, {}, 4 + count, 'anna', 100), { handle });
});

often('may lose ten connections a second for ever, and 256 in one moment', () => {
  const { register: one, handle } = registered();
  let attempt = 3;
  for (let nowMs = 0; nowMs < 600_000; nowMs += 100) {
    assert.equal(ask(one, {}, (attempt += 1), 'anna', nowMs), { handle });
  }
  assert.is(attachUntilRefused(one, 700_000, attempt + 1)[0], 256);
});

often('gives nothing away for attempts that are refused', () => {
  const { register: one } = registered();
  for (let count = 0; count < 1000; count += 1) {
    ask(one, {}, 3);
    ask(one, { token: new Uint8Array(32) });
  }
  assert.is(attachUntilRefused(one, 0)[0], 256);
});

register.run();
often.run();
