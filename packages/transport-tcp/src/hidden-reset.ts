/**
 * Was it an end, or a reset that looks like one?
 *
 * When data and a reset wait together, Node 20 and 22 report the data and then `end`, exactly as after a FIN (libuv sees that
 * the connection hung up and asks the kernel no further). But a connection that was reset has no peer any more, and one whose peer
 * sent FIN still has: so the kernel is asked for the peer's address (getpeername(2), ENOTCONN). The question writes nothing and
 * changes nothing, so it may be asked of anybody's socket.
 *
 * It says nothing once our own direction has ended: after both ends a connection has no peer either. Unix sockets have no such
 * question, and need none: there the platforms report a reset as one. The handle is Node's own and undocumented; where
 * it is not as expected, `end` is believed, and {@link hiddenResetFault} says so.
 */
import type { Socket } from 'node:net';
import { getSystemErrorName } from 'node:util';

interface Handle {
  getpeername?(into: object): number;
}

/** Whether this socket, whose reading side has just ended, was reset. Ask in the listener of `end`, before anything ends our direction. */
export function wasReset(socket: Socket): boolean {
  if (socket.writableEnded) return false;
  try {
    const answer = handleOf(socket)?.getpeername?.({}) ?? 0;
    return answer < 0 && getSystemErrorName(answer) === 'ENOTCONN';
  } catch {
    // TLS over something that is no TCP socket.
    return false;
  }
}

/** What cannot be told of this socket, which is connected, as a sentence; null when nothing is missing. `versions`: of the platform. */
export function hiddenResetFault(
  socket: Socket,
  versions: Readonly<Record<string, string | undefined>> = process.versions,
): string | null {
  const isTcp = socket.remoteFamily !== undefined;
  const mayAsk = typeof handleOf(socket)?.getpeername === 'function';
  // Bun reports every reset as one.
  if (!isTcp || mayAsk || versions['bun'] !== undefined) return null;
  return 'on this platform a reset that comes right behind data cannot be told from an orderly end';
}

function handleOf(socket: Socket): Handle | null | undefined {
  return (socket as unknown as Readonly<Record<'_handle', Handle | null | undefined>>)['_handle'];
}
