/**
 * The TCP or TLS socket under a WebSocket on Node: what `ws` does not tell.
 *
 * `ws` swallows the socket's errors, so a reset, an end without close frame and a timeout all look alike unless one listens
 * below it. What Node itself hides is the same as in the TCP transport, which explains it at length.
 */
import type { Socket } from 'node:net';
import { guardSocket, wasReset } from '@heartwire/transport-tcp/socket';

/** What the socket has said so far of its end. */
export interface RawEnd {
  failure: Error | undefined;
  wasReset: boolean;
}

/** Make failed writes wait, and note how the socket ends. Call it before anything has been read. */
export function watchRawSocket(socket: Socket): RawEnd {
  const end: RawEnd = { failure: undefined, wasReset: false };
  guardSocket(socket);
  socket.on('error', (error) => {
    end.failure ??= error;
  });
  // Before the listeners of Node and of `ws`, which end our direction.
  socket.prependListener('end', () => {
    end.wasReset = wasReset(socket);
  });
  return end;
}
