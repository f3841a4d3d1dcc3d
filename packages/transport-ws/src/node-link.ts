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
  const link = new WebSocketLink(info, portOf(webSocket, raw), sink);
  const end = watchRawSocket(raw);
  raw.on('drain', () => link.checkDrained());
  // `ws` ends our direction when it has answered a close frame. By itself it would wait for the peer's end for 30 s.
  raw.on('finish', () => link.handlePeerClose());
  webSocket.on('message', (data, isBinary) => {
    if (isBinary) link.handleBinary(data as Buffer);
    else link.handleText();
  });
  webSocket.on('pong', () => link.handlePong());
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

function portOf(webSocket: WebSocket, raw: Socket): WebSocketPort {
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
    ping: () => {
      if (webSocket.readyState === webSocket.OPEN) webSocket.ping();
    },
  };
}
