/**
 * Listening on TCP, TLS or a Unix socket.
 *
 * Nothing that a stranger does before its connection stands (a port scan, a broken TLS handshake) is an event here: such sockets are
 * closed and forgotten. An error of the listening socket after it stands, such as too many open files, ends no connection and
 * is over when its cause is; the process must not die of it.
 */
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { resolve } from 'node:path';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import type { LinkInfo, LinkSink, Listener, Listening } from '@heartwire/core/transport';
import { dialableHost, formatHostPort } from './host-port.ts';
import { linkInfoOf } from './link-info.ts';
import { listenError } from './listen-error.ts';
import { callSink, SocketLink } from './socket-link.ts';
import { removeStaleSocketFile } from './stale-socket-file.ts';
import { tune, type TuneSocket } from './tune-socket.ts';
import { optionError } from './option-error.ts';
import { ALPN, keepAliveMsOf } from './tcp-target.ts';

/** Where and how to listen: on a port, or on a path. */
export interface TcpServerOptions {
  /** 0 to 65535; 0 takes a free one, which `Listening.address` names. */
  readonly port?: number;
  /** Listen on this address only. Default: on all addresses, IPv6 and IPv4. */
  readonly host?: string;
  /** Listen on a Unix socket (on Windows: a named pipe) instead. The file of a server that is dead is replaced. */
  readonly path?: string;
  /** TLS options of Node, with `key` and `cert`. Default: no TLS. */
  readonly tls?: TlsOptions;
  /** How many connections may wait to be accepted; the kernel has a limit of its own. Default: 511. */
  readonly backlog?: number;
  /** Connections beyond this number are closed at once. Default: no limit here. */
  readonly maxConnections?: number;
  /** As in {@link TcpHostOptions}. */
  readonly noDelay?: boolean;
  /** As in {@link TcpHostOptions}. */
  readonly keepAlive?: boolean | number;
  /** As in {@link TcpHostOptions}. */
  readonly tuneSocket?: TuneSocket;
}

/** How long a stranger may take for its TLS handshake (PROTOCOL.md, Limits: 10 s before WELCOME). */
const TLS_HANDSHAKE_TIMEOUT_MS = 10_000;

/**
 * Listen for connections over TCP, TLS or a Unix socket. A number is a port.
 *
 * Throws `ERR_HW_OPTION` at once when the options make no sense. `listen` rejects with an error that has the platform's
 * `code` (`EADDRINUSE`, `EACCES`, …), a sentence that says what to do, and the original as its `cause`.
 */
export function tcpServer(options: number | TcpServerOptions): Listener {
  const checked = checkOptions(typeof options === 'number' ? { port: options } : options);
  return {
    name: kindOf(checked),
    listen: (accept) => listen(checked, accept),
  };
}

function checkOptions(options: TcpServerOptions): TcpServerOptions {
  if (
    typeof options !== 'object' ||
    options === null ||
    (options.port === undefined) === (options.path === undefined)
  ) {
    throw optionError(
      `give either a port or a path: tcpServer({ port: 7000 }) or tcpServer({ path: '/run/chat.sock' })`,
    );
  }
  if (options.path === '') throw optionError('the path of the Unix socket is empty');
  if (options.path !== undefined && options.tls !== undefined) {
    throw optionError('there is no TLS on a Unix socket; the permissions of its file say who may connect');
  }
  if (options.port !== undefined && !(Number.isInteger(options.port) && options.port >= 0 && options.port <= 65_535)) {
    throw optionError(`port is ${options.port}; write a whole number from 0 to 65535`);
  }
  keepAliveMsOf(options.keepAlive);
  return { ...options };
}

