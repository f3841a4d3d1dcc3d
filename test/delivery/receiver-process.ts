/** A server in a process of its own, so that the one that is measured does nothing but send. It tells its port, and what it has seen when asked. */
import { serve } from '@heartwire/core';
import { tcpServer } from '@heartwire/transport-tcp';

const messageMaxBytes = Number(process.argv[2]);
let volatileSeen = 0;
let lastVolatile = -1;

const server = await serve(tcpServer({ port: 0, host: '127.0.0.1' }), {
  limits: { messageMaxBytes },
  session(session) {
    session.handle('file', (data) => {
      process.send!({ received: (data as Uint8Array).length });
    });
    session.handle('at', (data) => {
      volatileSeen += 1;
      lastVolatile = data as number;
    });
  },
});
process.on('message', () => {
  const { rss, arrayBuffers } = process.memoryUsage();
  process.send!({ volatileSeen, lastVolatile, rss, arrayBuffers, peakKiB: process.resourceUsage().maxRSS });
});
process.on('disconnect', () => process.exit(0));
process.send!({ port: Number(new URL(server.addresses[0]!).port) });
