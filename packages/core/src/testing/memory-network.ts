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

/** What is written and not delivered before `write` says that it is enough. */
const HIGH_WATER_BYTES = 65_536;
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

/** What the weather is like, for every connection of the network. */
class Conditions {
  readonly clock: Clock;
  sliceMaxBytes = Infinity;
  readonly #held = { up: false, down: false };
  #latencyMs = 0;
  #jitterMs = 0;
  #random: number;

  constructor(clock: Clock, seed: number) {
    this.clock = clock;
    this.#random = seed;
  }

  isHeld(direction: 'up' | 'down'): boolean {
    return this.#held[direction];
  }

  hold(direction?: 'up' | 'down'): void {
    if (direction !== 'down') this.#held.up = true;
    if (direction !== 'up') this.#held.down = true;
  }

  heal(): void {
    this.#held.up = false;
    this.#held.down = false;
  }

  delay(ms: number, jitterMs: number): void {
    this.#latencyMs = ms;
    this.#jitterMs = jitterMs;
  }

  slice(maxBytes: number): void {
    this.sliceMaxBytes = Math.max(1, maxBytes);
  }

  /** How long the next piece takes. */
  drawMs(): number {
    // A linear congruential generator is random enough for jitter, and the same everywhere.
    this.#random = (Math.imul(this.#random, 1_664_525) + 1_013_904_223) >>> 0;
    return this.#latencyMs + (this.#jitterMs * this.#random) / 2 ** 32;
  }
}

/** One connection: two pipes and two ends. */
class Wire {
  readonly up: Pipe;
  readonly down: Pipe;
  readonly #client: LinkSink;
  readonly #server: LinkSink;
  readonly #onClosed: () => void;
  #isClosed = false;

  constructor(conditions: Conditions, client: LinkSink, server: LinkSink, onClosed: () => void) {
    this.#client = client;
    this.#server = server;
    this.#onClosed = onClosed;
    const ended = (): void => this.#closeIfBothEnded();
    this.up = new Pipe(conditions, 'up', client, server, ended);
    this.down = new Pipe(conditions, 'down', server, client, ended);
  }

  open(): void {
    this.#server.open(this.#link(this.down, () => this.close({ kind: 'reset' }, { kind: 'destroyed' })));
    this.#client.open(this.#link(this.up, () => this.close({ kind: 'destroyed' }, { kind: 'reset' })));
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

  #link(outgoing: Pipe, abort: () => void): Link {
    return {
      info: INFO,
      write: (bytes) => outgoing.write(bytes),
      end: () => outgoing.end(),
      abort,
    };
  }

  #closeIfBothEnded(): void {
    if (this.up.isOver && this.down.isOver) this.close({ kind: 'finished' }, { kind: 'finished' });
  }
}

/** One direction: keeps what was written until it may arrive. */
class Pipe {
  isOver = false;
  readonly #conditions: Conditions;
  readonly #direction: 'up' | 'down';
  readonly #writer: LinkSink;
  readonly #reader: LinkSink;
  readonly #onOver: () => void;
  /** null stands for the end. */
  #pieces: { readonly bytes: Uint8Array | null; readonly dueMs: number }[] = [];
  #waitingBytes = 0;
  #isCongested = false;
  #isEnded = false;
  #isStopped = false;
  #isScheduled = false;
  #lastDueMs = 0;

  constructor(
    conditions: Conditions,
    direction: 'up' | 'down',
    writer: LinkSink,
    reader: LinkSink,
    onOver: () => void,
  ) {
    this.#conditions = conditions;
    this.#direction = direction;
    this.#writer = writer;
    this.#reader = reader;
    this.#onOver = onOver;
  }

  write(bytes: Uint8Array): boolean {
    if (this.#isEnded || this.#isStopped) return true;
    const { sliceMaxBytes } = this.#conditions;
    for (let at = 0; at < bytes.length; at += sliceMaxBytes) {
      this.#put(bytes.subarray(at, Math.min(bytes.length, at + sliceMaxBytes)));
    }
    this.#waitingBytes += bytes.length;
    this.#isCongested = this.#waitingBytes > HIGH_WATER_BYTES;
    this.#schedule();
    return !this.#isCongested;
  }

  end(): void {
    if (this.#isEnded || this.#isStopped) return;
    this.#isEnded = true;
    this.#put(null);
    this.#schedule();
  }

  stop(): void {
    this.#isStopped = true;
    this.#pieces = [];
  }

  /** Delivers what is due, unless there is a hole. */
  flush(): void {
    this.#isScheduled = false;
    while (!this.#isStopped && !this.#conditions.isHeld(this.#direction)) {
      const piece = this.#pieces[0];
      if (piece === undefined || piece.dueMs > this.#conditions.clock.now()) break;
      this.#pieces.shift();
      this.#deliver(piece.bytes);
    }
    this.#schedule();
  }

  #put(bytes: Uint8Array | null): void {
    // Nothing overtakes: jitter delays what comes behind as well.
    this.#lastDueMs = Math.max(this.#lastDueMs, this.#conditions.clock.now() + this.#conditions.drawMs());
    this.#pieces.push({ bytes, dueMs: this.#lastDueMs });
  }

  #deliver(bytes: Uint8Array | null): void {
    if (bytes === null) {
      this.isOver = true;
      this.#reader.readEnded();
      this.#onOver();
      return;
    }
    this.#waitingBytes -= bytes.length;
    this.#reader.bytes(bytes);
    if (!this.#isCongested || this.#waitingBytes > 0 || this.#isStopped) return;
    this.#isCongested = false;
    this.#writer.drained();
  }

  #schedule(): void {
    const next = this.#pieces[0];
    if (next === undefined || this.#isScheduled || this.#isStopped || this.#conditions.isHeld(this.#direction)) return;
    this.#isScheduled = true;
    const waitMs = next.dueMs - this.#conditions.clock.now();
    if (waitMs <= 0) soon(() => this.flush());
    else this.#conditions.clock.schedule(() => this.flush(), waitMs);
  }
}