async function listen(options: TcpServerOptions, accept: (info: LinkInfo) => LinkSink): Promise<Listening> {
  const kind = kindOf(options);
  let isClosed = false;
  const server = createServer(options, (socket) => {
    if (isClosed) socket.destroy();
    else acceptSocket(kind, socket, options, accept);
  });
  try {
    await bind(server, options);
  } catch (error) {
    throw listenError(error as NodeJS.ErrnoException, placeOf(options));
  }
  server.on('error', ignore);
  return {
    address: addressOf(server, kind),
    close: async () => {
      if (isClosed) return;
      isClosed = true;
      server.close();
      // The callback of `close` waits for all connections. The address itself is free when this turn has ended.
      await new Promise((done) => setImmediate(done));
    },
  };
}

function createServer(options: TcpServerOptions, onSocket: (socket: Socket) => void): Server {
  const keepAliveMs = keepAliveMsOf(options.keepAlive);
  const common = {
    allowHalfOpen: true,
    noDelay: options.noDelay ?? true,
    keepAlive: keepAliveMs !== null,
    keepAliveInitialDelay: keepAliveMs ?? 0,
  };
  const server =
    options.tls === undefined ? createTcpServer(common, onSocket) : createSecureServer(options.tls, common, onSocket);
  if (options.maxConnections !== undefined) server.maxConnections = options.maxConnections;
  return server;
}

function createSecureServer(tls: TlsOptions, common: object, onSocket: (socket: Socket) => void): Server {
  const defaults = { ALPNProtocols: [ALPN], handshakeTimeout: TLS_HANDSHAKE_TIMEOUT_MS };
  // A socket that is half open from the start outlives a client that gives up in the handshake; so it becomes so afterwards.
  const server = createTlsServer({ ...defaults, ...tls, ...common, allowHalfOpen: false }, (socket) => {
    socket.allowHalfOpen = true;
    onSocket(socket);
  });
  // Node destroys the socket of a failed handshake; what is left to do is nothing.
  return server.on('tlsClientError', ignore);
}

async function bind(server: Server, options: TcpServerOptions): Promise<void> {
  try {
    await tryToBind(server, options);
  } catch (error) {
    const isTaken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
    if (!isTaken || options.path === undefined || !(await removeStaleSocketFile(options.path))) throw error;
    await tryToBind(server, options);
  }
}

function tryToBind(server: Server, { port, host, path, backlog }: TcpServerOptions): Promise<void> {
  return new Promise((done, fail) => {
    const onError = (error: Error): void => {
      server.off('listening', onListening);
      fail(error);
    };
    const onListening = (): void => {
      server.off('error', onError);
      done();
    };
    server.once('error', onError).once('listening', onListening);
    server.listen({
      ...(path === undefined ? { port } : { path }),
      ...(host === undefined ? {} : { host }),
      ...(backlog === undefined ? {} : { backlog }),
    });
  });
}

function acceptSocket(
  kind: string,
  socket: Socket,
  { tuneSocket }: TcpServerOptions,
  accept: (info: LinkInfo) => LinkSink,
): void {
  const info = linkInfoOf(kind, socket);
  let sink: LinkSink;
  try {
    sink = accept(info);
  } catch (defect) {
    socket.on('error', ignore).destroy();
    queueMicrotask(() => {
      throw defect;
    });
    return;
  }
  const unusable = tune(socket, tuneSocket);
  if (unusable === null) {
    new SocketLink(socket, info, sink).open();
    return;
  }
  socket.on('error', ignore).destroy();
  callSink(sink, (to) => to.closed(unusable));
}

function kindOf(options: TcpServerOptions): string {
  if (options.path !== undefined) return 'unix';
  return options.tls === undefined ? 'tcp' : 'tls';
}

function addressOf(server: Server, kind: string): string {
  const address = server.address() as AddressInfo | string;
  if (typeof address === 'string') return `unix:${resolve(address)}`;
  return `${kind}://${formatHostPort(dialableHost(address.address), address.port)}`;
}

function placeOf({ host, port, path }: TcpServerOptions): string {
  if (path !== undefined) return `unix:${path}`;
  return host === undefined ? `port ${port}` : `port ${port} on ${host}`;
}

function ignore(): void {}
