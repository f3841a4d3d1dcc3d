/**
 * A TCP proxy on loopback that lets so many bytes a second through from the client to the server, and everything back at once: a slow reader, as
 * the sender sees it. What it does not read stays in the kernel's buffers of the sender, several megabytes of them.
 */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface ThrottledProxy {
  readonly address: string;
  /** Bytes that it has let through. */
  readonly passedBytes: number;
  close(): Promise<void>;
}

/** How often it lets something through: often enough that its own steps are no delay worth measuring. */
const STEP_MS = 2;

/** Listens on a free port. */
export async function startThrottledProxy(targetPort: number, bytesPerSecond: number): Promise<ThrottledProxy> {
  const sockets = new Set<Socket>();
  let passedBytes = 0;
  const server = createServer({ pauseOnConnect: true }, (near) => {
    const far = connect({ port: targetPort, host: '127.0.0.1', noDelay: true });
    near.setNoDelay(true);
    far.pipe(near);
    const stop = throttle(near, far, bytesPerSecond, (bytes) => (passedBytes += bytes));
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        stop();
        sockets.delete(one);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get passedBytes() {
      return passedBytes;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** Moves what time allows; what was not used is not saved up for more than one step. */
function throttle(near: Socket, far: Socket, bytesPerSecond: number, passed: (bytes: number) => void): () => void {
  let lastMs = performance.now();
  const timer = setInterval(() => {
    const nowMs = performance.now();
    let allowed = Math.ceil(((nowMs - lastMs) / 1000) * bytesPerSecond);
    lastMs = nowMs;
    while (allowed > 0 && near.readableLength > 0) {
      const chunk = near.read(Math.min(allowed, near.readableLength)) as Buffer | null;
      if (chunk === null) break;
      allowed -= chunk.length;
      passed(chunk.length);
      far.write(chunk);
    }
    near.read(0);
  }, STEP_MS);
  near.on('end', () => far.end());
  near.on('readable', () => {});
  return () => clearInterval(timer);
}
