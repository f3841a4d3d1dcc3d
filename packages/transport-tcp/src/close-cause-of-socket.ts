/**
 * The one place where what Node says of a socket becomes a {@link CloseCause}; also of the socket under a WebSocket.
 *
 * While dialing an errno says who did not let us in:
 * - `ECONNREFUSED`: the host answered and nothing listens: refused by the host. So do `EACCES` and `EPERM`, the answer of file
 *   permissions or of a firewall on this machine;
 * - no way to the host, name not found, no socket file (`ENOENT`; a path is a name, too): unreachable;
 * - `ETIMEDOUT`: the kernel gave up, which is a timeout of the dial;
 * - everything that comes between TCP's connection and the end of the TLS handshake: refused by TLS, save a reset.
 *
 * Once open: `ECONNRESET`, `EPIPE` (a write after the peer's reset or full close) and `ECONNABORTED` (the kernel dropped the
 * connection itself) are a reset; `ETIMEDOUT` is the kernel's timeout; a route that vanished is unreachable; an alert of TLS is a
 * refusal, because in TLS 1.3 a server judges the client's certificate after the client believes the connection open.
 * An errno that is not listed says nothing that can be relied on: lost, with the errno as evidence.
 */
import type { CloseCause, CloseEvidence } from '@heartwire/core/transport';
import { tlsCode, tlsSentence } from './tls-sentence.ts';

/** What is known of a dial that failed. */
export interface FailedDial {
  readonly kind: 'tcp' | 'tls' | 'unix';
  /** As a person would write it. */
  readonly address: string;
  /** TCP stood, the TLS handshake did not end. */
  readonly isSecuring: boolean;
  readonly elapsedMs: number;
}

/** What is known of an open socket that closed. */
export interface ClosedSocket {
  readonly failure: Error | undefined;
  /** Its reading side ended as after a FIN, and yet it was reset. */
  readonly wasReset: boolean;
  readonly isAborted: boolean;
  readonly isSecure: boolean;
  readonly address: string;
  readonly silentMs: number;
  readonly evidence: CloseEvidence;
}

/** The parts of Node's errors that are read. */
export interface SystemError extends Error {
  readonly code?: string;
  readonly syscall?: string;
  readonly address?: string;
  readonly port?: number;
  readonly errors?: readonly SystemError[];
}

const RESET = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED']);
const REFUSED = new Set(['ECONNREFUSED', 'EACCES', 'EPERM']);
const NO_WAY = new Set(['EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENETDOWN', 'ENONET']);

/** Why a dial failed. */
export function causeOfFailedDial(failure: Error, dial: FailedDial): CloseCause {
  const error = mostTelling(failure);
  const code = error.code ?? 'UNKNOWN';
  const evidence = evidenceOf(error);
  if (code === 'ETIMEDOUT') return { kind: 'timeout', of: 'dial', silentFor: dial.elapsedMs, evidence };
  // Node invents an ECONNRESET without a system call when the stream ends before the handshake does.
  if (RESET.has(code) && !(dial.isSecuring && error.syscall === undefined)) return { kind: 'reset', evidence };
  if (RESET.has(code) || (dial.kind === 'tls' && !isErrno(code))) return refusedByTls(error, dial, evidence);
  const message = sentenceOf(code, dial, error) + triedAddresses(failure);
  if (REFUSED.has(code)) return { kind: 'refused', by: 'host', code, message, evidence };
  return { kind: 'unreachable', code, message, evidence };
}

/** Why an open socket closed. */
export function causeOfClosedSocket(closed: ClosedSocket): CloseCause {
  const error: SystemError | undefined = closed.failure;
  const evidence = { ...evidenceOf(error), ...closed.evidence };
  if (error === undefined) return { kind: kindOfSilentClose(closed), evidence };
  const code = error.code ?? 'UNKNOWN';
  if (RESET.has(code)) return { kind: 'reset', evidence };
  if (code === 'ETIMEDOUT') return { kind: 'timeout', of: 'kernel', silentFor: closed.silentMs, evidence };
  if (NO_WAY.has(code)) {
    return { kind: 'unreachable', code, message: `the way to ${closed.address} is gone`, evidence };
  }
  if (closed.isSecure && !isErrno(code)) {
    return {
      kind: 'refused',
      by: 'tls',
      code: tlsCode(error),
      message: tlsSentence(error, closed.address, true),
      evidence,
    };
  }
  return { kind: 'lost', evidence };
}

function kindOfSilentClose({ isAborted, wasReset }: ClosedSocket): 'destroyed' | 'reset' | 'finished' {
  if (isAborted) return 'destroyed';
  return wasReset ? 'reset' : 'finished';
}

function refusedByTls(error: SystemError, dial: FailedDial, evidence: CloseEvidence): CloseCause {
  const message = tlsSentence(error, dial.address, false);
  return { kind: 'refused', by: 'tls', code: tlsCode(error), message, evidence };
}

function sentenceOf(code: string, dial: FailedDial, error: SystemError): string {
  const { address, kind } = dial;
  switch (code) {
    case 'ECONNREFUSED':
      return `nothing listens on ${address}, or a firewall refuses; is the server running?`;
    case 'EACCES':
    case 'EPERM':
      return kind === 'unix'
        ? `this user may not open ${address}; look at the permissions of the file and its folder`
        : `this machine does not allow a connection to ${address}; look at its firewall`;
    case 'ENOENT':
      return `there is no socket file at ${address}; is the server running, and is the path right?`;
    case 'ENOTFOUND':
      return `the name in ${address} is not known; is it spelled right, and is the network up?`;
    case 'EAI_AGAIN':
      return `the name in ${address} cannot be looked up at the moment, the name server does not answer; is the network up?`;
    case 'ENETUNREACH':
      // The kernel says the same of its own routes and of what a router has answered (ICMP network unreachable).
      return `there is no route to ${address}: this machine has none, or a router on the way says so; is the network up?`;
    case 'ENETDOWN':
    case 'ENONET':
      return `this machine has no route to ${address}; is the network up?`;
    case 'EHOSTUNREACH':
    case 'EHOSTDOWN':
      return `there is no way to ${address}: the host is down, or something before it says no`;
    case 'EADDRNOTAVAIL':
      return `no local address or port is free for a connection to ${address}`;
    case 'EMFILE':
    case 'ENFILE':
      return `too many files and sockets are open here for a connection to ${address}; raise the limit (ulimit -n)`;
    default:
      return `${address} cannot be reached: ${error.message}`;
  }
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

function evidenceOf(error: SystemError | undefined): CloseEvidence {
  return {
    ...(error?.code === undefined ? {} : { errno: error.code }),
    ...(error?.syscall === undefined ? {} : { syscall: error.syscall }),
  };
}

/** A system error's name, unlike the names that Node and OpenSSL give to theirs. */
function isErrno(code: string): boolean {
  return /^E(AI_)?[A-Z0-9]+$/.test(code) && code !== 'EPROTO';
}
