/**
 * A client that sends its messages, waits until its kernel knows that all of them have arrived, and is gone. Arguments: the transport, the address, how
 * many messages, how it ends (`reset` or `kill`), the file that says that it has.
 */
import { writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { connect } from '@heartwire/core';
import { tcp } from '@heartwire/transport-tcp';
import { ws } from '@heartwire/transport-ws';
import { readKernelSockets } from './kernel-sockets.ts';

/** What each message carries beside its number. */
const TEXT = 'x'.repeat(1000);
const ASK_AGAIN_MS = 10;

const [transport, address = '', count = '0', end, mark = ''] = process.argv.slice(2);
let socket: Socket | undefined;
const tuneSocket = (dialed: Socket): void => {
  socket = dialed;
};
const url = new URL(address);
const dialer =
  transport === 'ws' ? ws(address, { tuneSocket }) : tcp({ host: url.hostname, port: Number(url.port), tuneSocket });

process.on('disconnect', () => process.exit());
const session = connect(dialer, { heartbeat: false, reconnect: false });
await session.ready;
process.on('message', () => void sendAndGo());
process.send!('ready');

async function sendAndGo(): Promise<void> {
  const before = ackedBytes();
  for (let number = 0; number < Number(count); number += 1)
    session.send('note', { number, text: TEXT }).catch(() => {});
  // Each message has arrived when so many bytes of them have, and nothing waits.
  while (ackedBytes() - before < Number(count) * TEXT.length || waitingBytes() > 0) {
    await new Promise((done) => setTimeout(done, ASK_AGAIN_MS));
  }
  if (end === 'reset') socket!.resetAndDestroy();
  writeFileSync(mark, '');
  process.kill(process.pid, 'SIGKILL');
}

function ackedBytes(): number {
  return readKernelSockets('sport', socket!.localPort!)[0]?.ackedBytes ?? 0;
}

function waitingBytes(): number {
  return readKernelSockets('sport', socket!.localPort!)[0]?.waitingBytes ?? 0;
}
