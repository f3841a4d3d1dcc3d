/**
 * A failed write must not throw away what arrived before (promise P9).
 *
 * Node destroys a socket as soon as one of its writes fails, with everything that still waits unread in the kernel. But the peer
 * may well have said something and then left: its words count. So the answer of a failed write is held back from the
 * stream until the reading side has ended; then the stream hears of the failure and closes. After a failed write the kernel always
 * has an end to read, behind the data. Where there is another kind of failure (a Unix peer that has shut down its reading side),
 * the wait is bounded: it is over when a while has passed in which the loop could read and nothing came, and after some such
 * whiles in any case.
 *
 * Measured on Node 20, 22 and 24 (test/kernel/unread-bytes): of 100 KiB that wait when the peer's reset and our write meet, Node's own sockets give
 * none; guarded ones give all, over TLS too, whose records are still decrypted. What no guard reaches is a peer that speaks first and resets before our
 * loop has seen that a dial succeeded: then Node reports a failed dial. A heartwire server says nothing before HELLO.
 *
 * `_write` and `_writev` are where a Writable's implementation meets the stream, and documented as such; replacing them on
 * one socket touches no private state. (`autoDestroy: false` does not help: net destroys by itself.) That a stream does hear of
 * failures in this way alone is tested once, when the first socket is guarded; see {@link guardFault}.
 */
import { Socket } from 'node:net';

/** Longer than any pass of the event loop that reads what the kernel holds; short for a person who waits for the verdict. */
const READ_ON_MS = 300;
/** So often it is waited for more. What had arrived is read long before; a peer that only goes on sending must not keep a connection that cannot answer it. */
const WAITS_MAX = 10;

type WriteCallback = (error?: Error | null) => void;

/** Make failed writes on this socket wait for the end of reading. Call it before anything is written. */
export function guardSocket(socket: Socket): void {
  if (guardFault() !== null) return;
  holdFailures(socket, (error, callback) => settle(socket, error, callback));
}

let knownFault: string | null | undefined;

/** What is wrong with the guard on this platform, as a sentence; null when it holds. */
export function guardFault(): string | null {
  if (knownFault === undefined) knownFault = findGuardFault(Socket);
  return knownFault;
}

/** Try the guard on a socket that leads nowhere. */
export function findGuardFault(Class: new () => Socket): string | null {
  try {
    const socket = new Class();
    let isHeld = false;
    holdFailures(socket, () => {
      isHeld = true;
    });
    // It is not connected, so this write fails at once.
    socket.on('error', ignore).write('x');
    const isIntact = isHeld && !socket.destroyed && socket.errored === null;
    socket.destroy();
    if (isIntact) return null;
  } catch {
    // A platform whose sockets are made otherwise.
  }
  return 'on this platform a failed write cannot be kept from throwing away what arrived before it and was not read yet';
}

/** Everything that the platform says of a failed write goes to `hold`, with the callback that tells the stream. */
function holdFailures(socket: Socket, hold: (error: Error, callback: WriteCallback) => void): void {
  const write = socket._write.bind(socket);
  const writev = socket._writev?.bind(socket);
  const watched = watching(hold);
  socket._write = (chunk: unknown, encoding: BufferEncoding, callback: WriteCallback): void => {
    write(chunk, encoding, watched(callback));
  };
  if (writev === undefined) return;
  socket._writev = (chunks: { chunk: unknown; encoding: BufferEncoding }[], callback: WriteCallback): void => {
    writev(chunks, watched(callback));
  };
}

/** Wraps a stream's callback. It is the same for every write, so one wrapper serves all of them. */
function watching(hold: (error: Error, callback: WriteCallback) => void): (callback: WriteCallback) => WriteCallback {
  let wrapped: WriteCallback | null = null;
  let wrapper: WriteCallback = () => {};
  return (callback) => {
    if (callback !== wrapped) {
      wrapped = callback;
      wrapper = (error) => {
        if (error === null || error === undefined) callback(error);
        else hold(error, callback);
      };
    }
    return wrapper;
  };
}

function settle(socket: Socket, error: Error, callback: WriteCallback): void {
  if (socket.destroyed || socket.readableEnded) {
    callback(error);
    return;
  }
  const release = (): void => {
    clearTimeout(timer);
    socket.off('end', release).off('close', release);
    callback(error);
  };
  let waits = 0;
  // After a stall of our own a timer may be due before what arrived has been read: one pass of the loop reads it.
  const look = (bytesBefore: number): void => {
    setImmediate(() => {
      if (socket.destroyed || socket.readableEnded) return;
      waits += 1;
      if (socket.bytesRead === bytesBefore || waits >= WAITS_MAX) release();
      else timer = waitOn();
    });
  };
  const waitOn = (): NodeJS.Timeout => {
    const { bytesRead } = socket;
    return setTimeout(() => look(bytesRead), READ_ON_MS);
  };
  let timer = waitOn();
  socket.on('end', release).on('close', release);
}

function ignore(): void {}
