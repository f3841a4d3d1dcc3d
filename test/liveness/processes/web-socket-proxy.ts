/**
 * A proxy that speaks WebSocket itself, as many load balancers do: it ends the client's connection and makes one of its own to the server, so it answers the client's pings whatever
 * has become of the server.
 */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';

export interface WebSocketProxy {
  readonly address: string;
  close(): Promise<void>;
}

export async function startWebSocketProxy(target: string): Promise<WebSocketProxy> {
  const server = new WebSocketServer({
    port: 0,
    host: '127.0.0.1',
    perMessageDeflate: false,
    handleProtocols: ([first = '']) => first,
  });
  server.on('connection', (near) => join(near, new WebSocket(target, near.protocol, { perMessageDeflate: false })));
  await once(server, 'listening');
  return {
    address: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async close() {
      for (const near of server.clients) near.terminate();
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
}

function join(near: WebSocket, far: WebSocket): void {
  const early: Buffer[] = [];
  near.on('message', (data: Buffer) => {
    if (far.readyState === WebSocket.CONNECTING) early.push(data);
    else far.send(data);
  });
  far.on('open', () => early.forEach((data) => far.send(data)));
  far.on('message', (data: Buffer) => near.send(data));
  for (const [one, other] of [
    [near, far],
    [far, near],
  ] as const)
    one.on('error', () => {}).on('close', () => other.terminate());
}
