/**
 * Whose error is it? A socket closes with whatever error `destroy()` was given. The kernel's, the resolver's and those of TLS say how
 * the connection ended; one that the program made says only that the program ended it.
 *
 * The kernel's errors name a system call. Those of TLS are told by their codes (OpenSSL's, Node's, and the one that
 * `authorizationError` repeats), since the program's own may have codes, too. And an error that another socket reported before is
 * the program's, which handed it on: `stream.pipeline()` destroys one socket with the error of the other.
 */
import { TLSSocket } from 'node:tls';
import type { Socket } from 'node:net';
import type { SystemError } from './close-cause-of-socket.ts';

const reportedBy = new WeakMap<Error, Socket>();

/** Whether this error of a socket says how its connection ended. Asked once, when the socket reports it. `isDialing`: the socket was not open before. */
export function speaksOfConnection(error: Error, socket: Socket, isDialing: boolean): boolean {
  if (isOfKernel(error)) return isDialing || isFirstReport(error, socket);
  return socket instanceof TLSSocket && isOfTls(error, socket, isDialing);
}

/** Whether the error of a socket that has closed is one of connecting. */
export function isOfDial(error: SystemError): boolean {
  return error.syscall === 'connect' || error.syscall === 'getaddrinfo' || error.errors?.some(isOfDial) === true;
}

/** Several addresses fail with one error for all of them, which has no system call of its own. */
function isOfKernel(error: SystemError): boolean {
  return error.syscall !== undefined || error.errors?.some(isOfKernel) === true;
}

function isOfTls(error: SystemError, socket: TLSSocket, isDialing: boolean): boolean {
  const code = error.code ?? error.message;
  if (/^(ERR_SSL_|ERR_TLS_|EPROTO$)/.test(code)) return true;
  // Node's own, when the stream ends before the handshake does.
  return isDialing && (code === 'ECONNRESET' || code === String(socket.authorizationError));
}

/** A dial is not asked: its error may well have come from the socket beneath, which is the same connection. */
function isFirstReport(error: Error, socket: Socket): boolean {
  const first = reportedBy.get(error) ?? socket;
  reportedBy.set(error, first);
  return first === socket;
}
