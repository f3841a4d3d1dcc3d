/**
 * Two session machines with a small link between them, in virtual time: what the runtime does with promises and timers is done here step by
 * step, so that a test can look between any two steps, cut the link there, or deliver in pieces of any size.
 *
 * Every payload is the text that was sent, unique within its pair, so that both sides' memories can be laid side by side at the end.
 */
import * as assert from 'uvu/assert';
import { Connection } from '../../packages/core/src/connection/connection.ts';
import type { Announcement } from '../../packages/core/src/connection/handshake.ts';
import { HEARTBEAT_PRESETS, type Heartbeat } from '../../packages/core/src/connection/heartbeat-preset.ts';
import type { CloseCause } from '../../packages/core/src/errors/close-cause.ts';
import type { IncomingMessage } from '../../packages/core/src/session/incoming-message.ts';
import type { OutboxLimits } from '../../packages/core/src/session/outbox.ts';
import { OutgoingMessage } from '../../packages/core/src/session/outgoing-message.ts';
import type { SessionMachineEvent } from '../../packages/core/src/session/session-event.ts';
import { Session, type FarewellOptions } from '../../packages/core/src/session/session.ts';
import type { Verdict } from '../../packages/core/src/session/verdict.ts';
import { SeededRandom } from './seeded-random.ts';

export const ANNOUNCEMENT: Announcement = {
  frameMaxBytes: 65_536,
  messageMaxBytes: 1_048_576,
  windowMessages: 4096,
  windowBytes: 16_777_216,
  maxRequests: 256,
  promiseMs: 15_000,
  wantMs: 15_000,
  floorMs: 1000,
  name: null,
  codec: 'msgpack',
};

export interface SessionEndOptions {
  readonly announcement?: Partial<Announcement>;
  readonly outbox?: OutboxLimits;
  readonly unhandled?: 'refuse' | 'hold';
  /** Types of messages and requests that are consumed; default: all. */
  readonly consumes?: readonly string[];
  readonly heartbeat?: Heartbeat;
}

export interface SessionPairOptions {
  /** Where all that is random comes from. Default 1. */
  readonly seed?: number;
  /** How long a piece is on its way. Default 0. */
  readonly latencyMs?: number;
  /** How many bytes of the next piece arrive together; default: all. */
  readonly slice?: (random: SeededRandom) => number;
  /** Lose the connection instead of delivering this piece, counted from 0 over both directions. */
  readonly cutAt?: number;
  readonly client?: SessionEndOptions;
  readonly server?: SessionEndOptions;
}

export const HANDLED: Verdict = { kind: 'handled', payload: null };

export function refusedWith(code: string): Verdict {
  return { kind: 'refused', code, data: new Uint8Array(0) };
}

export function textOf(payload: Uint8Array): string {
  // Padding makes a payload large without making its text long.
  return new TextDecoder().decode(payload).replace(/\0+$/, '');
}

export class SessionPair {
  readonly random: SeededRandom;
  readonly client: SessionEnd;
  readonly server: SessionEnd;
  readonly #slice: (random: SeededRandom) => number;
  readonly #latencyMs: number;
  #deliveriesLeft: number;
  #deliveries = 0;
  #isCut = false;
  nowMs = 0;

  constructor(options: SessionPairOptions = {}) {
    this.random = new SeededRandom(options.seed ?? 1);
    this.#slice = options.slice ?? (() => Infinity);
    this.#latencyMs = options.latencyMs ?? 0;
    this.#deliveriesLeft = options.cutAt ?? Infinity;
    this.client = new SessionEnd(this, 'client', options.client ?? {});
    this.server = new SessionEnd(this, 'server', options.server ?? {});
    this.client.hello();
  }

  /** A pair whose handshake is done. */
  static open(options: SessionPairOptions = {}): SessionPair {
    const pair = new SessionPair(options);
    pair.advance(4 * (options.latencyMs ?? 0));
    assert.equal([pair.client.session.status, pair.server.session.status], ['open', 'open']);
    return pair;
  }

