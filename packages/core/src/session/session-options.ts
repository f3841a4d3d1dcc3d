/** What a session is given, by whoever makes it and whoever ends it. */
import type { Announcement } from '../connection/handshake.ts';
import type { ReturnWindow } from './departure.ts';
import type { OutboxLimits } from './outbox.ts';

export type SessionStatus = 'connecting' | 'open' | 'suspended' | 'draining' | 'closed';

export interface SessionOptions {
  /** What this side accepts; the same that its connection announces. */
  readonly announcement: Announcement;
  readonly outbox: OutboxLimits;
  /** How many payload bytes may be written and not received. Default 256 KiB. */
  readonly inFlightMaxBytes?: number;
  /** What to do with messages of a type that nobody consumes. */
  readonly unhandled: 'refuse' | 'hold';
  /** How many types and keys of volatile values may wait in each direction. Default 1024. */
  readonly volatileMaxKeys?: number;
  /** How to read the data of a refusal; it may throw. */
  readonly decodeData: (data: Uint8Array) => unknown;
  /** How long the fate of a message may stay open before it is withdrawn, in milliseconds. Default: for ever. */
  readonly sendTimeoutMs?: number;
  /** Whether a lost connection is followed by another one, as with a client that reconnects; a new session may take its place there. */
  readonly redials: boolean;
}

/** What a session is called, the secret that resumes it, and how long it outlives its connection (0: not at all). */
export interface SessionTerms {
  readonly id: string;
  readonly token: Uint8Array | null;
  readonly windowMs: number;
}

/** What has come through, in messages, over all connections and all sessions that lived under one object. */
export interface Progress {
  readonly delivered: number;
  readonly received: number;
}

export interface FarewellOptions {
  readonly code: number;
  readonly reason: string;
  /** How long it may take before the connection is dropped, in milliseconds. */
  readonly timeoutMs: number;
  /** Send what waits first; otherwise it is withdrawn. */
  readonly sendWaiting: boolean;
  /** Server: when the client is welcome again. Default: it is the end. */
  readonly comeAgain?: ReturnWindow | null;
}
