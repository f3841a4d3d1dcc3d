/**
 * A TCP proxy whose far end can be replaced: a server can be killed and another one started, and a client finds it at the
 * same address, without anybody having to own a port in between. What goes through it can be cut, too.
 */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface SwitchableProxy {
  readonly port: number;
  /** Where new connections go from now on. */
  target: number;
  /** Resets every connection, at both ends. New ones may be made. */
  cut(): void;
  close(): Promise<void>;
}

/** Listens on a free port. What ends at one side of a connection ends at the other. */
export async function startSwitchableProxy(target: number): Promise<SwitchableProxy> {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(proxy.target, 'localhost');
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.pipe(other);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const proxy: SwitchableProxy = {
    port: (server.address() as AddressInfo).port,
    target,
    cut: () => {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
  return proxy;
}
