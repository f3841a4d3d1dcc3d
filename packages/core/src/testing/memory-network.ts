/**
 * A network inside of one process, with buttons to break it: a transport like any other, for tests in virtual time.
 *
 * Each direction is a pipe that keeps what it cannot deliver, as TCP does: a black hole loses nothing by itself, it only says nothing. Bytes
 * arrive in the pieces and with the delay that are asked for.
 */
import type { CloseCause } from '../errors/close-cause.ts';
import { systemClock, type Clock } from '../runtime/clock.ts';
import { soon } from '../runtime/platform.ts';
import type { Dialer, Link, LinkInfo, LinkSink, Listener } from '../transport/transport.ts';
import { Conditions } from './conditions.ts';
import { Pipe } from './pipe.ts';

/** Breaks and mends every connection of one network. */
export interface Network {
  /** The connections that stand. */
  readonly connections: number;
  /** The server's side ends its direction without a goodbye, as when a process ends: both sides see it. */
  fin(): void;
  /** Both sides see a reset. What was under way is lost. */
  reset(): void;
  /** Nothing arrives any more, in one direction or in both, and nobody is told. */
  blackhole(direction?: 'up' | 'down'): void;
  /** Nothing arrives any more, in both directions, but pings of the transport are answered: to each side the other one looks stalled. */
  stall(): void;
  /** What was held back arrives, and everything flows again. */
  heal(): void;
  /** Everything takes this long, and up to `jitter` longer; in order all the same. */
  latency(ms: number, jitter?: number): void;
  /** No piece is larger than this. */
  slice(maxBytes: number): void;
}

export interface MemoryNetworkOptions {
  /** Default: the platform's. */
  readonly clock?: Clock;
  /** Where jitter comes from. Default 1. */
  readonly seed?: number;
}

const INFO: LinkInfo = { transport: 'memory', address: 'memory' };

/** Makes a network, and a dialer and a listener at its two ends. */
export function memoryNetwork(options: MemoryNetworkOptions = {}): {
  dialer: Dialer;
  listener: Listener;
  network: Network;
} {
  const conditions = new Conditions(options.clock ?? systemClock, options.seed ?? 1);
  const wires = new Set<Wire>();
  let accept: ((info: LinkInfo) => LinkSink) | null = null;

  const dialer: Dialer = {
    name: 'memory',
    address: 'memory',
    dial(sink, signal) {
      soon(() => {
        if (signal.aborted) return sink.closed({ kind: 'destroyed' });
        if (accept === null) return sink.closed(REFUSED);
        const wire: Wire = new Wire(conditions, sink, accept(INFO), () => wires.delete(wire));
        wires.add(wire);
        wire.open();
      });
    },
  };
  const listener: Listener = {
    name: 'memory',
    listen(accepting) {
      accept = accepting;
      return Promise.resolve({
        address: 'memory',
        close() {
          accept = null;
          return Promise.resolve();
        },
      });
    },
  };
  const network: Network = {
    get connections() {
      return wires.size;
    },
    fin: () => wires.forEach((wire) => wire.down.end()),
    reset: () => wires.forEach((wire) => wire.close({ kind: 'reset' }, { kind: 'reset' })),
    blackhole: (direction) => conditions.hold(direction),
    stall: () => conditions.stall(),
    heal() {
      conditions.heal();
      wires.forEach((wire) => wire.flush());
    },
    latency: (ms, jitter = 0) => conditions.delay(ms, jitter),
    slice: (maxBytes) => conditions.slice(maxBytes),
  };
  return { dialer, listener, network };
}

const REFUSED: CloseCause = {
  kind: 'refused',
  by: 'host',
  code: 'ECONNREFUSED',
  message: 'nobody listens on this memory network',
};

/** One connection: two pipes and two ends. */
class Wire {
  readonly up: Pipe;
  readonly down: Pipe;
  readonly #conditions: Conditions;
  readonly #client: LinkSink;
  readonly #server: LinkSink;
  readonly #onClosed: () => void;
  #isClosed = false;

  constructor(conditions: Conditions, client: LinkSink, server: LinkSink, onClosed: () => void) {
    this.#conditions = conditions;
    this.#client = client;
    this.#server = server;
    this.#onClosed = onClosed;
    const ended = (): void => this.#closeIfBothEnded();
    this.up = new Pipe(conditions, 'up', client, server, ended);
    this.down = new Pipe(conditions, 'down', server, client, ended);
  }

  open(): void {
    this.#server.open(this.#link(this.down, this.#server, () => this.close({ kind: 'reset' }, { kind: 'destroyed' })));
    this.#client.open(this.#link(this.up, this.#client, () => this.close({ kind: 'destroyed' }, { kind: 'reset' })));
  }

  /** The endpoint at the other end answers, unless there is a hole on the way there or back. */
  #ping(sink: LinkSink): void {
    const { clock } = this.#conditions;
    const answer = (): void => {
      if (!this.#isClosed && this.#conditions.isAnswering) sink.pong?.();
    };
    if (this.#conditions.isAnswering) clock.schedule(answer, this.#conditions.drawMs() + this.#conditions.drawMs());
  }

  flush(): void {
    this.up.flush();
    this.down.flush();
  }

  /** Ends it at once, with what each side sees. */
  close(clientSees: CloseCause, serverSees: CloseCause): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.up.stop();
    this.down.stop();
    this.#onClosed();
    soon(() => {
      this.#client.closed(clientSees);
      this.#server.closed(serverSees);
    });
  }

  #link(outgoing: Pipe, sink: LinkSink, abort: () => void): Link {
    return {
      info: INFO,
      write: (bytes) => outgoing.write(bytes),
      ping: () => this.#ping(sink),
      end: () => outgoing.end(),
      abort,
    };
  }

  #closeIfBothEnded(): void {
    if (this.up.isOver && this.down.isOver) this.close({ kind: 'finished' }, { kind: 'finished' });
  }
}
