/**
 * Two session machines with a small link between them, in virtual time: what the runtime does with promises and timers is done here step by
 * step, so that a test can look between any two steps, cut the link there, or deliver in pieces of any size. Sessions that outlive their
 * connection are gone on with over another one, at once, later, or when the test says so.
 *
 * Every payload is the text that was sent, unique within its pair, so that both sides' memories can be laid side by side at the end.
 */
import * as assert from 'uvu/assert';
import { Connection } from '../../packages/core/src/connection/connection.ts';
import type { Announcement, Hello, Resumption } from '../../packages/core/src/connection/handshake.ts';
import { HEARTBEAT_PRESETS, type Heartbeat } from '../../packages/core/src/connection/heartbeat-preset.ts';
import type { CloseCause } from '../../packages/core/src/errors/close-cause.ts';
import type { IncomingMessage } from '../../packages/core/src/session/incoming-message.ts';
import type { OutboxLimits } from '../../packages/core/src/session/outbox.ts';
import { OutgoingMessage } from '../../packages/core/src/session/outgoing-message.ts';
import type { SessionMachineEvent } from '../../packages/core/src/session/session-event.ts';
import type { FarewellOptions, SessionTerms } from '../../packages/core/src/session/session-options.ts';
import { Session } from '../../packages/core/src/session/session.ts';
import type { Verdict } from '../../packages/core/src/session/verdict.ts';
import { limitTime } from '../../packages/core/src/runtime/time-limit.ts';
import { SeededRandom } from './seeded-random.ts';
import { GREETING } from './greetings.ts';

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
  readonly inFlightMaxBytes?: number;
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
  /** How long the session outlives its connection. Default 0: not at all, and the client does not come back. */
  readonly windowMs?: number;
  /** How long after a loss the client comes back; default: not by itself. */
  readonly reconnectMs?: number;
  /** The server does not notice that the connection is lost: the next one has to take the session over. */
  readonly isServerBlind?: boolean;
  readonly client?: SessionEndOptions;
  readonly server?: SessionEndOptions;
}

/** The secret of every session here. */
const TOKEN: Uint8Array = new Uint8Array(32).fill(7);

/** Far more than any test loses; two sides that never find together are found out. */
const CUTS_MAX = 1000;

export const HANDLED: Verdict = { kind: 'handled', payload: null };

export function refusedWith(code: string): Verdict {
  return { kind: 'refused', code, data: new Uint8Array(0) };
}

export function textOf(payload: Uint8Array): string {
  // Padding makes a payload large without making its text long.
  return new TextDecoder().decode(payload).replace(/\0+$/, '');
}

/** What was sent; a message lets go of its payload when the peer has received it. */
const sentTexts = new WeakMap<OutgoingMessage, string>();

/** What was started; a message that expires lets go of its payload when it is settled. */
const startedTexts = new WeakMap<IncomingMessage, string>();

export function sentText(message: OutgoingMessage): string {
  return sentTexts.get(message)!;
}

export class SessionPair {
  readonly random: SeededRandom;
  readonly client: SessionEnd;
  server: SessionEnd;
  readonly #serverOptions: SessionEndOptions;
  #memories = 1;
  readonly #slice: (random: SeededRandom) => number;
  readonly #windowMs: number;
  readonly #reconnectMs: number;
  readonly #isServerBlind: boolean;
  #cutsAt: number[];
  #deliveries = 0;
  #isCut = false;
  #reconnectAtMs = Infinity;
  /** How often the connection was lost. */
  cuts = 0;
  /** The code of every REJECT of the server. */
  readonly rejections: string[] = [];
  nowMs = 0;
  /** How long a piece that is written from now on is on its way. */
  latencyMs: number;

