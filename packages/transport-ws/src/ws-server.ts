/**
 * Listening for WebSockets: on a port of its own, or on an HTTP server that exists.
 *
 * On an HTTP server of somebody else we take the upgrades for one path, and leave everything else to its other listeners. Only
 * when it has none an upgrade for another path is answered with 404: nobody would ever answer it, and its socket would stay.
 */
import {
  createServer as createHttpServer,
  STATUS_CODES,
  type IncomingMessage,
  type Server as HttpServer,
} from 'node:http';
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket, type TlsOptions } from 'node:tls';
import type { LinkInfo, LinkSink, Listener, Listening } from '@heartwire/core/transport';
import {
  dialableHost,
  formatHostPort,
  linkInfoOf,
  listenError,
  tune,
  type TuneSocket,
} from '@heartwire/transport-tcp/socket';
import { acceptedLinkInfo } from './accepted-link-info.ts';
import { createOriginCheck, type OriginCheck } from './allowed-origin.ts';
import { linkOf } from './node-link.ts';
import { SUB_PROTOCOL } from './sub-protocol.ts';
import { findRefusal, isForPath } from './upgrade-check.ts';
import { callSink } from './web-socket-link.ts';
import { optionError } from './web-socket-url.ts';
import { WebSocketServer, WS_SETTINGS, type WebSocket } from './ws-package.ts';

/** Where and how to listen: on a port of its own, or on an HTTP server that exists. */
export interface WsServerOptions {
  /** 0 to 65535; 0 takes a free one, which `Listening.address` names. */
  readonly port?: number;
  /** Listen on this address only. Default: on all addresses, IPv6 and IPv4. Only with `port`. */
  readonly host?: string;
  /** TLS options of Node, with `key` and `cert`. Default: no TLS. Only with `port`. */
  readonly tls?: TlsOptions;
  /** Share this server. It stays its owner's: it is neither started nor stopped here. */
  readonly server?: HttpServer | HttpsServer;
  /** The path of the WebSocket. Default: `'/hw'` on a server that exists; every path on a port of its own. */
  readonly path?: string;
  /**
   * The pages that may connect, as origins (`'https://chat.example'`), or `'*'` for all. Default: pages that come from the host
   * they dial. Programs that are no browsers may always connect.
   */
  readonly origins?: readonly string[] | '*';
  /** For what Node has no option for. See {@link TuneSocket}. */
  readonly tuneSocket?: TuneSocket;
}

interface Settings extends WsServerOptions {
  readonly isAllowedOrigin: OriginCheck;
  readonly path?: string;
}

/** How long a stranger may take for its handshakes (PROTOCOL.md, Limits: 10 s before WELCOME). */
const HANDSHAKE_TIMEOUT_MS = 10_000;

const DEFAULT_SHARED_PATH = '/hw';

/** Our own listeners on each HTTP server, by their paths. */
const PATHS = new WeakMap<HttpServer | HttpsServer, string[]>();

/**
 * Listen for WebSockets. A number is a port.
 *
 * Throws `ERR_HW_OPTION` at once when the options make no sense. `listen` waits until a shared server listens. It rejects with
 * an error that has the platform's `code` (`EADDRINUSE`, `EACCES`, …), a sentence that says what to do, and the original as
 * its `cause`.
 */
export function wsServer(options: number | WsServerOptions): Listener {
  const settings = checkOptions(typeof options === 'number' ? { port: options } : options);
  return {
    name: isSecure(settings) ? 'wss' : 'ws',
    listen: (accept) => listen(settings, accept),
  };
}

function checkOptions(options: WsServerOptions): Settings {
  if (
    typeof options !== 'object' ||
    options === null ||
    (options.port === undefined) === (options.server === undefined)
  ) {
    throw optionError('give either a port or a server: wsServer({ port: 8080 }) or wsServer({ server: httpServer })');
  }
  const { port, server, path } = options;
  if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port <= 65_535)) {
    throw optionError(`port is ${port}; write a whole number from 0 to 65535`);
  }
  if (server !== undefined && (options.tls !== undefined || options.host !== undefined)) {
    throw optionError('tls and host belong to the server that is shared; give them to it');
  }
  if (path !== undefined && !/^\/[^?#\s]*$/.test(path)) {
    throw optionError(`path is '${path}'; write a path alone, such as '/hw'`);
  }
  const settings = { ...options, isAllowedOrigin: createOriginCheck(options.origins) };
  return server === undefined ? settings : { ...settings, path: path ?? DEFAULT_SHARED_PATH };
}

async function listen(settings: Settings, accept: (info: LinkInfo) => LinkSink): Promise<Listening> {
  const isOwn = settings.server === undefined;
  const server = settings.server ?? createOwnServer(settings);
  const detach = attach(server, settings.path ?? '', createUpgradeListener(settings, server, accept));
  try {
    await whenListening(server, settings);
  } catch (error) {
    detach();
    throw listenError(error as NodeJS.ErrnoException, placeOf(settings));
  }
  if (isOwn) server.on('error', ignore);
  return {
    address: addressOf(server, settings),
    close: async () => {
      detach();
      if (!isOwn || !server.listening) return;
      server.close();
      // Those that have not become WebSockets yet; the others are no HTTP connections any more and stay.
      server.closeAllConnections();
      // The callback of `close` waits for all connections. The address itself is free when this turn has ended.
      await new Promise((done) => setImmediate(done));
    },
  };
}

