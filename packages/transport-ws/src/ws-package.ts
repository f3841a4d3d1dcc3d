/**
 * The only file that imports the package `ws`, with the settings that both directions share.
 *
 * Compression is off: it costs memory for every connection and breaks the promise that small control frames go at once. A
 * message may have 1 MiB: heartwire sends far smaller ones, and this is what a hostile peer can make us hold before
 * the limits of the protocol see a byte of it.
 */
import { WebSocket, WebSocketServer } from 'ws';

export { WebSocket, WebSocketServer };

/** Settings of `ws` for dialing and for accepting. */
export const WS_SETTINGS: {
  readonly perMessageDeflate: false;
  readonly maxPayload: number;
  readonly skipUTF8Validation: true;
} = {
  perMessageDeflate: false,
  maxPayload: 1024 * 1024,
  // A text message is refused anyway, so nobody needs to know whether it is well-formed.
  skipUTF8Validation: true,
};
