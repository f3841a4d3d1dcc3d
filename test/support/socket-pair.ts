/** Two plain sockets of Node that are connected, over TCP, TLS or a Unix socket. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { certificate, key } from './tls/localhost.ts';
import { withDeadline } from './with-deadline.ts';

export type SocketKind = 'tcp' | 'tls' | 'unix';

export interface SocketPair {
  readonly client: Socket;
  readonly server: Socket;
  /** The server's socket beneath TLS; the same one where there is none. */
  readonly serverRaw: Socket;
  /** Closes what still stands. */
  dispose(): Promise<void>;
}

const DEADLINE_MS = 15_000;

/** `allowHalfOpen`: for both. Neither socket reads by itself, and no error of either crashes. */
export async function connectSockets(kind: SocketKind, allowHalfOpen: boolean = false): Promise<SocketPair> {
  const folder = mkdtempSync(path.join(tmpdir(), 'heartwire-'));
  const listener =
    kind === 'tls'
      ? createTlsServer({ key, cert: certificate, allowHalfOpen })
      : createServer({ allowHalfOpen, pauseOnConnect: false });
  const raw = new Promise<Socket>((resolve) => listener.once('connection', resolve));
  const accepted = once(listener, kind === 'tls' ? 'secureConnection' : 'connection') as Promise<[Socket]>;
  if (kind === 'unix') listener.listen(path.join(folder, 'socket'));
  else listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const client = dial(kind, listener, folder, allowHalfOpen).on('error', ignore);
  const isOpen = once(client, kind === 'tls' ? 'secureConnect' : 'connect');
  const [[server], serverRaw] = await withDeadline(
    DEADLINE_MS,
    Promise.all([accepted, raw, isOpen]),
    'a pair of sockets',
  );
  server.on('error', ignore);
  const dispose = async (): Promise<void> => {
    client.destroy();
    server.destroy();
    listener.close();
    await once(listener, 'close');
    rmSync(folder, { recursive: true });
  };
  return { client, server, serverRaw, dispose };
}

function dial(kind: SocketKind, listener: Server, folder: string, allowHalfOpen: boolean): Socket {
  if (kind === 'unix') return connect({ path: path.join(folder, 'socket'), allowHalfOpen });
  const { port } = listener.address() as AddressInfo;
  if (kind === 'tcp') return connect({ port, host: '127.0.0.1', allowHalfOpen });
  // Node's type for TLS does not list allowHalfOpen; its documentation does.
  const options = { port, host: 'localhost', ca: certificate, allowHalfOpen };
  return connectTls(options);
}

function ignore(): void {}
