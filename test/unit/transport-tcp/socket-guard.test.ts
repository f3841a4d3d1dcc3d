import { Socket } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { findGuardFault, guardFault } from '../../../packages/transport-tcp/src/socket-guard.ts';

const guard = suite('the guard of unread bytes');

guard('holds on this platform', () => {
  assert.is(guardFault(), null);
});

/** A platform that writes past `_write`, so that nothing can be held back. */
class DeafSocket extends Socket {
  override write(): boolean {
    this.destroy(new Error('the write failed'));
    return false;
  }
}

/** A platform without `_write`. */
class OtherSocket extends Socket {
  constructor() {
    super();
    Object.defineProperty(this, '_write', { value: undefined });
  }
}

for (const [what, Class] of [
  ['does not hear of failures through _write', DeafSocket],
  ['makes its sockets otherwise', OtherSocket],
] as const) {
  guard(`says so where the platform ${what}`, () => {
    assert.match(findGuardFault(Class) ?? '', /throwing away what arrived/);
  });
}

guard.run();
