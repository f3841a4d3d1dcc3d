/** A peer that is no heartwire server, and does one thing to everybody who dials it. */
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import type { PeerCommand, PlainPeer } from './word.ts';

type ListenCommand = Extract<PeerCommand, { do: 'listen' }>;

export interface Place {
  readonly address: string;
  close(): Promise<void>;
}

export async function listenPlainly(command: ListenCommand, as: PlainPeer): Promise<Place> {
  const { transport, host, path } = command;
  const sockets = new Set<Socket>();
  const server = serverFor(command, as);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket.on('error', ignore));
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((done) => {
    server.listen(transport === 'unix' ? { path } : { host, port: 0 }, done);
  });
  return {
    address: transport === 'unix' ? `unix:${path}` : `${transport}://${host}:${(server.address() as AddressInfo).port}`,
    close: async () => {
      const closed = new Promise((done) => server.close(done));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function serverFor({ transport, tls }: ListenCommand, as: PlainPeer): Server {
  const isSecure = (transport === 'tls' || transport === 'wss') && as.bare !== true;
  if (as.answers === 'http') {
    const { status, headers, body } = as;
    const server = isSecure ? createHttpsServer(tls as TlsOptions) : createHttpServer();
    return server.on('request', (_request, response) => response.writeHead(status, headers).end(body));
  }
  const onSocket = (socket: Socket): void => {
    socket.on('error', ignore).on('data', () => answer(socket, as));
  };
  return isSecure ? createTlsServer(tls as TlsOptions, onSocket) : createServer({ allowHalfOpen: true }, onSocket);
}

function answer(socket: Socket, as: Exclude<PlainPeer, { answers: 'http' }>): void {
  if (as.answers === 'reset') socket.resetAndDestroy();
  else if (as.answers === 'fin') socket.end();
  else if (as.answers === 'bytes') socket.end(Buffer.from(as.base64, 'base64'));
}

function ignore(): void {}
