/**
 * One open socket as a link: TCP, TLS and Unix sockets alike.
 *
 * Three things are less simple than they look:
 *
 * - **Half-close.** The socket must have been made with `allowHalfOpen`: otherwise Node ends our direction by itself as soon as
 *   the peer ends its own, and what we write afterwards never leaves.
 * - **A reset can look like an orderly end**: see hidden-reset.ts. Then `readEnded` is not reported, and the socket is closed.
 * - **A failed write must not cost what can still be read**: see socket-guard.ts.
 */
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { CloseEvidence, Link, LinkInfo, LinkSink } from '@heartwire/core/transport';
import { causeOfClosedSocket } from './close-cause-of-socket.ts';
import { wasReset } from './hidden-reset.ts';
import { resetSocket } from './reset-socket.ts';
import { guardSocket } from './socket-guard.ts';

/**
 * {@link Link.write} returns false above this, so that control frames never wait behind much data; or above Node's own mark, where the
 * program has raised that (`setDefaultHighWaterMark`): below it Node never tells that what waited has gone.
 */
const HIGH_WATER_BYTES = 64 * 1024;

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
  readonly #highWaterBytes: number;
  #isWritable = true;
  #awaitsDrain = false;
  #isAborted = false;
  #wasReset = false;
  #failure: Error | undefined;
  #heardAtMs: number | undefined;

  constructor(socket: Socket, info: LinkInfo, sink: LinkSink) {
    this.info = info;
    this.#socket = socket;
    this.#sink = sink;
    this.#highWaterBytes = Math.max(HIGH_WATER_BYTES, socket.writableHighWaterMark);
  }

  /** Report the link to its sink and begin to read. */
  open(): void {
    const socket = this.#socket;
    guardSocket(socket);
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
    if (this.#socket.writableLength <= this.#highWaterBytes) return true;
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
    resetSocket(this.#socket);
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
    this.#wasReset = wasReset(this.#socket);
    // What waits to be written may just have failed: that is told first, and says more.
    if (this.#socket.writableLength > 0) setImmediate(() => this.#reportReadEnd());
    else this.#reportReadEnd();
  }

  #reportReadEnd(): void {
    if (this.#isAborted || this.#failure !== undefined || this.#socket.closed) return;
    if (!this.#wasReset) {
      callSink(this.#sink, (sink) => sink.readEnded());
      return;
    }
    this.#isWritable = false;
    this.#socket.destroy();
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
      wasReset: this.#wasReset,
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
