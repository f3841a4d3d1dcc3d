/**
 * The least that heartbeats can cost: sockets over which a few bytes go every interval, and come back. Arguments: `server`, or `client`, a port, how many, and the interval.
 * The bytes are as many as those of PING and PONG.
 */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

const AT_ONCE = 50;
const BEAT = new Uint8Array([2, 0x20, 0]);

const [role, port, count, intervalMs] = process.argv.slice(2);
process.on('disconnect', () => process.exit());
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send!({ cpuUs: user + system });
});
if (role === 'server') await listen();
else await dial(Number(port), Number(count), Number(intervalMs));

async function listen(): Promise<void> {
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => {}).on('data', (chunk) => socket.write(chunk));
  });
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1024 });
  await once(server, 'listening');
  process.send!((server.address() as AddressInfo).port);
}

async function dial(to: number, many: number, everyMs: number): Promise<void> {
  const sockets: Socket[] = [];
  while (sockets.length < many) {
    const some = Array.from({ length: AT_ONCE }, () => connect({ port: to, host: '127.0.0.1', noDelay: true }));
    await Promise.all(some.map((socket) => once(socket, 'connect')));
    for (const socket of some) socket.on('error', () => {}).on('data', () => {});
    sockets.push(...some);
  }
  // One timer for all of them: a few sockets at a time, so that each has its turn once in an interval.
  let next = 0;
  const STEP_MS = 10;
  setInterval(() => {
    const until = next + (many * STEP_MS) / everyMs;
    for (; next < until; next += 1) sockets[Math.floor(next) % many]!.write(BEAT);
  }, STEP_MS);
  process.send!('ready');
}
