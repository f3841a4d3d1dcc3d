/**
 * The TCP or TLS socket under a WebSocket on Node: what `ws` does not tell and does not do.
 *
 * `ws` swallows the socket's errors, so a reset, an end without close frame and a timeout all look alike unless one listens
 * below it. And three things are the same as in the TCP transport, where each is explained at length:
 * a failed write must not throw away what arrived before; a reset that arrives together with data looks like an end on Node 20 and 22,
 * which an empty write tells apart; and a reset of our own fails while a shutdown is under way.
 */
import { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** Longer than any pass of the event loop that reads what the kernel holds; short for a person who waits for the verdict. */
const READ_ON_MS = 300;

const NOTHING: Uint8Array = new Uint8Array(0);

type WriteCallback = (error?: Error | null) => void;

/** Make a hidden reset and a failed write show what they are. Call it before anything has been read. */
export function keepTruthful(socket: Socket): void {
  deferFailedWrites(socket);
  // Before the listeners of Node and of `ws`, which end our direction: after that nothing can be written.
  socket.prependListener('end', () => {
    if (socket.writable && socket.writableLength === 0) socket.write(NOTHING);
  });
}

/** End the connection at once, with a reset where there is one: not on TLS, and not while we end our direction. */
export function resetSocket(socket: Socket): void {
  const isShuttingDown = socket.writableEnded && !socket.writableFinished && socket.writableLength === 0;
  const mayReset = socket instanceof Socket && !(socket instanceof TLSSocket) && !socket.destroyed && !isShuttingDown;
  // A Unix socket has no reset either, and only it has no address.
  if (mayReset && socket.remoteAddress !== undefined) socket.resetAndDestroy();
  else socket.destroy();
}

function deferFailedWrites(socket: Socket): void {
  const write = socket._write.bind(socket);
  const writev = socket._writev?.bind(socket);
  socket._write = (chunk: unknown, encoding: BufferEncoding, callback: WriteCallback): void => {
    write(chunk, encoding, (error) => settle(socket, error, callback));
  };
  if (writev === undefined) return;
  socket._writev = (chunks: { chunk: unknown; encoding: BufferEncoding }[], callback: WriteCallback): void => {
    writev(chunks, (error) => settle(socket, error, callback));
  };
}

function settle(socket: Socket, error: Error | null | undefined, callback: WriteCallback): void {
  if (error === null || error === undefined || socket.destroyed || socket.readableEnded) {
    callback(error);
    return;
  }
  const release = (): void => {
    clearTimeout(timer);
    socket.off('end', release).off('close', release);
    callback(error);
  };
  const timer = setTimeout(release, READ_ON_MS);
  socket.on('end', release).on('close', release);
}
