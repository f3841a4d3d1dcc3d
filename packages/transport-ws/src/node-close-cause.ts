/**
 * The one place on Node where what the platform says of a WebSocket becomes a {@link CloseCause}; close-code.ts reads the codes.
 *
 * While dialing, four parties can say no: the host (`ECONNREFUSED`), TLS (a certificate, an alert), HTTP (a status, a missing
 * sub-protocol, an answer that is no HTTP) and nobody at all (no route, no such name: unreachable).
 *
 * Once open, a close frame speaks for itself. Without one (1006) the socket below says what happened: a reset, a timeout of the
 * kernel, a route that vanished; and when it says nothing, the peer's stream simply ended: finished, with `wsClean: false`.
 */
import type { CloseCause, CloseEvidence } from '@heartwire/core/transport';
import { causeOfCloseCode, NO_CLOSE_FRAME } from './close-code.ts';

/** What is known of a dial that failed. */
export interface FailedDial {
  readonly address: string;
  readonly isSecure: boolean;
  /** How far it had come: TLS had been agreed. */
  readonly isSecured: boolean;
  readonly elapsedMs: number;
}

/** What is known of an open WebSocket that closed. */
export interface ClosedWebSocket {
  readonly code: number;
  readonly reason: string;
  /** The error of the socket below, if it had one. */
  readonly failure: NodeJS.ErrnoException | undefined;
  readonly silentMs: number;
}

interface SystemError extends NodeJS.ErrnoException {
  readonly address?: string;
  readonly errors?: readonly SystemError[];
}

const RESET = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED']);
const REFUSED = new Set(['ECONNREFUSED', 'EACCES', 'EPERM']);
const NO_WAY = new Set(['EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENETDOWN', 'ENONET']);

const SENTENCES: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'nothing listens there, or a firewall refuses; is the server running?'],
  ['EACCES', 'this machine does not allow the connection; look at its firewall'],
  ['EPERM', 'this machine does not allow the connection; look at its firewall'],
  ['ENOTFOUND', 'the name is not known; is it spelled right, and is the network up?'],
  ['EAI_AGAIN', 'the name cannot be looked up at the moment, the name server does not answer; is the network up?'],
  ['ENETUNREACH', 'this machine has no route there; is the network up?'],
  ['ENETDOWN', 'this machine has no route there; is the network up?'],
  ['EHOSTUNREACH', 'there is no way there: the host is down, or something before it says no'],
  ['EHOSTDOWN', 'there is no way there: the host is down'],
  ['EADDRNOTAVAIL', 'no local address or port is free for the connection'],
  ['EMFILE', 'too many files and sockets are open here; raise the limit (ulimit -n)'],
  ['ENFILE', 'too many files and sockets are open here; raise the limit (ulimit -n)'],
]);

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
export function causeOfFailedDial(failure: Error, dial: FailedDial): CloseCause {
  const error = mostTelling(failure);
  const code = error.code ?? 'UNKNOWN';
  const evidence = evidenceOf(error);
  const { address } = dial;
  if (code === 'ETIMEDOUT') return { kind: 'timeout', of: 'dial', silentFor: dial.elapsedMs, evidence };
  if (RESET.has(code) && error.syscall !== undefined) return { kind: 'reset', evidence };
  if (RESET.has(code)) return causeOfSilentEnd(dial, evidence);
  if (REFUSED.has(code)) {
    const message = `${address}: ${SENTENCES.get(code)}${triedAddresses(failure)}`;
    return { kind: 'refused', by: 'host', code, message, evidence };
  }
  if (code.startsWith('HPE_') || error.code === undefined) {
    const message = `${address} did not answer as a WebSocket server does: ${error.message}`;
    return { kind: 'refused', by: 'http', code: error.code ?? 'upgrade', message, evidence };
  }
  if (dial.isSecure && !isErrno(code)) {
    const message = `the TLS handshake with ${address} failed: ${error.message}`;
    return { kind: 'refused', by: 'tls', code, message, evidence };
  }
  const message = `${address}: ${SENTENCES.get(code) ?? error.message}${triedAddresses(failure)}`;
  return { kind: 'unreachable', code, message, evidence };
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
export function causeOfClosedWebSocket({ code, reason, failure, silentMs }: ClosedWebSocket): CloseCause {
  const wasClean = code !== NO_CLOSE_FRAME;
  const evidence = { wsCode: code, wsClean: wasClean, ...(failure === undefined ? {} : evidenceOf(failure)) };
  if (wasClean) return { ...causeOfCloseCode({ code, reason, wasClean }), evidence };
  if (failure === undefined) return { kind: 'finished', evidence };
  const errno = failure.code ?? 'UNKNOWN';
  if (RESET.has(errno)) return { kind: 'reset', evidence };
  if (errno === 'ETIMEDOUT') return { kind: 'timeout', of: 'kernel', silentFor: silentMs, evidence };
  if (NO_WAY.has(errno)) return { kind: 'unreachable', code: errno, message: 'the way to the peer is gone', evidence };
  return { kind: 'lost', evidence };
}

/** Node invents an ECONNRESET without a system call when the stream ends before the TLS handshake or the HTTP answer has come. */
function causeOfSilentEnd(dial: FailedDial, evidence: CloseEvidence): CloseCause {
  const isTls = dial.isSecure && !dial.isSecured;
  const message = isTls
    ? `${dial.address} ended the connection in the TLS handshake; does it speak TLS on this port?`
    : `${dial.address} ended the connection without an HTTP answer; is it a WebSocket server?`;
  return { kind: 'refused', by: isTls ? 'tls' : 'http', code: 'ECONNRESET', message, evidence };
}

/** A name with several addresses fails with one error for each. The most telling: somebody answered; then, nobody did in time. */
function mostTelling(failure: SystemError): SystemError {
  const errors = failure.errors;
  if (errors === undefined || errors.length === 0) return failure;
  const byCode = (code: string): SystemError | undefined => errors.find((error) => error.code === code);
  return byCode('ECONNREFUSED') ?? byCode('ETIMEDOUT') ?? errors[0] ?? failure;
}

function triedAddresses(failure: SystemError): string {
  if (failure.errors === undefined || failure.errors.length === 0) return '';
  const tried = failure.errors.map((error) => `${error.address ?? 'an address'} (${error.code ?? error.message})`);
  return ` Tried: ${tried.join(', ')}.`;
}

function evidenceOf(error: SystemError): CloseEvidence {
  return {
    ...(error.code === undefined ? {} : { errno: error.code }),
    ...(error.syscall === undefined ? {} : { syscall: error.syscall }),
  };
}

/** A system error's name, unlike the names that Node and OpenSSL give to theirs. */
function isErrno(code: string): boolean {
  return /^E(AI_)?[A-Z0-9]+$/.test(code) && code !== 'EPROTO';
}
