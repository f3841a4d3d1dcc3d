import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Hello, Position, Resumption } from '../../../../packages/core/src/connection/handshake.ts';
import type { SessionHandle } from '../../../../packages/core/src/runtime/session-handle.ts';
import { SessionRegister } from '../../../../packages/core/src/runtime/session-register.ts';

const TOKEN = new Uint8Array(32).fill(1);

interface Known {
  status: string;
  /** What was asked of the session. */
  readonly asked: Position[];
}

function registered(mayResume = true): { register: SessionRegister; handle: SessionHandle; known: Known } {
  const known: Known = { status: 'suspended', asked: [] };
  const session = {
    get status() {
      return known.status;
    },
    mayResume(position: Position) {
      known.asked.push(position);
      return mayResume;
    },
  };
  const handle = { id: 's', driver: { session } } as unknown as SessionHandle;
  const register = new SessionRegister();
  register.add(handle, TOKEN, 'anna', 3);
  return { register, handle, known };
}

function ask(register: SessionRegister, changes: Partial<Resumption> = {}, attempt = 4, principal = 'anna'): unknown {
  const position = { received: 0, digest: 0, isGoodbyeDone: false };
  return register.admit({ session: 's', token: TOKEN, ...position, ...changes }, { attempt } as Hello, principal);
}

const register = suite('the register of sessions');

register('admits whoever has the token, is the same principal, and comes later', () => {
  const { register: one, handle } = registered();
  assert.equal(ask(one), { handle });
});

register('admits an attempt once: then it is the epoch', () => {
  const { register: one, handle } = registered();
  ask(one);
  assert.equal(ask(one), { code: 'ERR_HW_RESUME_STALE' });
  assert.equal(ask(one, {}, 5), { handle });
});

register('takes no attempt that is not above that of the connection that began it', () => {
  const { register: one } = registered();
  for (const attempt of [1, 2, 3]) assert.equal(ask(one, {}, attempt), { code: 'ERR_HW_RESUME_STALE' });
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
    for (const attempt of [1, 4])
      assert.equal(ask(one, changes, attempt, principal), { code: 'ERR_HW_RESUME_UNKNOWN' });
    assert.equal(known.asked, []);
  });
}

// D5: a refused attempt changes nothing, so the same attempt may still be good.
register('changes nothing when the positions do not fit', () => {
  const { register: one } = registered(false);
  for (let time = 0; time < 2; time += 1) assert.equal(ask(one), { code: 'ERR_HW_RESUME_MISMATCH' });
});

register('knows no session that has ended or was deleted', () => {
  const { register: one, handle, known } = registered();
  known.status = 'closed';
  assert.equal(ask(one), { code: 'ERR_HW_RESUME_UNKNOWN' });
  known.status = 'suspended';
  one.delete(handle);
  assert.equal(ask(one), { code: 'ERR_HW_RESUME_UNKNOWN' });
});
register.run();
