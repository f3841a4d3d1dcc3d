import { Socket } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { hiddenResetFault, wasReset } from '../../../packages/transport-tcp/src/hidden-reset.ts';

const ENOTCONN = -107;
const NODE = { node: '20.19.0' };
const BUN = { node: '26.3.0', bun: '1.4.4' };

/** A socket of some platform, as far as it is looked at. */
function socketWith(handle: unknown, remoteFamily?: string): Socket {
  return { _handle: handle, remoteFamily, writableEnded: false } as unknown as Socket;
}

const asking = { getpeername: () => 0 };

const hidden = suite('what is said of hidden resets');

hidden('is nothing where the handle can be asked, as on Node and Deno', () => {
  assert.is(hiddenResetFault(socketWith(asking, 'IPv4'), NODE), null);
});

hidden('is a sentence where it cannot', () => {
  for (const handle of [{}, null, undefined]) {
    assert.match(hiddenResetFault(socketWith(handle, 'IPv6'), NODE) ?? '', /cannot be told from an orderly end/);
  }
});

hidden('is nothing on Bun, which has no such handle and reports every reset', () => {
  assert.is(hiddenResetFault(socketWith({}, 'IPv4'), BUN), null);
});

hidden('is nothing of Unix sockets', () => {
  assert.is(hiddenResetFault(socketWith({}), NODE), null);
});
hidden.run();

const resets = suite('a reset that looks like an end');

resets('is one when the connection has no peer any more', () => {
  assert.is(wasReset(socketWith({ getpeername: () => ENOTCONN }, 'IPv4')), true);
  assert.is(wasReset(socketWith(asking, 'IPv4')), false);
});

resets('is not looked for where nobody can be asked, and never throws', () => {
  const throwing = {
    getpeername: () => {
      throw new Error('no');
    },
  };
  for (const handle of [{}, null, undefined, throwing]) assert.is(wasReset(socketWith(handle, 'IPv4')), false);
});
resets.run();
