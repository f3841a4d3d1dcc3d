/**
 * A WebSocket of the package `ws` as a link, dialed or accepted.
 */
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { HeartwireError, type LinkInfo, type LinkSink } from '@heartwire/core/transport';
import { resetSocket } from '@heartwire/transport-tcp/socket';
import { causeOfClosedWebSocket } from './node-close-cause.ts';
import { watchRawSocket } from './raw-socket.ts';
import { WebSocketLink, type WebSocketPort } from './web-socket-link.ts';
import type { WebSocket } from './ws-package.ts';

const MESSAGE_TOO_BIG = 1009;
const PROTOCOL_ERROR = 1002;

/** Make the link and listen to everything. Call it in the turn in which the WebSocket opened; `open()` on the result comes next. */
export function linkOf(webSocket: WebSocket, raw: Socket, info: LinkInfo, sink: LinkSink): WebSocketLink {
  const address = info.address ?? info.transport;
  const probe = new Probe(webSocket);
  const link = new WebSocketLink(info, portOf(webSocket, raw, probe), sink);
  const end = watchRawSocket(raw);
  raw.on('drain', () => link.checkDrained());
  // `ws` ends our direction when it has answered a close frame. By itself it would wait for the peer's end for 30 s.
  raw.on('finish', () => link.handlePeerClose());
  webSocket.on('message', (data, isBinary) => {
    if (isBinary) link.handleBinary(data as Buffer);
    else link.handleText();
  });
  webSocket.on('pong', (data) => {
    if (probe.isAnswer(data)) link.handlePong();
  });
  webSocket.on('error', (error: NodeJS.ErrnoException) => {
    const isTooBig = error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH';
    const code = isTooBig ? 'ERR_HW_FRAME_TOO_LARGE' : 'ERR_HW_MALFORMED_FRAME';
    const violation = new HeartwireError(code, { by: 'remote', detail: `WebSocket: ${error.message}`, cause: error });
    link.handleViolation(violation, isTooBig ? MESSAGE_TOO_BIG : PROTOCOL_ERROR);
  });
  webSocket.on('close', (code, reason) => {
    const socket = { ...end, isAborted: false, isSecure: raw instanceof TLSSocket, address, silentMs: link.silentMs };
    link.handleClose(causeOfClosedWebSocket({ code, reason: reason.toString(), ...socket }));
  });
  return link;
}

function portOf(webSocket: WebSocket, raw: Socket, probe: Probe): WebSocketPort {
  return {
    get bufferedAmount() {
      return webSocket.bufferedAmount;
    },
    // Node says `drain` only above its own mark, which the program may have raised.
    highWaterBytes: raw.writableHighWaterMark,
    send: (bytes) => webSocket.send(bytes),
    close: (code) => webSocket.close(code),
    terminate: () => resetSocket(raw),
    afterReading: (callback) => void setImmediate(callback),
    ping: () => probe.ask(),
  };
}

/** Pings that are told apart by their payload: RFC 6455 (5.5.3) lets an endpoint send a pong that nobody asked for, as a heartbeat of its own, and that answers nothing. */
class Probe {
  readonly #webSocket: WebSocket;
  #asked = 0;
  #answered = 0;

  constructor(webSocket: WebSocket) {
    this.#webSocket = webSocket;
  }

  ask(): void {
    if (this.#webSocket.readyState !== this.#webSocket.OPEN) return;
    this.#asked += 1;
    this.#webSocket.ping(String(this.#asked));
  }

  /** Of several pings an endpoint may answer the last one only. */
  isAnswer(data: Buffer): boolean {
    const number = Number(data.toString('latin1'));
    if (!(number > this.#answered && number <= this.#asked)) return false;
    this.#answered = number;
    return true;
  }
}