  constructor(options: SessionPairOptions = {}) {
    this.random = new SeededRandom(options.seed ?? 1);
    this.#slice = options.slice ?? (() => Infinity);
    this.latencyMs = options.latencyMs ?? 0;
    this.#cutsAt = options.cutAt === undefined ? [] : [options.cutAt];
    this.#windowMs = options.windowMs ?? 0;
    this.#reconnectMs = options.reconnectMs ?? Infinity;
    this.#isServerBlind = options.isServerBlind ?? false;
    this.client = new SessionEnd(this, 'client', options.client ?? {}, this.#windowMs > 0);
    this.#serverOptions = options.server ?? {};
    this.server = new SessionEnd(this, 'server', this.#serverOptions, false);
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

  /** There is no connection. */
  get isCut(): boolean {
    return this.#isCut;
  }

  /** What the server gives a session that the client wants to keep. */
  get terms(): SessionTerms {
    const token = this.#windowMs > 0 ? TOKEN : null;
    return { id: `session ${this.#memories}`, token, windowMs: this.#windowMs };
  }

  /** Everything that can happen now happens; time stands still. */
  settle(): void {
    let isMoving = true;
    while (isMoving) {
      isMoving = this.#reconnectWhenDue();
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
    this.cuts += 1;
    if (this.cuts > CUTS_MAX) throw new Error('the connection is lost again and again');
    this.#reconnectAtMs = this.nowMs + this.#reconnectMs;
    this.client.lose(cause);
    if (this.#isServerBlind) this.server.leaveLink();
    else this.server.lose(cause);
  }

  /** Lose the connection instead of delivering these pieces (ascending), counted from now on, over all connections that follow. */
  cutAfter(pieces: readonly number[]): void {
    this.#cutsAt = pieces.map((count) => this.#deliveries + count);
  }

  /** The connection is lost, and another server without a memory is in the place of the old one, which is returned. */
  replaceServer(): SessionEnd {
    this.cut();
    const former = this.server;
    this.#memories += 1;
    this.server = new SessionEnd(this, 'server', this.#serverOptions, false);
    return former;
  }

  /** Nobody comes back any more. */
  giveUp(): void {
    this.cut();
    this.#reconnectAtMs = Infinity;
    this.client.giveUp({ kind: 'lost' });
    this.server.giveUp({ kind: 'expired' });
  }

  /** The client comes back over another connection; `changes` falsify what it says of the session. */
  reconnect(changes: Partial<Resumption> = {}): void {
    this.#reconnectAtMs = Infinity;
    const hasNothing = this.client.session.resumption === null && this.server.session.status !== 'connecting';
    if (this.client.session.status === 'closed' || hasNothing) return;
    this.cut();
    this.#reconnectAtMs = Infinity;
    this.#isCut = false;
    this.server.await();
    this.client.hello(changes);
  }

  #reconnectWhenDue(): boolean {
    if (this.nowMs < this.#reconnectAtMs) return false;
    this.reconnect();
    return true;
  }

  other(end: SessionEnd): SessionEnd {
    return end === this.client ? this.server : this.client;
  }

  #nextMs(): number {
    let nextMs = this.#reconnectAtMs;
    for (const end of this.ends) nextMs = Math.min(nextMs, end.session.nextDeadlineMs, end.arrivesAtMs);
    return nextMs;
  }

  /** Delivers the next piece of what `end` has written, if it is due. */
  #deliver(end: SessionEnd): boolean {
    if (this.#isCut || end.arrivesAtMs > this.nowMs) return false;
    // Two in the same place cannot both be at it.
    if (this.#deliveries >= (this.#cutsAt[0] ?? Infinity)) {
      this.#cutsAt.shift();
      this.cut();
      return true;
    }
    this.#deliveries += 1;
    const reader = this.other(end);
    const piece = end.takePiece(Math.max(1, Math.floor(this.#slice(this.random))));
    if (piece === null) reader.receiveEnd();
    else reader.receive(piece);
    if (piece === null && reader.hasEnded) this.cut({ kind: 'finished' });
    return true;
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
  /** The newest one; on the server it may not carry the session yet. */
  connection: Connection;
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
  readonly #connect: () => Connection;
  /** The number of the last connection that was tried (client), or that carried the session (server). */
  #attempt = 0;

  constructor(pair: SessionPair, role: 'client' | 'server', options: SessionEndOptions, redials: boolean) {
    this.#pair = pair;
    const announcement = { ...ANNOUNCEMENT, ...options.announcement };
    const heartbeat = options.heartbeat ?? HEARTBEAT_PRESETS.default;
    const random = pair.random.next;
    const connectionOptions = { role, announcement, heartbeat, handshakeMs: 10_000, frameMs: 30_000, random };
    this.#connect = () => new Connection(connectionOptions, pair.nowMs);
    this.connection = this.#connect();
    this.session = new Session({
      announcement,
      outbox: options.outbox ?? { maxMessages: 16_384, maxBytes: 33_554_432 },
      ...(options.inFlightMaxBytes === undefined ? {} : { inFlightMaxBytes: options.inFlightMaxBytes }),
      unhandled: options.unhandled ?? 'refuse',
      decodeData: (data) => textOf(data),
      redials,
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

  /** How often the session has gone on over another connection. */
  get resumes(): number {
    return this.events.filter((event) => event.type === 'opened' && event.resumed).length;
  }

  /** A session that waits for its client has nothing to do with a connection that does not carry it. */
  get #isTouched(): boolean {
    return this.#isAttached || this.#pair.terms.token === null;
  }

  /** Client: begins with a new connection. */
  hello(changes: Partial<Resumption> = {}): void {
    const { resumption } = this.session;
    this.await();
    this.#attempt += 1;
    const claimed = resumption === null ? null : { ...resumption, ...changes };
    const keep = this.#pair.terms.token !== null;
    this.connection.hello({ ...GREETING, keep, attempt: this.#attempt, resumption: claimed }, this.#pair.nowMs);
    this.#isAttached = true;
    this.session.attach(this.connection);
  }

  /** A new link, on which nothing has been said. */
  await(): void {
    this.connection = this.#connect();
    this.#pieces = [];
    this.#hasEnded = false;
    this.#isAttached = false;
  }

  /** The link is gone, and this side does not notice. */
  leaveLink(): void {
    this.#pieces = [];
    this.#hasEnded = true;
    this.#isAttached = false;
  }

  send(text: string, bytes = 0, name = 'say'): OutgoingMessage {
    return this.#send(new OutgoingMessage('message', name, payloadOf(text, bytes)));
  }

  request(text: string, bytes = 0, name = 'ask'): OutgoingMessage {
    return this.#send(new OutgoingMessage('request', name, payloadOf(text, bytes)));
  }

  /** No handler of the peer is to begin it `lifeMs` from now or later. */
  sendFor(lifeMs: number, text: string, kind: 'message' | 'request' = 'message', bytes = 0): OutgoingMessage {
    const message = new OutgoingMessage(kind, kind === 'message' ? 'say' : 'ask', payloadOf(text, bytes));
    limitTime(message, { expiresIn: lifeMs }, this.#pair.nowMs);
    return this.#send(message);
  }

  /** Ends a message that `onMessage` left running. */
  finish(text: string, verdict: Verdict = HANDLED): void {
    this.verdicts.set(text, verdict);
    this.session.settle(this.#byText.get(text)!, verdict);
  }

  /** The texts that the application was given. */
  get startedTexts(): string[] {
    return this.started.map((message) => startedTexts.get(message)!);
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

  receiveEnd(): void {
    if (this.#isAttached) this.session.receiveEnd(this.#pair.nowMs);
  }

  lose(cause: CloseCause): void {
    const isTouched = this.#isTouched;
    this.leaveLink();
    if (isTouched) this.session.connectionLost(cause, this.#pair.nowMs);
    this.pump();
  }

  giveUp(cause: CloseCause): void {
    this.session.end(cause);
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
      if ('link' in event) this.#endLink(event.link);
    }
    for (let ready = this.session.takeReady(); ready.length > 0; ready = this.session.takeReady()) {
      for (const message of ready) this.#start(message);
    }
    for (const message of this.session.takeProgress()) this.steps.push(`${sentText(message)} ${message.stage}`);
  }

  /** The end of a turn: writes what is to be written; returns whether there was anything. */
  turn(): boolean {
    this.pump();
    let hasWritten = false;
    do hasWritten = this.#write() || hasWritten;
    while (this.#isAttached && this.session.hasMore && this.mayWrite > 0);
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
    sentTexts.set(message, textOf(message.payload));
    this.session.send(message);
    return message;
  }

  #start(message: IncomingMessage): void {
    const text = textOf(message.payload);
    startedTexts.set(message, text);
    const isConsumed = this.#consumes === null || this.#consumes.includes(message.name);
    if (!isConsumed) {
      this.session.settle(message, refusedWith('ERR_HW_NO_HANDLER'));
      return;
    }
    if (!this.session.begin(message, this.#pair.nowMs)) return;
    assert.not.ok(this.verdicts.has(text), `"${text}" was handed to the application twice`);
    this.started.push(message);
    this.#byText.set(text, message);
    this.verdicts.set(text, null);
    const verdict = this.onMessage(message, text);
    if (verdict !== null) this.finish(text, verdict);
  }

  #receiveHello(bytes: Uint8Array, nowMs: number): void {
    this.connection.receiveBytes(bytes, nowMs);
    for (const event of this.connection.takeEvents()) if (event.type === 'hello') this.#welcome(event.hello, nowMs);
  }

  /** Server: what the runtime does with its register of sessions. */
  #welcome({ attempt, resumption }: Hello, nowMs: number): void {
    const { terms } = this.#pair;
    if (resumption === null) {
      this.connection.welcome(
        { session: terms.id, token: terms.token, windowMs: terms.windowMs, resumed: null },
        nowMs,
      );
      this.session.open(this.connection, terms);
    } else {
      const code = this.#objection(resumption, attempt);
      if (code !== null) return this.#reject(code, nowMs);
      const { id, windowMs } = terms;
      this.connection.welcome({ session: id, token: null, windowMs, resumed: this.session.position }, nowMs);
      this.session.resume(this.connection, resumption);
    }
    this.#attempt = attempt;
    this.#isAttached = true;
  }

  #objection(resumption: Resumption, attempt: number): string | null {
    const isSame = resumption.token.join() === this.#pair.terms.token?.join();
    if (!isSame || !['open', 'suspended', 'draining'].includes(this.session.status)) return 'ERR_HW_RESUME_UNKNOWN';
    if (attempt <= this.#attempt) return 'ERR_HW_RESUME_STALE';
    return this.session.mayResume(resumption) ? null : 'ERR_HW_RESUME_MISMATCH';
  }

  #reject(code: string, nowMs: number): void {
    this.#pair.rejections.push(code);
    const tombstone = this.session.status === 'closed' ? this.session.takeTombstone() : null;
    this.connection.reject({ code, message: '', tombstone });
    const dueMs = nowMs + this.#pair.latencyMs;
    this.#pieces.push({ bytes: this.connection.takeOutgoing(nowMs), dueMs }, { bytes: null, dueMs });
    this.#hasEnded = true;
  }

  #write(): boolean {
    if (this.#hasEnded || !this.#isAttached || this.mayWrite === 0) return false;
    const bytes = this.session.takeOutgoing(this.#pair.nowMs);
    if (bytes === null) return false;
    this.mayWrite -= 1;
    this.writes.push(bytes);
    this.#pieces.push({ bytes, dueMs: this.#pair.nowMs + this.#pair.latencyMs });
    return true;
  }

  #endLink(link: 'end' | 'abort' | 'gone'): void {
    if (link === 'gone' || !this.#isTouched) return;
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
    for (const message of end.sent) assertTrue(message, sentText(message), peer);
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
    (['overflow', 'expired', 'cancelled'].includes(outcome) && decided === 'never started') ||
    (outcome === 'refused' &&
      decided === (message.error?.code === 'ERR_HW_NO_HANDLER' ? 'never started' : 'refused')) ||
    outcome === 'unknown';
  assert.ok(isTrue, `"${text}" is ${outcome}, and at the peer ${decided}`);
}

function assertOrder(end: SessionEnd, peer: SessionEnd): void {
  const order = new Map(end.sent.map((message, index) => [sentText(message), index]));
  const messages = peer.started
    .filter(({ isRequest }) => !isRequest)
    .map((message) => order.get(startedTexts.get(message)!)!);
  assert.equal(
    messages,
    [...messages].sort((a, b) => a - b),
  );
}
