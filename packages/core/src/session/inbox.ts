/**
 * Received messages on their way to the handlers: who may start now, and who waits for whom. PROTOCOL.md §7, §9.
 *
 * Everything waits in lanes. Messages share one lane and go one at a time, so that handlers see them strictly in order; a type with a
 * concurrency of its own has a lane of its own; each type of request has one. Lanes do not wait for each other: so a handler may await a
 * request to the same peer without ever standing in its own way.
 */
import type { IncomingMessage } from './incoming-message.ts';
import { Lane } from './lane.ts';

/** How many of a type may run at once, where it is not the default. */
export interface ConsumerOptions {
  readonly concurrency?: number | undefined;
}

const MESSAGE_CONCURRENCY = 1;
const REQUEST_CONCURRENCY = 16;

export class Inbox {
  readonly #consumers = new Map<string, ConsumerOptions>();
  #fallback: ConsumerOptions | null = null;
  readonly #messageLane = new Lane<IncomingMessage>(MESSAGE_CONCURRENCY);
  /** For those who take whatever comes at once; shared, because a type name of the peer's choice may not cost a lane. */
  readonly #freeLane = new Lane<IncomingMessage>(Infinity);
  readonly #ownLanes = new Map<string, Lane<IncomingMessage>>();
  /** Messages of types that nobody consumes yet, when they are to be held. */
  readonly #held = new Set<IncomingMessage>();
  #ready: IncomingMessage[] = [];
  readonly #holdUnhandled: boolean;
  #unanswered = 0;

  constructor(unhandled: 'refuse' | 'hold') {
    this.#holdUnhandled = unhandled === 'hold';
  }

  /** Requests that were received and are not settled. */
  get unanswered(): number {
    return this.#unanswered;
  }

  /** Nothing waits to be started. */
  get isEmpty(): boolean {
    if (this.#ready.length > 0 || this.#held.size > 0 || !this.#messageLane.isEmpty) return false;
    for (const lane of this.#ownLanes.values()) if (!lane.isEmpty) return false;
    return true;
  }

  hasConsumer(name: string | null): boolean {
    return name === null ? this.#fallback !== null : this.#consumers.has(name);
  }

  /** A consumer for a type, or for every type that has none (null). What was held for it becomes ready. */
  addConsumer(name: string | null, options: ConsumerOptions): void {
    if (name === null) this.#fallback = options;
    else this.#consumers.set(name, options);
    const held = [...this.#held];
    this.#held.clear();
    for (const message of held) this.#enter(message);
  }

  removeConsumer(name: string | null): void {
    if (name === null) this.#fallback = null;
    else this.#consumers.delete(name);
  }

  /** A message arrived. */
  add(message: IncomingMessage): void {
    if (message.isRequest) this.#unanswered += 1;
    this.#enter(message);
  }

  /** What may start now, in order. What nobody consumes is among it: it is to be refused. */
  takeReady(): IncomingMessage[] {
    const ready = this.#ready;
    if (ready.length > 0) this.#ready = [];
    return ready;
  }

  /** A message has been settled. One that waited never starts; otherwise the next of its lane may. */
  finish(message: IncomingMessage): void {
    if (message.isRequest) this.#unanswered -= 1;
    const { lane } = message;
    if (lane === null) return this.#leave(message);
    message.lane = null;
    lane.running.delete(message);
    const next = lane.next();
    if (next !== undefined) this.#start(next, lane);
  }

  #leave(message: IncomingMessage): void {
    this.#held.delete(message);
    message.waitsIn?.leave();
    message.waitsIn = null;
  }

  /** Something waits, or runs. */
  get isWorking(): boolean {
    return this.unsettled().next().done !== true;
  }

  /** Everything that is not settled: what waits, and what runs. */
  *unsettled(): Generator<IncomingMessage> {
    yield* this.#held;
    for (const lane of [this.#messageLane, this.#freeLane, ...this.#ownLanes.values()]) {
      yield* lane.running;
      for (const message of lane.waiting) if (!message.isSettled) yield message;
    }
  }

  /** The session is over: whatever was not taken never starts. Returns it. */
  clear(): IncomingMessage[] {
    const left = [...this.takeReady(), ...this.#held, ...this.#messageLane.clear()];
    this.#held.clear();
    for (const lane of this.#ownLanes.values()) left.push(...lane.clear());
    return left.filter((message) => !message.isSettled);
  }

  #enter(message: IncomingMessage): void {
    const consumer = this.#consumers.get(message.name) ?? this.#fallback;
    if (consumer === null) {
      if (!this.#holdUnhandled) this.#ready.push(message);
      else this.#hold(message);
      return;
    }
    const lane = this.#laneFor(message, consumer);
    message.waitsIn = lane;
    if (lane.running.size < lane.concurrency) this.#start(message, lane);
    else this.#wait(message, lane.waiting);
  }

  #wait(message: IncomingMessage, queue: { push(message: IncomingMessage): void }): void {
    message.keep();
    queue.push(message);
  }

  #hold(message: IncomingMessage): void {
    message.keep();
    this.#held.add(message);
  }

  #start(message: IncomingMessage, lane: Lane<IncomingMessage>): void {
    message.waitsIn = null;
    lane.running.add(message);
    message.lane = lane;
    this.#ready.push(message);
  }

  #laneFor(message: IncomingMessage, { concurrency }: ConsumerOptions): Lane<IncomingMessage> {
    if (!message.isRequest && (concurrency === undefined || concurrency === MESSAGE_CONCURRENCY)) {
      return this.#messageLane;
    }
    if (concurrency === Infinity) return this.#freeLane;
    const lane = this.#ownLanes.get(message.name) ?? new Lane<IncomingMessage>(REQUEST_CONCURRENCY);
    // A lane outlives its consumer, with what waits in it; the next one may want another concurrency.
    lane.concurrency = concurrency ?? REQUEST_CONCURRENCY;
    this.#ownLanes.set(message.name, lane);
    return lane;
  }
}
