/**
 * Dialing a WebSocket on Node, with the package `ws`.
 *
 * There is no timer here: how long an attempt may take is the caller's decision, made through the signal.
 */
import { validateHeaderName, validateHeaderValue, type ClientRequest, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { CloseCause, Dialer, LinkSink } from '@heartwire/core/transport';
import { linkInfoOf, readTlsOptions, tune, type TuneSocket } from '@heartwire/transport-tcp/socket';
import { causeOfFailedDial, causeOfStatus, causeOfWrongProtocol } from './node-close-cause.ts';
import { linkOf } from './node-link.ts';
import { offeredProtocols, SUB_PROTOCOL } from './sub-protocol.ts';
import { createDialer, type WsUrl } from './web-socket-dialer.ts';
import { callSink } from './web-socket-link.ts';
import { optionError, showUrl } from './web-socket-url.ts';
import { WebSocket, WS_SETTINGS } from './ws-package.ts';

/** Options of `ws()`. */
export interface WsOptions {
  /** HTTP headers to send with the upgrade. Not possible in browsers. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Sub-protocols to offer besides `heartwire.1`; the server must choose that one all the same. */
  readonly protocols?: readonly string[];
  /** TLS options of Node for `wss:`. Default: the certificates that this machine trusts. */
  readonly tls?: ConnectionOptions;
  /** For what Node has no option for. See {@link TuneSocket}. Not possible in browsers. */
  readonly tuneSocket?: TuneSocket;
}

interface DialSettings {
  readonly tuneSocket: TuneSocket | undefined;
  readonly headers: Record<string, string>;
  readonly protocols: string[];
  readonly tls: ConnectionOptions;
}

/**
 * Dial a WebSocket.
 *
 * `http:` and `https:` mean `ws:` and `wss:`. The sub-protocol `heartwire.1` is offered and required; redirects are not followed.
 * Throws `ERR_HW_OPTION` at once when the URL or an option makes no sense. The connection has no half-close: `end` closes it.
 */
export function ws(url: WsUrl, options: WsOptions = {}): Dialer {
  const settings = {
    headers: checkHeaders(options.headers),
    protocols: offeredProtocols(options.protocols),
    tls: options.tls === undefined ? {} : readTlsOptions(options.tls),
    tuneSocket: options.tuneSocket,
  };
  return createDialer(url, undefined, (to, sink, signal) => dial(to, settings, sink, signal));
}

function dial(url: URL, settings: DialSettings, sink: LinkSink, signal: AbortSignal): void {
  const address = showUrl(url);
  const isSecure = url.protocol === 'wss:';
  const startedAtMs = performance.now();
  let raw: Socket | undefined;
  let isSecured = false;
  let failure: Error | undefined;
  let refusal: CloseCause | undefined;

  const watchRequest = (request: ClientRequest): void => {
    request.once('socket', (socket) => {
      raw = socket;
      socket.once('secureConnect', () => {
        isSecured = true;
      });
    });
    request.end();
  };
  const webSocket = openWebSocket(url, settings, watchRequest);

  const onUpgrade = (response: IncomingMessage): void => {
    const chosen = response.headers['sec-websocket-protocol'];
    if (chosen === SUB_PROTOCOL) return;
    refusal = causeOfWrongProtocol(SUB_PROTOCOL, chosen, address);
    webSocket.terminate();
  };
  const onStatus = (_: ClientRequest, response: IncomingMessage): void => {
    refusal = causeOfStatus(response.statusCode ?? 0, address, showLocation(response.headers.location, url));
    webSocket.terminate();
  };
  const onOpen = (): void => {
    unwatch();
    const unusable = tune(raw as Socket, settings.tuneSocket);
    if (unusable !== null) {
      webSocket.on('error', ignore).terminate();
      callSink(sink, (to) => to.closed(unusable));
      return;
    }
    const info = linkInfoOf(isSecure ? 'wss' : 'ws', raw as Socket);
    linkOf(webSocket, raw as Socket, info, sink).open();
  };
  const onError = (error: Error): void => {
    failure ??= error;
  };
  const onClose = (): void => {
    unwatch();
    webSocket.on('error', ignore);
    const elapsedMs = performance.now() - startedAtMs;
    const cause =
      refusal ??
      (signal.aborted || failure === undefined
        ? ({ kind: 'destroyed' } as const)
        : causeOfFailedDial(failure, { address, isSecure, isSecured, elapsedMs }));
    callSink(sink, (to) => to.closed(cause));
  };
  const onAbort = (): void => webSocket.terminate();
  const unwatch = (): void => {
    signal.removeEventListener('abort', onAbort);
    webSocket.off('upgrade', onUpgrade).off('unexpected-response', onStatus);
    webSocket.off('open', onOpen).off('error', onError).off('close', onClose);
  };

  signal.addEventListener('abort', onAbort, { once: true });
  webSocket.on('upgrade', onUpgrade).on('unexpected-response', onStatus);
  webSocket.on('open', onOpen).on('error', onError).on('close', onClose);
}

function openWebSocket(url: URL, settings: DialSettings, finishRequest: (request: ClientRequest) => void): WebSocket {
  // What is in `tls` goes down to `tls.connect`; the types of `ws` list only a part of it.
  const options = {
    ...settings.tls,
    ...WS_SETTINGS,
    followRedirects: false,
    headers: settings.headers,
    finishRequest,
  };
  return new WebSocket(url.href, settings.protocols, options);
}

function showLocation(location: string | undefined, from: URL): string | undefined {
  return location !== undefined && URL.canParse(location, from.href) ? showUrl(new URL(location, from)) : undefined;
}

function checkHeaders(headers: Readonly<Record<string, string>> = {}): Record<string, string> {
  try {
    for (const [name, value] of Object.entries(headers)) {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    }
  } catch (error) {
    throw optionError(`the headers cannot be sent: ${(error as Error).message}`, error);
  }
  return { ...headers };
}

function ignore(): void {}
