// What the figures of the kernel mean on which the other tests here rely.
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { findKernelFault, readKernelSockets } from './kernel-sockets.ts';

const figures = suite('the acknowledged bytes of the kernel');
const fault = findKernelFault();

figures('count the SYN of the side that dialed, and nothing of the other', async () => {
  if (fault !== null) return console.log(`SKIP: ${fault}`);
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const accepted = once(server, 'connection');
  const dialed = connect(port, '127.0.0.1');
  const [socket] = (await accepted) as [Socket];
  assert.equal(readKernelSockets('dport', port), [
    { localPort: dialed.localPort, remotePort: port, ackedBytes: 1, waitingBytes: 0 },
  ]);
  assert.equal(readKernelSockets('sport', port), [
    { localPort: port, remotePort: dialed.localPort, ackedBytes: 0, waitingBytes: 0 },
  ]);

  for (const end of [dialed, socket]) end.write('12345');
  await Promise.all([once(dialed, 'data'), once(socket, 'data')]);
  while (readKernelSockets('dport', port)[0]?.waitingBytes !== 0) await new Promise((done) => setTimeout(done, 10));
  while (readKernelSockets('sport', port)[0]?.waitingBytes !== 0) await new Promise((done) => setTimeout(done, 10));
  assert.is(readKernelSockets('dport', port)[0]?.ackedBytes, 6);
  assert.is(readKernelSockets('sport', port)[0]?.ackedBytes, 5);
  for (const end of [dialed, socket]) end.destroy();
  server.close();
});

figures.run();
