/**
 * What the two sides tell each other before anything else: HELLO, WELCOME, REJECT. PROTOCOL.md §6.
 *
 * Each is a map with integer keys, so that a later version can add to it. Reading is strict in what it knows and deaf to what it may
 * ignore; what is missing has its default.
 */
import { HeartwireError } from '../errors/heartwire-error.ts';
import { encodeIntegerMap } from '../wire/msgpack-codec.ts';
import { decodeText, encodeTextWithin } from '../wire/text.ts';
import { HandshakeFields } from './handshake-fields.ts';
import { FIRST_IGNORABLE_KEY, HandshakeKey, LAST_KEY, PROTOCOL_VERSION } from './handshake-key.ts';

/** What one side accepts and promises; both sides tell theirs. */
export interface Announcement {
  readonly frameMaxBytes: number;
  readonly messageMaxBytes: number;
  readonly windowMessages: number;
  readonly windowBytes: number;
  readonly maxRequests: number;
  /** The longest silence that this side is ready to keep; Infinity: none. */
  readonly promiseMs: number;
  /** The longest silence that it wants from the other; Infinity: any. */
  readonly wantMs: number;
  readonly floorMs: number;
  readonly name: string | null;
  readonly codec: string;
}

/** How far one side of a session has come, for a new connection to go on from. PROTOCOL.md §19. */
export interface Position {
  /** Everything of the peer up to this id is here. */
  readonly received: number;
  /** What `received` was counted from: it is the same on both sides, or their histories differ. */
  readonly digest: number;
  /** Our goodbye has been acknowledged: we have nothing more to say. */
  readonly isGoodbyeDone: boolean;
}

/** Which session a client wants to go on with, and the proof that it is its own. */
export interface Resumption extends Position {
  readonly session: string;
  readonly token: Uint8Array;
}

export interface Hello {
  readonly versionMin: number;
  readonly versionMax: number;
  readonly announcement: Announcement;
  /** Credentials in payload form, or null. */
  readonly auth: Uint8Array | null;
  /** Which of the client's connections this is; it only grows. */
  readonly attempt: number;
  /** Whether the session should outlive its connection. */
  readonly keep: boolean;
  /** Null: begin a new session. */
  readonly resumption: Resumption | null;
}

export interface Welcome {
  readonly session: string;
  readonly announcement: Announcement;
  /** The secret that resumes the session; null when it is resumed already, or cannot be. */
  readonly token: Uint8Array | null;
  /** How long the session outlives its connection, in milliseconds; 0: not at all. */
  readonly windowMs: number;
  /** Null: this is a new session. */
  readonly resumed: Position | null;
}

/** What a server still knows of a session that is over, for the client that comes back for it. */
export interface Tombstone extends Position {
  /** The ACK frame that the session would have written next: what became of the client's messages. */
  readonly lastWords: Uint8Array;
}

export interface Reject {
  readonly code: string;
  readonly message: string;
  readonly retryAfterMs: number | null;
  /** Null: nothing is known of the session. */
  readonly tombstone: Tombstone | null;
}

const DEFAULTS = {
  frameMaxBytes: 65_536,
  messageMaxBytes: 1_048_576,
  windowMessages: 4096,
  windowBytes: 16_777_216,
  maxRequests: 256,
  promiseMs: 15_000,
  wantMs: 15_000,
  floorMs: 1000,
} as const;

const REJECT_MESSAGE_MAX_BYTES = 256;
const SESSION_ID_MAX_BYTES = 64;

export function encodeHello(hello: Hello, random: () => number): Uint8Array {
  const map = announcementMap(hello.announcement);
  map.set(HandshakeKey.versionMin, hello.versionMin);
  map.set(HandshakeKey.versionMax, hello.versionMax);
  map.set(HandshakeKey.attempt, hello.attempt);
  if (hello.auth !== null) map.set(HandshakeKey.auth, hello.auth);
  if (hello.keep) map.set(HandshakeKey.keep, 1);
  if (hello.resumption !== null) {
    map.set(HandshakeKey.session, hello.resumption.session);
    map.set(HandshakeKey.token, hello.resumption.token);
    setPosition(map, hello.resumption);
  }
  return encodeIntegerMap(withIgnorableKey(map, random));
}

export function encodeWelcome(welcome: Welcome, random: () => number): Uint8Array {
  const map = announcementMap(welcome.announcement);
  map.set(HandshakeKey.version, PROTOCOL_VERSION);
  map.set(HandshakeKey.session, welcome.session);
  if (welcome.token !== null) map.set(HandshakeKey.token, welcome.token);
  if (welcome.windowMs > 0) map.set(HandshakeKey.windowMs, welcome.windowMs);
  if (welcome.resumed !== null) setPosition(map, welcome.resumed);
  return encodeIntegerMap(withIgnorableKey(map, random));
}

export function encodeReject(reject: Reject): Uint8Array {
  const map = new Map<number, unknown>([
    [HandshakeKey.code, reject.code],
    [HandshakeKey.message, decodeText(encodeTextWithin(reject.message, REJECT_MESSAGE_MAX_BYTES))],
  ]);
  if (reject.retryAfterMs !== null) map.set(HandshakeKey.retryAfterMs, reject.retryAfterMs);
  if (reject.tombstone !== null) {
    setPosition(map, reject.tombstone);
    map.set(HandshakeKey.lastWords, reject.tombstone.lastWords);
  }
  return encodeIntegerMap(map);
}

