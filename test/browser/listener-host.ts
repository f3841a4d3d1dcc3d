/**
 * In Node: the listeners that the page asks for. One control connection is one listener of @heartwire/transport-ws; whatever its links
 * say goes to the page, and what the page says is done to them.
 */
import type { Server } from 'node:http';
import type { Link, LinkInfo, LinkSink, Listening } from '@heartwire/core';
import { wsServer } from '@heartwire/transport-ws';
import { WebSocketServer, type WebSocket } from 'ws';
import { packBytes, packCause, unpackBytes, type FromHost, type FromPage } from './control-message.ts';

/** Serves control connections on this server, for pages of this origin. */
export function hostListeners(server: Server, origin: string): void {
  new WebSocketServer({ server, path: '/control' }).on('connection', (control) => new ListenerHost(control, origin));
}

class ListenerHost {
  readonly #control: WebSocket;
  readonly #origin: string;
  readonly #links = new Map<number, Link>();
  #listening: Listening | null = null;
  #lastId = 0;

  constructor(control: WebSocket, origin: string) {
    this.#control = control;
    this.#origin = origin;
    control.on('message', (data: Buffer, isBinary) => {
      if (isBinary) this.#write(data);
      else void this.#obey(JSON.parse(data.toString()) as FromPage);
    });
    control.on('close', () => void this.#listening?.close());
  }

  async #obey(message: FromPage): Promise<void> {
    if (message.type === 'listen') {
      const listener = wsServer({ port: 0, host: '127.0.0.1', origins: [this.#origin] });
      this.#listening = await listener.listen((info) => this.#accept(info));
      this.#tell({ type: 'listening', address: this.#listening.address });
    } else if (message.type === 'stop') {
      await this.#listening?.close();
      this.#tell({ type: 'stopped' });
    } else if (message.type === 'end') this.#links.get(message.id)?.end();
    else this.#links.get(message.id)?.abort();
  }

  #accept(info: LinkInfo): LinkSink {
    const id = (this.#lastId += 1);
    return {
      open: (link) => {
        this.#links.set(id, link);
        this.#tell({ type: 'open', id, info });
      },
      bytes: (chunk) => this.#control.send(packBytes(id, chunk)),
      drained: () => this.#releaseHeld(id),
      readEnded: () => this.#tell({ type: 'readEnded', id }),
      closed: (cause) => {
        this.#links.delete(id);
        this.#tell({ type: 'closed', id, cause: packCause(cause) });
      },
    };
  }

  /** Bytes that a congested link has taken, by link: they count as waiting until it is drained. */
  readonly #held = new Map<number, number>();

  #write(packed: Uint8Array): void {
    const { id, bytes } = unpackBytes(packed);
    const isCongested = this.#links.get(id)?.write(bytes) === false;
    this.#held.set(id, (this.#held.get(id) ?? 0) + bytes.length);
    if (!isCongested) this.#releaseHeld(id);
  }

  #releaseHeld(id: number): void {
    const byteLength = this.#held.get(id) ?? 0;
    this.#held.delete(id);
    this.#tell({ type: 'written', id, byteLength });
  }

  #tell(message: FromHost): void {
    this.#control.send(JSON.stringify(message));
  }
}
