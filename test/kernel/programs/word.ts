/**
 * What the test and its programs say to each other: one JSON value a line, commands down and reports up.
 *
 * Moments are wall-clock epoch milliseconds with fractions: all programs run on one machine, so they can be compared.
 */
import type { CloseEvidence } from '@heartwire/core/transport';

export type TransportName = 'tcp' | 'tls' | 'unix' | 'ws' | 'wss';

/** The end of a connection, as far as it can be written as JSON. */
export interface SpokenCause {
  readonly kind: string;
  readonly by?: string;
  readonly of?: string;
  readonly code?: string | number;
  readonly message?: string;
  readonly silentFor?: number;
  readonly evidence?: CloseEvidence;
}

/** A state of `connection$`, as far as it can be written as JSON. */
export interface SpokenState {
  readonly phase: 'idle' | 'dialing' | 'open' | 'half-closed' | 'closed';
  readonly readable?: boolean;
  readonly writable?: boolean;
  readonly cause?: SpokenCause;
}

/** A heartbeat in milliseconds, or none. */
export type SpokenHeartbeat =
  | { readonly interval: number; readonly suspectAfter: number; readonly deadAfter: number }
  | false;

/** What the test tells the program that dials: the side whose view the situation is about. */
export type ObserverCommand =
  | {
      readonly do: 'connect';
      /** Names the session in all that follows. */
      readonly id: string;
      readonly transport: TransportName;
      readonly address: string;
      /** The certificate to trust, PEM. */
      readonly ca: string;
      readonly heartbeat: SpokenHeartbeat;
      readonly dialTimeout?: number;
      /** Kernel keepalive of TCP, in milliseconds. */
      readonly keepAlive?: number;
    }
  /** Send so many messages of so many bytes. */
  | { readonly do: 'send'; readonly id: string; readonly count: number; readonly bytes: number }
  /** Block the event loop. */
  | { readonly do: 'busy'; readonly ms: number }
  | { readonly do: 'end' | 'close' | 'destroy'; readonly id: string };

/** What the test tells the program that listens. */
export type PeerCommand =
  | {
      readonly do: 'listen';
      readonly transport: TransportName;
      readonly host: string;
      readonly path: string;
      /** PEM. */
      readonly tls: { readonly cert: string; readonly key: string };
      readonly heartbeat: SpokenHeartbeat;
    }
  | { readonly do: 'send'; readonly count: number; readonly bytes: number }
  /** Send one message in each session and wait until it is handled: then nothing is under way in either direction. */
  | { readonly do: 'settle' }
  | { readonly do: 'busy'; readonly ms: number }
  /** Do this to the socket of every connection, below heartwire. `write` is base64. */
  | { readonly do: 'fin' | 'reset' | 'destroy-socket' | 'stop-reading' | 'go-on-reading' }
  | { readonly do: 'write'; readonly base64: string }
  /** Do this to every session, by its public methods. */
  | { readonly do: 'end' | 'close' | 'destroy' };

/** What the programs say. */
export type Report =
  | { readonly say: 'ready' }
  /** The command before last has been carried out. */
  | { readonly say: 'done' }
  | { readonly say: 'listening'; readonly address: string }
  | { readonly say: 'connection'; readonly id: string; readonly at: number; readonly state: SpokenState }
  | { readonly say: 'liveness'; readonly id: string; readonly at: number; readonly status: string }
  | {
      readonly say: 'event';
      readonly id: string;
      readonly at: number;
      readonly type: string;
      readonly by?: string;
      readonly of?: string;
    }
  /** A message of the other side was handled; `count` so far in this session. */
  | { readonly say: 'handled'; readonly id: string; readonly at: number; readonly count: number }
  | { readonly say: 'session-closed'; readonly id: string; readonly at: number; readonly cause: SpokenCause }
  | { readonly say: 'failed'; readonly message: string };
