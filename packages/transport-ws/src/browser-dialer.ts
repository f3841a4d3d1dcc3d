/**
 * Dialing with the WebSocket of the platform: browsers, workers, Deno.
 *
 * Such a WebSocket hides what happened: a refused connection, a reset and a cable that was pulled are all `close` with 1006
 * (WHATWG WebSockets, "so that a script cannot probe the network"). So 1006 is `lost`, and nothing is guessed. It can
 * neither be reset nor pinged, and no event tells that its buffer has emptied.
 */
import type { Dialer, LinkSink } from '@heartwire/core/transport';
import { causeOfCloseCode } from './close-code.ts';
import { offeredProtocols, SUB_PROTOCOL } from './sub-protocol.ts';
import { createDialer, type WsUrl } from './web-socket-dialer.ts';
import { callSink, WebSocketLink, type WebSocketPort } from './web-socket-link.ts';
import { optionError, showUrl } from './web-socket-url.ts';

/** Options of `ws()`. */
export interface WsOptions {
  /** Sub-protocols to offer besides `heartwire.1`; the server must choose that one all the same. */
  readonly protocols?: readonly string[];
  /** Not here: a browser sends no headers of ours. Present so that a program for both platforms gets an error and not silence. */
  readonly headers?: never;
  /** Not here either: a browser shows nobody its sockets. */
  readonly tuneSocket?: never;
}

/** The part of the platform's WebSocket that is used. */
export interface PlatformWebSocket {
  binaryType: string;
  readonly bufferedAmount: number;
  readonly protocol: string;
  send(bytes: Uint8Array): void;
  close(code?: number): void;
  addEventListener(type: string, listener: (event: never) => void): void;
  removeEventListener(type: string, listener: (event: never) => void): void;
}

/** The class of the platform's WebSocket. */
export type PlatformWebSocketClass = new (url: string, protocols: string[]) => PlatformWebSocket;

interface Platform {
  readonly WebSocket?: PlatformWebSocketClass;
  readonly location?: { readonly href: string };
}

/** Long enough to cost nothing, short enough to keep a fast network busy; the event `message` helps where timers are throttled. */
const DRAIN_POLL_MS = 4;

/**
 * Dial a WebSocket.
 *
 * `http:` and `https:` mean `ws:` and `wss:`; an address like `'/hw'` is relative to the page. The sub-protocol `heartwire.1` is offered
 * and required. Throws `ERR_HW_OPTION` at once when the URL makes no sense. The connection has no half-close:
 * `end` closes it. Whatever happens without a closing handshake is `lost`.
 */
export function ws(url: WsUrl, options: WsOptions = {}): Dialer {
  const platform = globalThis as unknown as Platform;
  if (platform.WebSocket === undefined) {
    throw optionError(
      'there is no WebSocket on this platform; on Node before 22 import this package with the condition "node"',
    );
  }
  return dialWith(platform.WebSocket, platform.location?.href, url, options);
}

/** As {@link ws}, with a WebSocket class and a page address of one's own. */
export function dialWith(
  Class: PlatformWebSocketClass,
  base: string | undefined,
  url: WsUrl,
  options: WsOptions,
): Dialer {
  if (options.headers !== undefined) {
    throw optionError(
      'a browser sends no headers of ours with a WebSocket; pass what they would say in the option auth of connect()',
    );
  }
  const protocols = offeredProtocols(options.protocols);
  return createDialer(url, base, (to, sink, signal) => open(Class, to, protocols, sink, signal));
}

function open(Class: PlatformWebSocketClass, url: URL, protocols: string[], sink: LinkSink, signal: AbortSignal): void {
  let socket: PlatformWebSocket;
  try {
    socket = new Class(url.href, protocols);
  } catch (error) {
    // For example: a page that came over https: may not dial ws:.
    const message = `the browser does not allow ${showUrl(url)}: ${(error as Error).message}`;
    queueMicrotask(() =>
      callSink(sink, (to) => to.closed({ kind: 'unreachable', code: (error as Error).name, message })),
    );
    return;
  }
  new BrowserAttempt(socket, url, sink, signal).start();
}

/** One WebSocket from its first moment to its last. */
class BrowserAttempt implements WebSocketPort {
  readonly #socket: PlatformWebSocket;
  readonly #url: URL;
  readonly #sink: LinkSink;
  readonly #signal: AbortSignal;
  #link: WebSocketLink | undefined;
  #isOver = false;

  constructor(socket: PlatformWebSocket, url: URL, sink: LinkSink, signal: AbortSignal) {
    this.#socket = socket;
    this.#url = url;
    this.#sink = sink;
    this.#signal = signal;
  }

  start(): void {
    const socket = this.#socket;
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('open', this.#onOpen);
    socket.addEventListener('message', this.#onMessage);
    socket.addEventListener('close', this.#onClose);
    // It says nothing, and `close` follows; but somewhere an error that nobody hears would be thrown.
    socket.addEventListener('error', ignore);
    this.#signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  get bufferedAmount(): number {
    return this.#socket.bufferedAmount;
  }

  send(bytes: Uint8Array): void {
    this.#socket.send(bytes);
  }

  close(code: number): void {
    // A script may send 1000 and private codes only, so the peer learns of nothing worse (WHATWG WebSockets).
    this.#socket.close(code === 1000 ? code : 1000);
  }

  /** The platform can only close in order, in its own time. For us it is over now. */
  terminate(): void {
    this.#socket.close();
    queueMicrotask(() => this.#finish(NOTHING_SAID));
  }

  watchDrain(link: WebSocketLink): void {
    const look = (): void => {
      if (!this.#isOver && link.checkDrained()) setTimeout(look, DRAIN_POLL_MS);
    };
    setTimeout(look, DRAIN_POLL_MS);
  }

  readonly #onOpen = (): void => {
    this.#signal.removeEventListener('abort', this.#onAbort);
    if (this.#socket.protocol !== SUB_PROTOCOL) {
      this.#socket.close();
      const code = 'sub-protocol';
      const message = `${showUrl(this.#url)} does not speak ${SUB_PROTOCOL}; is it a heartwire server, and is the path right?`;
      queueMicrotask(() => this.#finish({ kind: 'refused', by: 'http', code, message }));
      return;
    }
    const info = { transport: this.#url.protocol === 'wss:' ? 'wss' : 'ws', address: this.#url.host };
    this.#link = new WebSocketLink(info, this, this.#sink);
    this.#link.open();
  };

  readonly #onMessage = (event: { data: unknown }): void => {
    if (typeof event.data === 'string') this.#link?.handleText();
    else this.#link?.handleBinary(new Uint8Array(event.data as ArrayBuffer));
  };

  readonly #onClose = (event: { code: number; reason: string; wasClean: boolean }): void => {
    this.#finish(causeOfCloseCode(event));
  };

  readonly #onAbort = (): void => {
    this.#socket.close();
    queueMicrotask(() => this.#finish({ kind: 'destroyed' }));
  };

  #finish(cause: ReturnType<typeof causeOfCloseCode>): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#socket.removeEventListener('open', this.#onOpen);
    this.#socket.removeEventListener('message', this.#onMessage);
    this.#socket.removeEventListener('close', this.#onClose);
    if (this.#link === undefined) callSink(this.#sink, (sink) => sink.closed(cause));
    else this.#link.handleClose(cause);
  }
}

const NOTHING_SAID = { kind: 'lost' } as const;

function ignore(): void {}
