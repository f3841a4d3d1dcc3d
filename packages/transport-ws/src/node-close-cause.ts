/**
 * The one place on Node where what the platform says of a WebSocket becomes a {@link CloseCause}. The socket below speaks through
 * the TCP transport's table, the close codes through close-code.ts; what is left is HTTP.
 *
 * While dialing, four parties can say no: the host (`ECONNREFUSED`), TLS (a certificate, an alert), HTTP (a status, a missing
 * sub-protocol, an answer that is no HTTP) and nobody at all (no route, no such name: unreachable).
 *
 * Once open, a close frame speaks for itself. Without one (1006) the socket below says what happened: a reset, a timeout of the
 * kernel, a route that vanished; and when it says nothing, the peer's stream simply ended: finished, with `wsClean: false`.
 */
import type { CloseCause, CloseEvidence } from '@heartwire/core/transport';
import {
  causeOfClosedSocket,
  causeOfFailedDial as causeOfFailedSocket,
  type ClosedSocket,
} from '@heartwire/transport-tcp/socket';
import { causeOfCloseCode, NO_CLOSE_FRAME } from './close-code.ts';

/** What is known of a dial that failed. */
export interface FailedDial {
  readonly address: string;
  readonly isSecure: boolean;
  /** How far it had come: TLS had been agreed. */
  readonly isSecured: boolean;
  readonly elapsedMs: number;
}

/** What is known of an open WebSocket that closed: the close frame, and the socket below. */
export interface ClosedWebSocket extends Omit<ClosedSocket, 'evidence'> {
  readonly code: number;
  readonly reason: string;
}

const STATUS_SENTENCES: ReadonlyMap<number, string> = new Map([
  [200, 'it answered with a web page and not with a WebSocket; is the path right?'],
  [400, 'it did not accept the request; does it speak heartwire on this path?'],
  [401, 'it wants credentials'],
  [403, 'it does not allow this; does it allow the origin of this page?'],
  [404, 'there is no WebSocket on this path'],
  [426, 'it wants a WebSocket upgrade; does a proxy on the way remove the header Upgrade?'],
  [429, 'it is asked too often'],
  [502, 'the proxy does not reach the server behind it'],
  [503, 'it takes no connections at the moment'],
  [504, 'the proxy gets no answer from the server behind it'],
]);

/** Why a dial failed below HTTP, or on words that were no HTTP. */
export function causeOfFailedDial(failure: NodeJS.ErrnoException, dial: FailedDial): CloseCause {
  const { address, isSecure, elapsedMs } = dial;
  const isSecuring = isSecure && !dial.isSecured;
  const { code, syscall } = failure;
  // Node invents an ECONNRESET without a system call when the stream ends before the answer has come.
  if (code === 'ECONNRESET' && syscall === undefined && !isSecuring) {
    const message = `${address} ended the connection without an HTTP answer; is it a WebSocket server?`;
    return { kind: 'refused', by: 'http', code, message, evidence: { errno: code } };
  }
  const isSystemError = code !== undefined || failure instanceof AggregateError;
  if (!isSystemError || code?.startsWith('HPE_') === true) {
    const message = `${address} did not answer as a WebSocket server does: ${failure.message}`;
    const evidence: CloseEvidence = code === undefined ? {} : { errno: code };
    return { kind: 'refused', by: 'http', code: code ?? 'upgrade', message, evidence };
  }
  return causeOfFailedSocket(failure, { kind: isSecure ? 'tls' : 'tcp', address, isSecuring, elapsedMs });
}

/** Why a dial failed that got an HTTP status and no upgrade. `location`: where a redirect points. */
export function causeOfStatus(status: number, address: string, location?: string): CloseCause {
  const isRedirect = status >= 300 && status < 400;
  const sentence = isRedirect
    ? `it has moved${location === undefined ? '' : ` to ${location}`}; dial the new address`
    : (STATUS_SENTENCES.get(status) ?? 'it did not accept the WebSocket');
  return { kind: 'refused', by: 'http', code: String(status), message: `${address} answered ${status}: ${sentence}` };
}

/** Why a dial failed that got an upgrade without our sub-protocol. */
export function causeOfWrongProtocol(wanted: string, got: string | undefined, address: string): CloseCause {
  const answer = got === undefined ? 'no sub-protocol' : `the sub-protocol '${got}'`;
  const message = `${address} chose ${answer} and not '${wanted}'; is it a heartwire server, and is the path right?`;
  return { kind: 'refused', by: 'http', code: 'sub-protocol', message };
}

/** Why an open WebSocket closed. */
export function causeOfClosedWebSocket({ code, reason, ...socket }: ClosedWebSocket): CloseCause {
  const wasClean = code !== NO_CLOSE_FRAME;
  const { evidence, ...cause } = causeOfClosedSocket({ ...socket, evidence: { wsCode: code, wsClean: wasClean } });
  const spoken = wasClean ? causeOfCloseCode({ code, reason, wasClean }) : cause;
  return evidence === undefined ? spoken : { ...spoken, evidence };
}
