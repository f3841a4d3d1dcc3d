import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { HeartwireError } from '@heartwire/core/transport';
import { tcp, tcpServer, type TcpServerOptions } from '@heartwire/transport-tcp';
import { linkSinks } from '../../support/linked-sinks.ts';
import { RecordingSink } from '../../support/recording-sink.ts';
import { withDeadline } from '../../support/with-deadline.ts';

const key = readFileSync(new URL('../../support/tls/localhost-key.pem', import.meta.url));
const cert = readFileSync(new URL('../../support/tls/localhost-cert.pem', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'heartwire-'));

const listeners = suite('listening with tcpServer()');

const HOSTS: readonly (readonly [TcpServerOptions, RegExp])[] = [
  [{ port: 0 }, /^tcp:\/\/(localhost|127\.0\.0\.1):[1-9]\d*$/],
  [{ port: 0, host: '0.0.0.0' }, /^tcp:\/\/127\.0\.0\.1:[1-9]\d*$/],
  [{ port: 0, host: '127.0.0.1' }, /^tcp:\/\/127\.0\.0\.1:[1-9]\d*$/],
  [{ path: join(folder, 'named.sock') }, /^unix:\/.*\/named\.sock$/],
];

for (const [options, address] of HOSTS) {
  listeners(
    `gives an address that tcp() can dial for ${options.path ? 'a path' : JSON.stringify(options)}`,
    async () => {
      const { listening, close } = await linkSinks(tcpServer(options), tcp);
      assert.match(listening.address, address);
      await close();
    },
  );
}

listeners('speaks of tls in the address of a secured port', async () => {
  const listening = await tcpServer({ port: 0, host: '127.0.0.1', tls: { key, cert } }).listen(
    () => new RecordingSink(),
  );
  assert.match(listening.address, /^tls:\/\/127\.0\.0\.1:\d+$/);
  await listening.close();
});

const SENSELESS: readonly (readonly [TcpServerOptions, RegExp])[] = [
  [{}, /either a port or a path/],
  [{ port: 1, path: '/x' }, /either a port or a path/],
  [{ port: -1 }, /port is -1; write a whole number from 0 to 65535/],
  [{ port: 65_536 }, /port is 65536/],
  [{ path: '' }, /path of the Unix socket is empty/],
  [{ path: '/x', tls: {} }, /no TLS on a Unix socket/],
  [{ port: 0, keepAlive: 0 }, /keepAlive is 0/],
];

for (const [options, sentence] of SENSELESS) {
  listeners(`refuses ${JSON.stringify(options)} at once`, () => {
    try {
      tcpServer(options);
    } catch (error) {
      assert.is((error as HeartwireError).code, 'ERR_HW_OPTION');
      assert.match((error as HeartwireError).message, sentence);
      return;
    }
    assert.unreachable('it was accepted');
  });
}

listeners('says which port is taken, and keeps the code of the platform', async () => {
  const first = await tcpServer({ port: 0, host: '127.0.0.1' }).listen(() => new RecordingSink());
  const port = Number(first.address.split(':').at(-1));
  const error = await rejection(tcpServer({ port, host: '127.0.0.1' }).listen(() => new RecordingSink()));
  assert.match(error.message, new RegExp(`^port ${port} on 127\\.0\\.0\\.1 is taken`));
  assert.is(error.code, 'EADDRINUSE');
  assert.is((error.cause as NodeJS.ErrnoException).syscall, 'listen');
  await first.close();
});

listeners('says what is wrong with an address of another machine, and with a folder that does not exist', async () => {
  const elsewhere = await rejection(tcpServer({ port: 0, host: '192.0.2.1' }).listen(() => new RecordingSink()));
  assert.is(elsewhere.code, 'EADDRNOTAVAIL');
  assert.match(elsewhere.message, /no network interface of this machine/);
  const nowhere = await rejection(tcpServer({ path: join(folder, 'none', 'x') }).listen(() => new RecordingSink()));
  assert.match(String(nowhere.code), /^(ENOENT|EACCES)$/);
});

listeners('frees its address on close and leaves open connections alone', async () => {
  const { client, server, listening, close } = await linkSinks(tcpServer({ port: 0, host: '127.0.0.1' }), tcp);
  const port = Number(listening.address.split(':').at(-1));
  await withDeadline(1_000, listening.close(), 'the listener to close');
  await listening.close();
  const next = await tcpServer({ port, host: '127.0.0.1' }).listen(() => new RecordingSink());
  client.link.write(new Uint8Array(3));
  await server.arrived(3);
  await next.close();
  await close();
});

