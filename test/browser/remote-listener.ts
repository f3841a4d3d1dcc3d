/**
 * In the page: a listener whose links are in Node, because a page cannot listen. The transport under test is real on both ends; what is
 * handed through here is the transport contract and nothing above it.
 */
import type { Link, LinkInfo, LinkSink, Listener } from '@heartwire/core';
import { packBytes, unpackBytes, unpackCause, type FromHost, type FromPage } from './control-message.ts';

/** As the contract says of every transport. */
const HIGH_WATER_BYTES = 65_536;

/** A listener, and the end of its control connection. */
export interface RemoteListener {
  readonly listener: Listener;
  close(): Promise<void>;
}

/** Asks Node for a listener. */
export async function remoteListener(): Promise<RemoteListener> {
  const control = new WebSocket(`ws://${location.host}/control`);
  control.binaryType = 'arraybuffer';
  await happens(control, 'open');
  const links = new RemoteLinks(control);
  return {
    listener: { name: 'ws', listen: (accept) => links.listen(accept) },
    close: async () => {
      control.close();
      await happens(control, 'close');
    },
  };
}

class RemoteLinks {
  readonly #control: WebSocket;
  readonly #links = new Map<number, RemoteLink>();
  readonly #answers = new Map<FromHost['type'], (message: FromHost) => void>();
  #accept: (info: LinkInfo) => LinkSink = () => {
    throw new Error('nobody listens');
  };

  constructor(control: WebSocket) {
    this.#control = control;
    control.addEventListener('message', ({ data }) => {
      if (typeof data === 'string') this.#receive(JSON.parse(data) as FromHost);
      else this.#receiveBytes(new Uint8Array(data as ArrayBuffer));
    });
  }

  async listen(accept: (info: LinkInfo) => LinkSink): Promise<{ address: string; close(): Promise<void> }> {
    this.#accept = accept;
    const message = await this.#ask({ type: 'listen' }, 'listening');
    const { address } = message as Extract<FromHost, { type: 'listening' }>;
    return { address, close: () => this.#ask({ type: 'stop' }, 'stopped').then(() => {}) };
  }

  #ask(question: FromPage, answer: FromHost['type']): Promise<FromHost> {
    this.#control.send(JSON.stringify(question));
    return new Promise((resolve) => this.#answers.set(answer, resolve));
  }

  #receive(message: FromHost): void {
    switch (message.type) {
      case 'listening':
      case 'stopped':
        return this.#answers.get(message.type)?.(message);
      case 'open': {
        const sink = this.#accept(message.info);
        const link = new RemoteLink(message.id, message.info, sink, this.#control);
        this.#links.set(message.id, link);
        return sink.open(link);
      }
      case 'written':
        return this.#links.get(message.id)?.written(message.byteLength);
      case 'readEnded':
        return this.#links.get(message.id)?.sink.readEnded();
      case 'closed': {
        const link = this.#links.get(message.id);
        this.#links.delete(message.id);
        return link?.sink.closed(unpackCause(message.cause));
      }
    }
  }

  #receiveBytes(packed: Uint8Array): void {
    const { id, bytes } = unpackBytes(packed);
    this.#links.get(id)?.receive(bytes);
  }
}

class RemoteLink implements Link {
  readonly info: LinkInfo;
  readonly sink: LinkSink;
  readonly #id: number;
  readonly #control: WebSocket;
  #waitingBytes = 0;
  #isCongested = false;
  #isAborted = false;

  constructor(id: number, info: LinkInfo, sink: LinkSink, control: WebSocket) {
    this.#id = id;
    this.info = info;
    this.sink = sink;
    this.#control = control;
  }

  write(bytes: Uint8Array): boolean {
    this.#control.send(packBytes(this.#id, bytes));
    this.#waitingBytes += bytes.length;
    this.#isCongested = this.#waitingBytes > HIGH_WATER_BYTES;
    return !this.#isCongested;
  }

  end(): void {
    this.#tell({ type: 'end', id: this.#id });
  }

  abort(): void {
    this.#isAborted = true;
    this.#tell({ type: 'abort', id: this.#id });
  }

  written(byteLength: number): void {
    this.#waitingBytes -= byteLength;
    if (!this.#isCongested || this.#waitingBytes > 0) return;
    this.#isCongested = false;
    this.sink.drained();
  }

  receive(bytes: Uint8Array): void {
    // What Node had sent before it heard of the abort.
    if (!this.#isAborted) this.sink.bytes(bytes);
  }

  #tell(message: FromPage): void {
    this.#control.send(JSON.stringify(message));
  }
}

function happens(socket: WebSocket, event: 'open' | 'close'): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.addEventListener(event, () => resolve(), { once: true });
    if (event === 'open')
      socket.addEventListener('error', () => reject(new Error('no control connection')), { once: true });
  });
}
