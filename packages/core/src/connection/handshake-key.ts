/** The keys of the handshake maps. PROTOCOL.md §6; a test compares the tables. */
export const HandshakeKey = {
  versionMin: 0,
  versionMax: 1,
  version: 2,
  session: 3,
  token: 4,
  attempt: 5,
  received: 6,
  digest: 7,
  goodbye: 8,
  keep: 9,
  windowMs: 10,
  lastWords: 11,
  frameMaxBytes: 16,
  messageMaxBytes: 17,
  windowMessages: 18,
  windowBytes: 19,
  maxRequests: 20,
  promiseMs: 24,
  wantMs: 25,
  floorMs: 26,
  auth: 32,
  name: 33,
  codec: 34,
  code: 40,
  message: 41,
  retryAfterMs: 42,
} as const;
export type HandshakeKey = keyof typeof HandshakeKey;

/** Unknown keys from here on are ignored; unknown ones below are refused. */
export const FIRST_IGNORABLE_KEY = 64;
export const LAST_KEY = 65_535;

export const PROTOCOL_VERSION = 1;
