/**
 * What a WebSocket close code says (RFC 6455 §7.4.1 and the IANA registry), as a {@link CloseCause}.
 *
 * - 1000, 1001, 1005 and the codes of a server in trouble (1011 to 1014): the stream of the peer ended in order but without
 *   heartwire's goodbye: finished. Whether to come back is for the session to decide, and the code is kept as evidence.
 * - 1002, 1003, 1007, 1009, 1010: the peer, or a proxy, says that we broke the protocol. So the error is `by: 'local'`, though
 *   we have only its word.
 * - 1008 and the private codes 3000 to 4999: somebody refused us for a reason of its own. heartwire never sends them.
 * - 1015 is the browser's word for a failed TLS handshake.
 * - 1006 is no code of the peer: it means that there was none. What really happened, each platform must tell otherwise.
 */
import { HeartwireError, type CloseCause } from '@heartwire/core/transport';

/** What `close` events say on all platforms. */
export interface WebSocketClose {
  readonly code: number;
  readonly reason: string;
  readonly wasClean: boolean;
}

/** The code that stands for "no close frame was received". */
export const NO_CLOSE_FRAME = 1006;

const TOO_BIG = 1009;

const BROKEN_PROTOCOL: ReadonlyMap<number, string> = new Map([
  [1002, 'a protocol error'],
  [1003, 'a kind of data that it does not accept'],
  [1007, 'data that does not fit its type'],
  [TOO_BIG, 'a WebSocket message that is too big for it'],
  [1010, 'a missing extension'],
]);

/** The cause for a close frame that was received; {@link NO_CLOSE_FRAME} is `lost`. */
export function causeOfCloseCode({ code, reason, wasClean }: WebSocketClose): CloseCause {
  const evidence = { wsCode: code, wsClean: wasClean };
  const because = reason === '' ? '' : `: ${reason}`;
  if (code === NO_CLOSE_FRAME) return { kind: 'lost', evidence };
  const complaint = BROKEN_PROTOCOL.get(code);
  if (complaint !== undefined) {
    const detail = `the peer closed the WebSocket with ${code}, ${complaint}${because}`;
    const name = code === TOO_BIG ? 'ERR_HW_FRAME_TOO_LARGE' : 'ERR_HW_MALFORMED_FRAME';
    return { kind: 'protocol', error: new HeartwireError(name, { by: 'local', detail }), evidence };
  }
  if (code === 1015) {
    return { kind: 'refused', by: 'tls', code: '1015', message: 'the TLS handshake failed', evidence };
  }
  if (code === 1008 || code >= 3000) {
    const message = `the WebSocket was closed with ${code}${because}`;
    return { kind: 'refused', by: 'application', code: String(code), message, evidence };
  }
  return { kind: 'finished', evidence };
}