listeners('closes connections beyond maxConnections', async () => {
  const { listening, close } = await linkSinks(tcpServer({ port: 0, maxConnections: 1 }), tcp);
  const second = new RecordingSink();
  tcp(listening.address).dial(second, new AbortController().signal);
  // The kernel completes the connection before the server may look at it.
  await second.readHasEndedOrClosed();
  if (second.cause === undefined) second.link.abort();
  await second.hasClosed();
  await close();
});

listeners('survives strangers that do not speak TLS', async () => {
  const listening = await tcpServer({ port: 0, host: '127.0.0.1', tls: { key, cert } }).listen(
    () => new RecordingSink(),
  );
  const port = Number(listening.address.split(':').at(-1));
  for (const act of [(to: Socket) => to.write('GET / HTTP/1.1\r\n\r\n'), (to: Socket) => to.resetAndDestroy()]) {
    const stranger = connect(port, '127.0.0.1').on('error', () => {});
    await once(stranger, 'connect');
    act(stranger);
    stranger.resume();
    await withDeadline(5_000, once(stranger, 'close'), 'the server to drop a stranger');
  }
  const sink = new RecordingSink();
  tcp({ host: '127.0.0.1', port, tls: { ca: cert } }).dial(sink, new AbortController().signal);
  await sink.opened();
  sink.link.abort();
  await sink.hasClosed();
  await listening.close();
});

listeners('lets an accept that throws fail loudly, and goes on', async () => {
  const defect = new Error('a defect of accept');
  let isBroken = true;
  const listening = await tcpServer({ port: 0, host: '127.0.0.1' }).listen(() => {
    if (isBroken) throw defect;
    return new RecordingSink();
  });
  const uncaught = once(process, 'uncaughtException');
  const first = new RecordingSink();
  tcp(listening.address).dial(first, new AbortController().signal);
  assert.is((await uncaught)[0], defect);
  await first.opened();
  first.link.end();
  await first.hasClosed();
  isBroken = false;
  const second = new RecordingSink();
  tcp(listening.address).dial(second, new AbortController().signal);
  await second.opened();
  second.link.abort();
  await second.hasClosed();
  await listening.close();
});

const files = suite('listening on a Unix socket');

files('replaces the file of a server that was killed', async () => {
  const path = join(folder, 'stale.sock');
  const program = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => console.log('up'))`;
  const killed = spawn(process.execPath, ['-e', program]);
  await once(killed.stdout, 'data');
  killed.kill('SIGKILL');
  await once(killed, 'exit');
  const { close } = await linkSinks(tcpServer({ path }), tcp);
  await close();
});

files('leaves the file of a live server alone', async () => {
  const path = join(folder, 'live.sock');
  const accepted: RecordingSink[] = [];
  const listening = await tcpServer({ path }).listen(() => {
    accepted.push(new RecordingSink());
    return accepted.at(-1) as RecordingSink;
  });
  const error = await rejection(tcpServer({ path }).listen(() => new RecordingSink()));
  assert.is(error.code, 'EADDRINUSE');
  assert.match(error.message, /live\.sock is taken/);
  const client = new RecordingSink();
  tcp(listening.address).dial(client, new AbortController().signal);
  await client.opened();
  client.link.abort();
  await client.hasClosed();
  for (const sink of accepted) {
    await sink.readHasEnded();
    sink.link.end();
    await sink.hasClosed();
  }
  await listening.close();
});

files('never removes a file that is no socket', async () => {
  const path = join(folder, 'letter.txt');
  await writeFile(path, 'dear reader');
  assert.is((await rejection(tcpServer({ path }).listen(() => new RecordingSink()))).code, 'EADDRINUSE');
  assert.is(await readFile(path, 'utf8'), 'dear reader');
});

files.after(() => rm(folder, { recursive: true }));

listeners.run();
files.run();

async function rejection(promise: Promise<unknown>): Promise<NodeJS.ErrnoException> {
  try {
    await promise;
  } catch (error) {
    return error as NodeJS.ErrnoException;
  }
  throw new Error('it was resolved');
}
