/**
 * One open socket as a link: TCP, TLS and Unix sockets alike.
 *
 * Three things are less simple than they look:
 *
 * - **Half-close.** The socket must have been made with `allowHalfOpen`: otherwise Node ends our direction by itself as soon as
 *   the peer ends its own, and what we write afterwards never leaves.
 * - **A reset can look like an orderly end.** When data and a reset wait together, Node 20 and 22 report the data and then
 *   `end`, as after a FIN. An empty write tells the two apart, because the kernel refuses it on a socket that was reset
 *   and sends nothing on any other. So `readEnded` is reported after that write succeeded. It cannot be asked
 *   when we ended our direction before; and not on a Unix socket, where it fails after every full close of the peer.
 * - **A failed write must not cost what can still be read**: see failed-write.ts.
 */
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { CloseEvidence, Link, LinkInfo, LinkSink } from '@heartwire/core/transport';
import { causeOfClosedSocket } from './close-cause-of-socket.ts';
import { deferFailedWrites } from './failed-write.ts';

/** {@link Link.write} returns false above this, so that control frames never wait behind much data. */
const HIGH_WATER_BYTES = 64 * 1024;

const NOTHING: Uint8Array = new Uint8Array(0);

/** Call a sink. It must not throw; if it does, that defect is an uncaught error of its own and not one of the socket's work. */
export function callSink(sink: LinkSink, call: (sink: LinkSink) => void): void {
  try {
    call(sink);
  } catch (defect) {
    reportDefect(defect);
  }
}

function reportDefect(defect: unknown): void {
  queueMicrotask(() => {
    throw defect;
  });
}

/** A {@link Link} over a socket that is connected (and secured). `open` starts it. */
export class SocketLink implements Link {
  readonly info: LinkInfo;
  readonly #socket: Socket;
  readonly #sink: LinkSink;
  #isWritable = true;
  #awaitsDrain = false;
  #isAborted = false;
  #failure: Error | undefined;
  #heardAtMs: number | undefined;

  constructor(socket: Socket, info: LinkInfo, sink: LinkSink) {
    this.info = info;
    this.#socket = socket;
    this.#sink = sink;
  }

  /** Report the link to its sink and begin to read. */
  open(): void {
    const socket = this.#socket;
    deferFailedWrites(socket);
    socket.on('error', (error) => this.#handleError(error));
    socket.on('close', () => this.#handleClose());
    socket.on('end', () => this.#handleEnd());
    socket.on('drain', () => this.#handleDrain());
    callSink(this.#sink, (sink) => sink.open(this));
    socket.on('data', (chunk: Uint8Array) => this.#handleData(chunk));
  }

  write(bytes: Uint8Array): boolean {
    if (!this.#isWritable) return true;
    this.#socket.write(bytes);
    if (this.#socket.writableLength <= HIGH_WATER_BYTES) return true;
    this.#awaitsDrain = true;
    return false;
  }

  end(): void {
    if (!this.#isWritable) return;
    this.#isWritable = false;
    this.#socket.end();
  }

  abort(): void {
    if (this.#isAborted || this.#socket.destroyed) return;
    this.#isAborted = true;
    this.#isWritable = false;
    // Only a plain TCP handle can be reset; Node throws for the two others, and closing is all that they can do.
    if (this.info.transport === 'tcp' && !isShuttingDown(this.#socket)) this.#socket.resetAndDestroy();
    else this.#socket.destroy();
  }

  #handleData(chunk: Uint8Array): void {
    this.#heardAtMs = performance.now();
    if (this.#isAborted) return;
    // As callSink does, without a closure for each chunk.
    try {
      this.#sink.bytes(chunk);
    } catch (defect) {
      reportDefect(defect);
    }
  }

  #handleDrain(): void {
    if (!this.#awaitsDrain) return;
    this.#awaitsDrain = false;
    if (this.#isWritable) callSink(this.#sink, (sink) => sink.drained());
  }

  #handleEnd(): void {
    const mayAsk = this.#isWritable && this.info.transport !== 'unix';
    if (this.#socket.writableLength > 0) {
      // What waits to be written asks the same question, and a write that has failed already answers it in this turn.
      setImmediate(() => this.#reportReadEnd());
      return;
    }
    if (!mayAsk) {
      this.#reportReadEnd();
      return;
    }
    this.#socket.write(NOTHING, (error) => {
      if (error === null || error === undefined) this.#reportReadEnd();
    });
  }

  #reportReadEnd(): void {
    const isOver = this.#isAborted || this.#failure !== undefined || this.#socket.closed;
    if (!isOver) callSink(this.#sink, (sink) => sink.readEnded());
  }

  #handleError(error: Error): void {
    this.#isWritable = false;
    this.#failure ??= error;
    // Node reports an alert of TLS and leaves the socket standing, half open.
    this.#socket.destroy();
  }

  #handleClose(): void {
    this.#isWritable = false;
    const cause = causeOfClosedSocket({
      failure: this.#failure,
      isAborted: this.#isAborted,
      isSecure: this.#socket instanceof TLSSocket,
      address: this.info.address ?? this.info.transport,
      silentMs: this.#heardAtMs === undefined ? 0 : performance.now() - this.#heardAtMs,
      evidence: this.#evidence(),
    });
    callSink(this.#sink, (sink) => sink.closed(cause));
  }

  #evidence(): CloseEvidence {
    const { bytesRead, bytesWritten } = this.#socket;
    if (this.#heardAtMs === undefined) return { bytesRead, bytesWritten };
    const lastHeardAt = Math.round(Date.now() - (performance.now() - this.#heardAtMs));
    return { bytesRead, bytesWritten, lastHeardAt };
  }
}

/** While shutdown(2) is under way a reset fails (EINVAL), and Node then leaks the handle and never says `close`. */
function isShuttingDown(socket: Socket): boolean {
  return socket.writableEnded && !socket.writableFinished && socket.writableLength === 0;
}
