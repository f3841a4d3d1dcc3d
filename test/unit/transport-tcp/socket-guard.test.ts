import { once } from 'node:events';
import { Socket } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { findGuardFault, guardFault, guardSocket } from '../../../packages/transport-tcp/src/socket-guard.ts';
import { connectSockets } from '../../support/socket-pair.ts';
import { withDeadline } from '../../support/with-deadline.ts';

const guard = suite('the guard of unread bytes');

guard('holds on this platform', () => {
  assert.is(guardFault(), null);
});

// It was tried again for every socket, because that nothing is wrong was taken for not known.
guard('is tried once, however many sockets there are', () => {
  const { destroy } = Socket.prototype;
  let tries = 0;
  guardFault();
  Socket.prototype.destroy = function (this: Socket, error?: Error) {
    tries += 1;
    return destroy.call(this, error);
  };
  for (let index = 0; index < 3; index += 1) guardFault();
  Socket.prototype.destroy = destroy;
  assert.is(tries, 0);
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

// A Unix peer that has shut down its reading side, and goes on writing: our writes fail, and something arrives for ever.
guard('waits no longer than some seconds for a peer that never stops sending', async () => {
  const { client, server, dispose } = await connectSockets('unix', true);
  client._write = (_chunk, _encoding, callback): void => callback(new Error('nobody reads'));
  guardSocket(client);
  const sending = setInterval(() => server.write('more'), 20);
  const failed = once(client, 'error');
  client.resume();
  client.write('x');
  const [error] = (await withDeadline(20_000, failed, 'the failure to be told')) as [Error];
  clearInterval(sending);
  assert.is(error.message, 'nobody reads');
  assert.ok(client.bytesRead > 0);
  await dispose();
});

guard.run();
