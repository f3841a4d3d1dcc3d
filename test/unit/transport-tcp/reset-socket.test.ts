import { once } from 'node:events';
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { resetSocket } from '../../../packages/transport-tcp/src/reset-socket.ts';
import { withDeadline } from '../../support/with-deadline.ts';

const resets = suite('resetting a socket');

resets('is a reset for the peer', async () => {
  const { socket, peer, close } = await socketPair();
  const failed = once(peer, 'error');
  resetSocket(socket);
  const [error] = (await withDeadline(5_000, failed, 'the reset to arrive')) as [NodeJS.ErrnoException];
  assert.is(error.code, 'ECONNRESET');
  await close();
});

// Node leaks the handle and never says `close` when it cannot reset, which it cannot while a shutdown is under way.
resets('closes a socket that is just ending, and one that is closed already', async () => {
  const { socket, close } = await socketPair();
  const closed = once(socket, 'close');
  socket.end();
  resetSocket(socket);
  await withDeadline(5_000, closed, 'the socket to close');
  resetSocket(socket);
  await close();
});

resets.run();

async function socketPair(): Promise<{ socket: Socket; peer: Socket; close: () => Promise<void> }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, 'connection');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => {});
  const [peer] = (await accepted) as [Socket];
  peer.on('error', () => {}).resume();
  if (socket.connecting) await once(socket, 'connect');
  const close = async (): Promise<void> => {
    peer.destroy();
    server.close();
    await once(server, 'close');
  };
  return { socket, peer, close };
}
