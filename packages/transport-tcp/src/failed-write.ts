/**
 * A failed write must not throw away what arrived before (promise P9).
 *
 * Node destroys a socket as soon as one of its writes fails, with everything that still waits unread in the kernel. But the peer
 * may well have said something and then left: its words count. So the answer of a failed write is held back from the
 * stream until the reading side has ended, or for a moment: then the stream hears of the failure and closes.
 *
 * `_write` and `_writev` are where a Writable's implementation meets the stream, and documented as such; replacing them on
 * one socket touches no private state. (`autoDestroy: false` does not help: net destroys by itself.)
 */
import type { Socket } from 'node:net';

/** Longer than any pass of the event loop that reads what the kernel holds; short for a person who waits for the verdict. */
const READ_ON_MS = 300;

type WriteCallback = (error?: Error | null) => void;

/** Make failed writes on this socket wait for the end of reading. */
export function deferFailedWrites(socket: Socket): void {
  const write = socket._write.bind(socket);
  const writev = socket._writev?.bind(socket);
  const settling = settlingFor(socket);
  socket._write = (chunk: unknown, encoding: BufferEncoding, callback: WriteCallback): void => {
    write(chunk, encoding, settling(callback));
  };
  if (writev === undefined) return;
  socket._writev = (chunks: { chunk: unknown; encoding: BufferEncoding }[], callback: WriteCallback): void => {
    writev(chunks, settling(callback));
  };
}

/** Wraps a stream's callback. It is the same for every write, so one wrapper serves all of them. */
function settlingFor(socket: Socket): (callback: WriteCallback) => WriteCallback {
  let wrapped: WriteCallback | null = null;
  let wrapper: WriteCallback = () => {};
  return (callback) => {
    if (callback !== wrapped) {
      wrapped = callback;
      wrapper = (error) => settle(socket, error, callback);
    }
    return wrapper;
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