/** Throws a HeartwireError when the body makes no sense, or asks for something that we must know and do not. */
export function decodeHello(body: Uint8Array): Hello {
  const fields = new HandshakeFields(body, 'HELLO');
  const hello = {
    versionMin: fields.integer('versionMin', 1, 1, 2 ** 32),
    versionMax: fields.integer('versionMax', 1, 1, 2 ** 32),
    announcement: readAnnouncement(fields),
    auth: fields.binary('auth'),
    attempt: fields.integer('attempt', 1, 1, Number.MAX_SAFE_INTEGER),
    keep: fields.integer('keep', 0, 0, 1) === 1,
    resumption: fields.has('session') ? readResumption(fields) : null,
  };
  fields.expectNoCriticalLeft();
  return hello;
}

export function decodeWelcome(body: Uint8Array): Welcome {
  const fields = new HandshakeFields(body, 'WELCOME');
  const version = fields.integer('version', undefined, 1, 2 ** 32);
  if (version !== PROTOCOL_VERSION) {
    throw new HeartwireError('ERR_HW_VERSION', { by: 'remote', detail: `the server chose version ${version}` });
  }
  const welcome = {
    session: fields.text('session', undefined, 1, SESSION_ID_MAX_BYTES),
    announcement: readAnnouncement(fields),
    token: fields.has('token') ? fields.token() : null,
    windowMs: fields.integer('windowMs', 0, 0, 2 ** 32),
    resumed: fields.has('received') ? readPosition(fields) : null,
  };
  fields.expectNoCriticalLeft();
  return welcome;
}

export function decodeReject(body: Uint8Array): Reject {
  const fields = new HandshakeFields(body, 'REJECT');
  const code = fields.text('code', undefined, 1, 64);
  // Last words end a session: with any other code it goes on, and what was called lost would be sent again.
  const isOver = code === 'ERR_HW_RESUME_UNKNOWN' && fields.has('lastWords');
  return {
    code,
    message: fields.text('message', '', 0, REJECT_MESSAGE_MAX_BYTES),
    retryAfterMs: fields.has('retryAfterMs') ? fields.integer('retryAfterMs', undefined, 0, 2 ** 32) : null,
    tombstone: isOver ? { ...readPosition(fields), lastWords: fields.binary('lastWords')! } : null,
  };
}

function setPosition(map: Map<number, unknown>, { received, digest, isGoodbyeDone }: Position): void {
  map.set(HandshakeKey.received, received);
  map.set(HandshakeKey.digest, digest);
  if (isGoodbyeDone) map.set(HandshakeKey.goodbye, 1);
}

function readPosition(fields: HandshakeFields): Position {
  return {
    received: fields.integer('received', undefined, 0, Number.MAX_SAFE_INTEGER),
    digest: fields.integer('digest', undefined, 0, 2 ** 32 - 1),
    isGoodbyeDone: fields.integer('goodbye', 0, 0, 1) === 1,
  };
}

function readResumption(fields: HandshakeFields): Resumption {
  return {
    session: fields.text('session', undefined, 1, SESSION_ID_MAX_BYTES),
    token: fields.token(),
    ...readPosition(fields),
  };
}

function announcementMap(announcement: Announcement): Map<number, unknown> {
  const map = new Map<number, unknown>();
  for (const key of Object.keys(DEFAULTS) as (keyof typeof DEFAULTS)[]) {
    map.set(HandshakeKey[key], announcement[key] === Infinity ? 0 : announcement[key]);
  }
  map.set(HandshakeKey.codec, announcement.codec);
  if (announcement.name !== null) map.set(HandshakeKey.name, announcement.name);
  return map;
}

/** One random key that everybody must ignore, so that nobody forgets how. */
function withIgnorableKey(map: Map<number, unknown>, random: () => number): Map<number, unknown> {
  const key = FIRST_IGNORABLE_KEY + Math.floor(random() * (LAST_KEY - FIRST_IGNORABLE_KEY + 1));
  return map.set(key, Math.floor(random() * 128));
}

function readAnnouncement(fields: HandshakeFields): Announcement {
  const messageMaxBytes = fields.integer('messageMaxBytes', DEFAULTS.messageMaxBytes, 1, 2 ** 32);
  return {
    frameMaxBytes: fields.integer('frameMaxBytes', DEFAULTS.frameMaxBytes, 1024, 2 ** 32),
    messageMaxBytes,
    windowMessages: fields.integer('windowMessages', DEFAULTS.windowMessages, 1, 32_768),
    windowBytes: fields.integer(
      'windowBytes',
      Math.max(DEFAULTS.windowBytes, messageMaxBytes),
      messageMaxBytes,
      Number.MAX_SAFE_INTEGER,
    ),
    maxRequests: fields.integer('maxRequests', DEFAULTS.maxRequests, 1, 32_768),
    promiseMs: orInfinity(fields.integer('promiseMs', DEFAULTS.promiseMs, 0, 2 ** 32)),
    wantMs: orInfinity(fields.integer('wantMs', DEFAULTS.wantMs, 0, 2 ** 32)),
    floorMs: fields.integer('floorMs', DEFAULTS.floorMs, 1, 2 ** 32),
    name: fields.text('name', '', 0, 128) || null,
    codec: fields.text('codec', 'msgpack', 1, 64),
  };
}

function orInfinity(ms: number): number {
  return ms === 0 ? Infinity : ms;
}