type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** Take upgrades of the server; returns what ends it. */
function attach(server: HttpServer | HttpsServer, path: string, onUpgrade: UpgradeListener): () => void {
  const paths = PATHS.get(server) ?? [];
  PATHS.set(server, paths);
  paths.push(path);
  server.on('upgrade', onUpgrade);
  return () => {
    if (!server.listeners('upgrade').includes(onUpgrade)) return;
    server.off('upgrade', onUpgrade);
    paths.splice(paths.indexOf(path), 1);
  };
}

function createOwnServer({ tls }: Settings): HttpServer | HttpsServer {
  const limits = { headersTimeout: HANDSHAKE_TIMEOUT_MS, requestTimeout: HANDSHAKE_TIMEOUT_MS };
  const server =
    tls === undefined
      ? createHttpServer(limits)
      : createHttpsServer({ handshakeTimeout: HANDSHAKE_TIMEOUT_MS, ...tls, ...limits });
  return server.on('request', (_request, response) => {
    response.writeHead(426, { Connection: 'upgrade, close', Upgrade: 'websocket', 'Content-Type': 'text/plain' });
    response.end(`Upgrade Required: this is a heartwire server, connect with a WebSocket (${SUB_PROTOCOL}).\n`);
  });
}

function createUpgradeListener(
  settings: Settings,
  server: HttpServer | HttpsServer,
  accept: (info: LinkInfo) => LinkSink,
): UpgradeListener {
  const upgrader = new WebSocketServer({
    ...WS_SETTINGS,
    noServer: true,
    clientTracking: false,
    handleProtocols: () => SUB_PROTOCOL,
  });
  return (request, socket, head) => {
    if (settings.path !== undefined && !isForPath(request, settings.path)) {
      if (isNobodys(request, socket, server)) refuse(socket, 404, `There is a WebSocket at ${settings.path} only.`);
      return;
    }
    const refusal = findRefusal(request, settings.isAllowedOrigin);
    if (refusal !== null) {
      refuse(socket, refusal.status, refusal.sentence);
      return;
    }
    upgrader.handleUpgrade(request, socket, head, (webSocket) =>
      acceptWebSocket(webSocket, socket as Socket, settings, accept),
    );
  };
}

function acceptWebSocket(
  webSocket: WebSocket,
  raw: Socket,
  { tuneSocket }: Settings,
  accept: (info: LinkInfo) => LinkSink,
): void {
  const info = acceptedLinkInfo(linkInfoOf(raw instanceof TLSSocket ? 'wss' : 'ws', raw));
  let sink: LinkSink;
  try {
    sink = accept(info);
  } catch (defect) {
    webSocket.on('error', ignore).terminate();
    queueMicrotask(() => {
      throw defect;
    });
    return;
  }
  const unusable = tune(raw, tuneSocket);
  if (unusable === null) {
    linkOf(webSocket, raw, info, sink).open();
    return;
  }
  webSocket.on('error', ignore).terminate();
  callSink(sink, (to) => to.closed(unusable));
}

/** No other listener will ever answer it, be it a stranger's or one of ours for another path. */
function isNobodys(request: IncomingMessage, socket: Duplex, server: HttpServer | HttpsServer): boolean {
  const paths = PATHS.get(server) ?? [];
  const isOurs = paths.some((path) => isForPath(request, path));
  return !isOurs && server.listenerCount('upgrade') === paths.length && !socket.writableEnded;
}

/** Answer in HTTP and close. What the stranger still sends is nobody's business. */
function refuse(socket: Duplex, status: number, sentence: string): void {
  const body = `${sentence}\n`;
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Connection: close',
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  socket.on('error', ignore);
  socket.once('finish', () => socket.destroy());
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

function whenListening(server: HttpServer | HttpsServer, { port, host, server: shared }: Settings): Promise<void> {
  if (server.listening) return Promise.resolve();
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
    if (shared === undefined) server.listen({ port, ...(host === undefined ? {} : { host }) });
  });
}

function isSecure({ tls, server }: WsServerOptions): boolean {
  return tls !== undefined || (server !== undefined && 'setSecureContext' in server);
}

function addressOf(server: HttpServer | HttpsServer, settings: Settings): string {
  const scheme = isSecure(settings) ? 'wss' : 'ws';
  const path = settings.path ?? '/';
  const address = server.address() as AddressInfo | string;
  // A shared server may listen on a Unix socket: the name that the package `ws` gives to such an address.
  if (typeof address === 'string') return `ws+unix:${address}:${path}`;
  return `${scheme}://${formatHostPort(dialableHost(address.address), address.port)}${path}`;
}

function placeOf({ host, port, server }: Settings): string {
  if (server !== undefined) return 'the shared server';
  return host === undefined ? `port ${port}` : `port ${port} on ${host}`;
}

function ignore(): void {}
