// A process of its own: a bare echo over `net`, and a heartwire server whose handler does nothing.
import { createServer, type AddressInfo } from 'node:net';
import { serve } from '@heartwire/core';
import { tcpServer } from '@heartwire/transport-tcp';

const echo = createServer({ noDelay: true }, (socket) => socket.on('error', () => {}).pipe(socket));
echo.listen(0, '127.0.0.1', () => void start((echo.address() as AddressInfo).port));

async function start(echoPort: number): Promise<void> {
  const server = await serve(tcpServer({ port: 0, host: '127.0.0.1' }), {
    session: (session) => void session.handle('say', () => {}),
  });
  process.send!({ echoPort, address: server.addresses[0] });
}

// The measuring process has what it wanted.
process.on('disconnect', () => process.exit());
