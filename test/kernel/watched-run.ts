/** One run of a program whose sockets are watched, or are not: what it saw and said must be the same in both. */
import type { EventEmitter } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { watchSocket } from '@heartwire/transport-tcp';
import { heard } from '../support/heard.ts';
import { WatchedStates } from '../support/watched-states.ts';

/** A program to run, and the verdict on its socket. */
export interface Scenario {
  readonly name: string;
  readonly verdict: readonly string[];
  /** The verdict where nobody is told of an end or an error: later Nodes' agents destroy an idle socket as soon as anything arrives on it. */
  readonly untold?: readonly string[];
  play(run: WatchedRun): Promise<void>;
}

/** What can be compared of two runs. */
export interface Transcript {
  readonly events: readonly string[];
  readonly byClient: string;
  readonly byServer: string;
}

const SOCKET_EVENTS = ['lookup', 'connect', 'ready', 'secureConnect', 'timeout', 'end', 'finish', 'error', 'close'];

export class WatchedRun {
  readonly #isWatched: boolean;
  readonly #events: string[] = [];
  readonly #received = { client: '', server: '' };
  readonly #watches = new Map<Socket, WatchedStates>();

  constructor(isWatched: boolean) {
    this.#isWatched = isWatched;
  }

  get transcript(): Transcript {
    return { events: this.#events, byClient: this.#received.client, byServer: this.#received.server };
  }

  /** The states of the one socket that was watched. */
  async verdict(): Promise<string[]> {
    const [watch, ...others] = this.#watches.values();
    if (watch === undefined || others.length > 0) throw new Error(`${this.#watches.size} sockets were watched`);
    await watch.cause();
    return watch.words;
  }

  /** The program's socket: here the watch begins. As often as the program likes. */
  watch(socket: Socket): void {
    if (this.#isWatched && !this.#watches.has(socket)) {
      this.#watches.set(socket, new WatchedStates(watchSocket(socket)));
    }
  }

  /** The program listens to its socket, as it does also without a watch. */
  listen(name: string, emitter: EventEmitter, events: readonly string[] = SOCKET_EVENTS): void {
    for (const event of events) emitter.on(event, (fact: unknown) => this.note(`${name} ${event}${wordOf(fact)}`));
  }

  note(event: string): void {
    this.#events.push(event);
  }

  hears(side: 'client' | 'server', bytes: Uint8Array | string): void {
    this.#received[side] += typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('latin1');
  }
}

/** What can differ from run to run (ports, addresses) is left out. */
function wordOf(fact: unknown): string {
  if (fact instanceof Error) return ` ${(fact as NodeJS.ErrnoException).code ?? fact.message}`;
  return typeof fact === 'boolean' ? ` ${fact}` : '';
}

/** A server of bytes that notes all that it hears; `answer` is called with the number of each request that is complete. */
export async function serveBytes(
  run: WatchedRun,
  answer: (socket: Socket, request: number) => void,
): Promise<{ readonly port: number; close(): Promise<void> }> {
  const server = createServer((socket) => {
    let [heardSoFar, requests] = ['', 0];
    socket.on('error', ignore).on('data', (chunk: Buffer) => {
      run.hears('server', chunk);
      heardSoFar += chunk.toString('latin1');
      const count = heardSoFar.split('\r\n\r\n').length - 1;
      while (requests < count) answer(socket, ++requests);
    });
  });
  server.listen(0, '127.0.0.1');
  await heard(server, 'listening');
  const close = (): Promise<void> => heard(server.close(), 'close');
  return { port: (server.address() as AddressInfo).port, close };
}

export function ignore(): void {}