  get ends(): readonly [SessionEnd, SessionEnd] {
    return [this.client, this.server];
  }

  /** Pieces that have arrived so far, over both directions. */
  get deliveries(): number {
    return this.#deliveries;
  }

  get isCut(): boolean {
    return this.#isCut;
  }

  /** Everything that can happen now happens; time stands still. */
  settle(): void {
    let isMoving = true;
    while (isMoving) {
      isMoving = false;
      for (const end of this.ends) isMoving = end.turn() || isMoving;
      for (const end of this.ends) isMoving = this.#deliver(end) || isMoving;
    }
  }

  /** Lets time pass, from deadline to deadline. */
  advance(ms: number): void {
    const untilMs = this.nowMs + ms;
    this.settle();
    for (let nextMs = this.#nextMs(); nextMs <= untilMs; nextMs = this.#nextMs()) {
      this.nowMs = Math.max(this.nowMs, nextMs);
      for (const end of this.ends) end.handleDeadline(this.nowMs);
      this.settle();
    }
    this.nowMs = untilMs;
  }

  /** The connection is lost: what was under way is gone, and both sides see it. */
  cut(cause: CloseCause = { kind: 'reset' }): void {
    if (this.#isCut) return;
    this.#isCut = true;
    for (const end of this.ends) end.lose(cause);
  }

  other(end: SessionEnd): SessionEnd {
    return end === this.client ? this.server : this.client;
  }

  #nextMs(): number {
    let nextMs = Infinity;
    for (const end of this.ends) nextMs = Math.min(nextMs, end.session.nextDeadlineMs, end.arrivesAtMs);
    return nextMs;
  }

