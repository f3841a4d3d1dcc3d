/**
 * How does somebody else's connection stand, and how did it end?
 *
 * The socket belongs to another program, so the watch does what changes nothing: it listens, and it reads plain properties. No `data` or
 * `readable` listener, which would set the stream flowing; no `error` listener, which would swallow a crash (`errorMonitor` sees the
 * error and does not count as one); no write, no option, no timer. Even `remoteAddress` is not read: Node keeps its
 * answer, and the program would find an address where it found none before. Of the handle only the peer's address is asked; see hidden-reset.ts.
 *
 * The watch's listeners come before those of the program, which thus finds the state up to date. A hidden reset needs it: it can be
 * told only until our direction ends, and the program's own listener of `end` may end it.
 */
import { errorMonitor, type EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { StateSource, type CloseCause, type ConnectionState, type StateStream } from '@heartwire/core/transport';
import { causeOfClosedSocket, causeOfFailedDial } from './close-cause-of-socket.ts';
import { DialNotes } from './dial-notes.ts';
import { isOfDial, speaksOfConnection } from './error-origin.ts';
import { wasReset } from './hidden-reset.ts';
import { optionError } from './option-error.ts';

/** A watch sees one connection; who connects the socket again after its close asks for another watch. */
const EPOCH = 1;

const watches = new WeakMap<Socket, SocketWatch>();

/**
 * Tells how the connection of any `net.Socket` or `tls.TLSSocket` stands and how it ended, without taking the socket over: the program that
 * owns it behaves as it did.
 *
 * The stream begins with the state that the socket is in, and completes when the connection has closed; its `value` stays. Watching a socket twice
 * gives the same stream. `epoch` is always 1: when the socket is connected anew after its close, watch it anew. `dialing.address` is empty until Node names
 * the address that it tries. `writable` turns false when our FIN has gone, which is after everything that was written before it.
 *
 * The cause is `finished` when the peer had ended its direction, and `destroyed` when the program ended the connection before that, with or without an error of its own.
 * A kernel's `timeout` says `silentFor: 0`, and there is no `lastHeardAt`: who does not read does not know. A reset that looks like an end
 * is told from one as long as our direction is open. Of a socket that is closed already, it tells what Node still knows.
 *
 * Watch the TLS socket, not the one beneath it. A program that calls `removeAllListeners()` ends the watch, too, and the stream then stays as it is;
 * watch the socket anew.
 * Throws `ERR_HW_OPTION` at once when it is given no socket.
 */
export function watchSocket(socket: Socket | TLSSocket): StateStream<ConnectionState> {
  const own = behindStandIn(checked(socket));
  const known = watches.get(own);
  if (known !== undefined && !known.isOutlived) return known.stream;
  const watch = new SocketWatch(own);
  watches.set(own, watch);
  return watch.stream;
}

function checked(socket: Socket): Socket {
  const isSocket = typeof socket?.prependListener === 'function' && typeof socket.connecting === 'boolean';
  if (isSocket) return socket;
  throw optionError('what is to be watched is no socket; give the net.Socket or tls.TLSSocket itself');
}

/**
 * What an HTTP/2 session or request gives as its socket is a stand-in, which throws at every question once the session has ended. A method
 * that returns its own socket returns the one behind.
 */
function behindStandIn(socket: Socket): Socket {
  return socket.off('close', ignore);
}

// oxlint-disable-next-line typescript/no-explicit-any -- each event has facts of its own
type Listeners = readonly (readonly [event: string | symbol, listener: (...facts: any[]) => void])[];

class SocketWatch {
  readonly #socket: Socket;
  readonly #state: StateSource<ConnectionState>;
  readonly #dial: DialNotes = new DialNotes();
  readonly #listeners: Listeners = this.#makeListeners();
  #failure: Error | undefined;
  #wasReset: boolean;
  #isGone: boolean;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#isGone = socket.destroyed;
    this.#wasReset = !socket.destroyed && socket.readableEnded && wasReset(socket);
    this.#state = new StateSource(this.#initialState());
    if (this.#state.value.phase === 'closed') this.#state.complete();
    if (!this.#isGone) this.#listen();
  }

  get stream(): StateStream<ConnectionState> {
    return this.#state.stream;
  }

  /** It sees no more, and there is more to see: the socket has been connected again, or the program has removed the listeners. */
  get isOutlived(): boolean {
    return this.#isGone ? !this.#socket.destroyed : !this.#isListening;
  }

  get #isListening(): boolean {
    const present = this.#socket.listeners('close');
    return this.#listeners.some(([event, listener]) => event === 'close' && present.includes(listener));
  }

  #makeListeners(): Listeners {
    return [
      ['lookup', (error: Error | null, _ip: string, _family: number, host: string) => this.#dial.lookedUp(host, error)],
      ['connectionAttempt', (ip: string, port: number) => this.#handleAttempt(ip, port)],
      ['connect', () => this.#handleConnect()],
      ['secureConnect', () => this.#handleSecured()],
      ['end', () => this.#handleEnd()],
      ['finish', () => this.#reportDirections()],
      [errorMonitor, (error: Error) => this.#handleError(error)],
      ['close', () => this.#handleClose()],
      // A socket that accepts says this alone. One that dials judges the certificate in its own listener, which must come first.
      ['secure', () => this.#handleSecured()],
    ];
  }

  #listen(): void {
    const socket: EventEmitter = this.#socket;
    for (const [event, listener] of this.#listeners) {
      if (event === 'secure') socket.on(event, listener);
      else socket.prependListener(event, listener);
    }
  }

  #initialState(): ConnectionState {
    const socket = this.#socket;
    if (socket.destroyed) return closed(this.#causeAfterwards());
    if (this.#wasReset) return closed(this.#cause(false));
    if (socket.connecting) return { phase: 'dialing', address: '' };
    if (socket.pending) return { phase: 'idle' };
    return isSecuring(socket) ? { phase: 'dialing', address: '' } : directionsOf(socket);
  }

  #handleAttempt(ip: string, port: number): void {
    const address = this.#dial.attempted(ip, port);
    if (!this.#isOpen()) this.#state.set({ phase: 'dialing', address });
  }

  #handleConnect(): void {
    if (!(this.#socket instanceof TLSSocket)) this.#state.set(directionsOf(this.#socket));
  }

  #handleSecured(): void {
    if (!this.#isOpen() && !this.#socket.destroyed) this.#state.set(directionsOf(this.#socket));
  }

  #handleEnd(): void {
    this.#wasReset = wasReset(this.#socket);
    // The kernel has no connection any more, whenever the program will close its socket.
    if (this.#wasReset && this.#isOpen()) this.#conclude();
    else this.#reportDirections();
  }

  #reportDirections(): void {
    if (this.#isOpen()) this.#state.set(directionsOf(this.#socket));
  }

  #handleError(error: Error): void {
    if (this.#failure !== undefined) return;
    const isDialing = !this.#isOpen();
    if (error === this.#dial.lookupError || speaksOfConnection(error, this.#socket, isDialing)) this.#failure = error;
  }

  #handleClose(): void {
    this.#isGone = true;
    const socket: EventEmitter = this.#socket;
    for (const [event, listener] of this.#listeners) socket.off(event, listener);
    this.#conclude();
  }

  #conclude(): void {
    this.#state.set(closed(this.#cause(!this.#isOpen())));
    this.#state.complete();
  }

  #isOpen(): boolean {
    const { phase } = this.#state.value;
    return phase === 'open' || phase === 'half-closed';
  }

  /** Of a socket that had been destroyed before the watch began. */
  #causeAfterwards(): CloseCause {
    const error = this.#socket.errored;
    const isDialing = error !== null && (isOfDial(error) || isSecuring(this.#socket));
    if (error !== null && speaksOfConnection(error, this.#socket, isDialing)) this.#failure = error;
    return this.#cause(isDialing);
  }

  #cause(isDialing: boolean): CloseCause {
    const socket = this.#socket;
    const failure = this.#failure;
    const isSecure = socket instanceof TLSSocket;
    if (isDialing && failure !== undefined) return causeOfFailedDial(failure, this.#dial.failed(failure, isSecure));
    const { bytesRead, bytesWritten } = socket;
    return causeOfClosedSocket({
      failure,
      wasReset: this.#wasReset,
      isAborted: !socket.readableEnded,
      isSecure,
      address: this.#dial.address || 'the peer',
      silentMs: 0,
      evidence: { bytesRead, bytesWritten },
    });
  }
}

/** A plain property of Node's, which changes when the handshake has ended. What the handle says of it must not be asked: after a failure that crashes. */
function isSecuring(socket: Socket): boolean {
  return (socket as { readonly secureConnecting?: boolean }).secureConnecting === true;
}

function directionsOf(socket: Socket): ConnectionState {
  const readable = !socket.readableEnded;
  const writable = !socket.writableFinished;
  if (readable && writable) return { phase: 'open', readable, writable, epoch: EPOCH };
  return { phase: 'half-closed', readable, writable, epoch: EPOCH };
}

function closed(cause: CloseCause): ConnectionState {
  return { phase: 'closed', cause, epoch: EPOCH };
}

function ignore(): void {}
