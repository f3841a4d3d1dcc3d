import { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/**
 * End a socket at once, with a reset where there is one. Only a plain TCP handle can be reset: Node throws for the others, and
 * closing is all that they can do.
 */
export function resetSocket(socket: Socket): void {
  const isTcp = socket instanceof Socket && !(socket instanceof TLSSocket) && socket.remoteFamily !== undefined;
  if (isTcp && !socket.destroyed && !isShuttingDown(socket)) socket.resetAndDestroy();
  else socket.destroy();
}

/** While shutdown(2) is under way a reset fails (EINVAL), and Node then leaks the handle and never says `close`. */
function isShuttingDown(socket: Socket): boolean {
  return socket.writableEnded && !socket.writableFinished && socket.writableLength === 0;
}
