/**
 * A TCP proxy between clients and a server. What it does with a connection, which is two sockets here, decides who started it: forward it, cut it, slow
 * it down, or let it fall silent.
 */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** One connection through the proxy. */
export interface ProxyPair {
  /** To the client. */
  readonly near: Socket;
  /** To the server. */
  readonly far: Socket;
}

export interface Proxy {
  readonly port: number;
  close(): Promise<void>;
}

/** Listens on a free port, and dials `target` for each client that comes. Neither socket ends because the other one does, unless `join` sees to it. */
export async function startProxy(target: number, join: (pair: ProxyPair) => void): Promise<Proxy> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    // A reset is what this is about; whoever has to know of it listens to `close`.
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  };
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    const far = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    keep(near);
    keep(far);
    join({ near, far });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** The same address by way of the proxy. */
export function through({ port }: Proxy, address: string): string {
  const url = new URL(address);
  url.hostname = '127.0.0.1';
  url.port = String(port);
  return url.href;
}

export function portOf(address: string): number {
  return Number(new URL(address).port);
}
