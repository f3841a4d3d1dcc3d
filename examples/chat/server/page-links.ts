/**
 * The connections of the pages, each under a name that its page has drawn, so that a page can have its own one cut.
 *
 * What a cut does is what a broken network does: the socket is reset in the middle of whatever it carried, and for some seconds every new
 * one as well. The session above is told nothing, neither here nor there: it has to notice, to wait, and to come back.
 */
import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** Long enough to write something meanwhile, short enough to wait for. */
const CUT_MS = 5000;
const NAME = /^[\w-]{16,64}$/;

export class PageLinks {
  readonly #path: string;
  readonly #sockets = new Map<string, Set<Socket>>();
  /** The names that may not connect now. Only what was connected can be cut, so there are never many. */
  readonly #cut = new Map<string, NodeJS.Timeout>();

  /** Watches the WebSockets that are opened at `path`, each with its name as `?link=`. Whoever answers them listens to `http` after this. */
  constructor(http: Server, path: string) {
    this.#path = path;
    http.on('upgrade', (request, socket) => this.#noticeUpgrade(request, socket));
  }

  /** Resets the connections of this name, and new ones until the time is over; false when there are none. */
  cut(name: string | null): boolean {
    const sockets = this.#sockets.get(name ?? '');
    if (sockets === undefined) return false;
    clearTimeout(this.#cut.get(name!));
    this.#cut.set(name!, setTimeout(() => this.#cut.delete(name!), CUT_MS).unref());
    for (const socket of sockets) socket.resetAndDestroy();
    return true;
  }

  #noticeUpgrade(request: IncomingMessage, socket: Duplex): void {
    const [path, query] = (request.url ?? '').split('?', 2);
    // Whoever listens for the path leaves the others to us.
    if (path !== this.#path) return turnAway(socket);
    const name = new URLSearchParams(query).get('link') ?? '';
    if (NAME.test(name)) this.#keep(name, socket as Socket);
  }

  #keep(name: string, socket: Socket): void {
    if (this.#cut.has(name)) return void socket.resetAndDestroy();
    const sockets = this.#sockets.get(name) ?? new Set();
    this.#sockets.set(name, sockets.add(socket));
    socket.once('close', () => {
      sockets.delete(socket);
      if (sockets.size === 0 && this.#sockets.get(name) === sockets) this.#sockets.delete(name);
    });
  }
}

function turnAway(socket: Duplex): void {
  socket.on('error', () => {});
  socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n');
}