  /** Delivers the next piece of what `end` has written, if it is due. */
  #deliver(end: SessionEnd): boolean {
    if (this.#isCut || end.arrivesAtMs > this.nowMs) return false;
    if (this.#deliveriesLeft === 0) {
      this.cut();
      return true;
    }
    this.#deliveriesLeft -= 1;
    this.#deliveries += 1;
    const reader = this.other(end);
    const piece = end.takePiece(Math.max(1, Math.floor(this.#slice(this.random))));
    if (piece === null) reader.session.receiveEnd(this.nowMs);
    else reader.receive(piece);
    if (piece === null && reader.hasEnded) this.cut({ kind: 'finished' });
    return true;
  }

  get latencyMs(): number {
    return this.#latencyMs;
  }
}

interface Piece {
  /** null stands for the end of the direction. */
  readonly bytes: Uint8Array | null;
  readonly dueMs: number;
}

/** One side: the machine, what it wrote, and what its application has seen. */
export class SessionEnd {
  readonly session: Session;
  readonly connection: Connection;
  /** Everything that `send` was called with. */
  readonly sent: OutgoingMessage[] = [];
  /** Everything that was handed to the application, in order. */
  readonly started: IncomingMessage[] = [];
  /** What the application said, by text; the second time that it is asked is an error. */
  readonly verdicts = new Map<string, Verdict | null>();
  readonly events: SessionMachineEvent[] = [];
  /** Every step that was told, as `text stage`. */
  readonly steps: string[] = [];
  /** Every piece that was written, for tests of what goes over the wire. */
  readonly writes: Uint8Array[] = [];
  /** What the application does with a message; null: nothing yet, `finish` follows. */
  onMessage: (message: IncomingMessage, text: string) => Verdict | null = () => HANDLED;
  /** How many pieces it may still write; what it writes in one piece is at most a little more than 64 KiB. */
  mayWrite = Infinity;
  readonly #pair: SessionPair;
  readonly #consumes: readonly string[] | null;
  readonly #byText = new Map<string, IncomingMessage>();
  #pieces: Piece[] = [];
  #hasEnded = false;
  #isAttached = false;

  constructor(pair: SessionPair, role: 'client' | 'server', options: SessionEndOptions) {
    this.#pair = pair;
    const announcement = { ...ANNOUNCEMENT, ...options.announcement };
    const heartbeat = options.heartbeat ?? HEARTBEAT_PRESETS.default;
    const random = pair.random.next;
    this.connection = new Connection(
      { role, announcement, heartbeat, handshakeMs: 10_000, frameMs: 30_000, random },
      0,
    );
    this.session = new Session({
      announcement,
      outbox: options.outbox ?? { maxMessages: 16_384, maxBytes: 33_554_432 },
      unhandled: options.unhandled ?? 'refuse',
      decodeData: (data) => textOf(data),
    });
    this.#consumes = options.consumes ?? null;
    for (const name of this.#consumes ?? [null]) this.session.inbox.addConsumer(name, {});
  }

  /** The closing event, once there is one. */
  get closed(): (SessionMachineEvent & { type: 'closed' }) | undefined {
    return this.events.find((event) => event.type === 'closed');
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** When the next piece that we wrote is due at the other side. */
  get arrivesAtMs(): number {
    return this.#pieces[0]?.dueMs ?? Infinity;
  }

  hello(): void {
    this.connection.hello(null, 0);
    this.#attach();
  }

  send(text: string, bytes = 0, name = 'say'): OutgoingMessage {
    return this.#send(new OutgoingMessage('message', name, payloadOf(text, bytes)));
  }

  request(text: string, bytes = 0, name = 'ask'): OutgoingMessage {
    return this.#send(new OutgoingMessage('request', name, payloadOf(text, bytes)));
  }

  /** Ends a message that `onMessage` left running. */
  finish(text: string, verdict: Verdict = HANDLED): void {
    this.verdicts.set(text, verdict);
    this.session.settle(this.#byText.get(text)!, verdict);
  }

  /** The texts that the application was given. */
  get startedTexts(): string[] {
    return this.started.map(({ payload }) => textOf(payload));
  }

  sayGoodbye(options: Partial<FarewellOptions> = {}): void {
    const all = { code: 0, reason: '', timeoutMs: 5000, sendWaiting: true, ...options };
    this.session.sayGoodbye(all, this.#pair.nowMs);
    this.pump();
  }

  destroy(): void {
    this.session.destroy({ kind: 'destroyed' });
    this.pump();
  }

  receive(bytes: Uint8Array): void {
    const { nowMs } = this.#pair;
    if (this.#isAttached) this.session.receiveBytes(bytes, nowMs);
    else this.#receiveHello(bytes, nowMs);
    this.pump();
  }

  lose(cause: CloseCause): void {
    this.#pieces = [];
    this.#hasEnded = true;
    this.session.connectionLost(cause);
    this.pump();
  }

  handleDeadline(nowMs: number): void {
    if (this.session.nextDeadlineMs > nowMs) return;
    this.session.handleDeadline(nowMs);
    this.pump();
  }

  /** Works off what the machine has to say. */
  pump(): void {
    for (const event of this.session.takeEvents()) {
      this.events.push(event);
      if (event.type === 'closed') this.#endLink(event.link);
    }
    for (let ready = this.session.takeReady(); ready.length > 0; ready = this.session.takeReady()) {
      for (const message of ready) this.#start(message);
    }
    for (const message of this.session.takeProgress()) this.steps.push(`${textOf(message.payload)} ${message.stage}`);
  }

  /** The end of a turn: writes what is to be written; returns whether there was anything. */
  turn(): boolean {
    this.pump();
    let hasWritten = false;
    do hasWritten = this.#write() || hasWritten;
    while (this.session.hasMore && this.mayWrite > 0);
    this.pump();
    return hasWritten;
  }

  /** The next piece of at most `maxBytes`; null is the end. */
  takePiece(maxBytes: number): Uint8Array | null {
    const { bytes, dueMs } = this.#pieces.shift()!;
    if (bytes === null || bytes.length <= maxBytes) return bytes;
    this.#pieces.unshift({ bytes: bytes.subarray(maxBytes), dueMs });
    return bytes.subarray(0, maxBytes);
  }

  #send(message: OutgoingMessage): OutgoingMessage {
    this.sent.push(message);
    this.session.send(message);
    return message;
  }

  #start(message: IncomingMessage): void {
    const text = textOf(message.payload);
    const isConsumed = this.#consumes === null || this.#consumes.includes(message.name);
    if (!isConsumed) {
      this.session.settle(message, refusedWith('ERR_HW_NO_HANDLER'));
      return;
    }
    assert.not.ok(this.verdicts.has(text), `"${text}" was handed to the application twice`);
    this.started.push(message);
    this.#byText.set(text, message);
    this.verdicts.set(text, null);
    const verdict = this.onMessage(message, text);
    if (verdict !== null) this.finish(text, verdict);
  }

  #receiveHello(bytes: Uint8Array, nowMs: number): void {
    this.connection.receiveBytes(bytes, nowMs);
    const isWelcome = this.connection.takeEvents().some(({ type }) => type === 'hello');
    if (!isWelcome) return;
    this.connection.welcome('session', nowMs);
    this.#attach();
  }

  #attach(): void {
    this.#isAttached = true;
    this.session.attach(this.connection);
  }

  #write(): boolean {
    if (this.#hasEnded || this.mayWrite === 0) return false;
    const bytes = this.session.takeOutgoing(this.#pair.nowMs);
    if (bytes === null) return false;
    this.mayWrite -= 1;
    this.writes.push(bytes);
    this.#pieces.push({ bytes, dueMs: this.#pair.nowMs + this.#pair.latencyMs });
    return true;
  }

  #endLink(link: 'end' | 'abort' | 'gone'): void {
    if (link === 'gone') return;
    if (link === 'abort') return this.#pair.cut({ kind: 'reset' });
    this.#write();
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#pieces.push({ bytes: null, dueMs: this.#pair.nowMs + this.#pair.latencyMs });
  }
}

function payloadOf(text: string, bytes: number): Uint8Array {
  const encoded = new TextEncoder().encode(text);
  const payload = new Uint8Array(Math.max(bytes, encoded.length));
  payload.set(encoded);
  return payload;
}

/** How each message of ours ended, by outcome; `undecided` must be 0 at the end. */
export function tally(end: SessionEnd): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const message of end.sent) {
    const outcome = message.error?.outcome ?? (message.stage === 'handled' ? 'handled' : 'undecided');
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
  return counts;
}

/**
 * Lays both memories side by side after both sessions have ended: one true outcome for each message, nothing twice, everything in order, and
 * nothing left over. Promises P1 and P3.
 */
export function assertTrueOutcomes(pair: SessionPair): void {
  for (const end of pair.ends) {
    assert.is(end.session.status, 'closed');
    assert.is(end.events.filter(({ type }) => type === 'closed').length, 1);
    assert.is(end.session.nextDeadlineMs, Infinity, 'a deadline is left');
    assert.is(end.session.undecided, 0);
    const peer = pair.other(end);
    assert.is(tally(end)['undecided'], undefined);
    for (const message of end.sent) assertTrue(message, textOf(message.payload), peer);
    assertOrder(end, peer);
  }
}

function assertTrue(message: OutgoingMessage, text: string, peer: SessionEnd): void {
  const verdict = peer.verdicts.get(text);
  const outcome = message.error?.outcome ?? message.stage;
  const decided = verdict === undefined ? 'never started' : (verdict?.kind ?? 'still running');
  const isTrue =
    (outcome === 'handled' && decided === 'handled') ||
    (outcome === 'not-delivered' && decided === 'never started') ||
    (outcome === 'overflow' && decided === 'never started') ||
    (outcome === 'refused' &&
      decided === (message.error?.code === 'ERR_HW_NO_HANDLER' ? 'never started' : 'refused')) ||
    outcome === 'unknown';
  assert.ok(isTrue, `"${text}" is ${outcome}, and at the peer ${decided}`);
}

function assertOrder(end: SessionEnd, peer: SessionEnd): void {
  const order = new Map(end.sent.map(({ payload }, index) => [textOf(payload), index]));
  const messages = peer.started.filter(({ isRequest }) => !isRequest).map(({ payload }) => order.get(textOf(payload))!);
  assert.equal(
    messages,
    [...messages].sort((a, b) => a - b),
  );
}
