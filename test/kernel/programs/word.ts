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

/** Options of `tls.connect` and `tls.createServer` that can be written as JSON. */
export interface SpokenTls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
  readonly requestCert?: boolean;
  readonly rejectUnauthorized?: boolean;
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3';
  readonly maxVersion?: 'TLSv1.2' | 'TLSv1.3';
  readonly ALPNProtocols?: readonly string[];
}

/** What listens in place of a heartwire server. Over TLS where the transport has it, unless it is `bare`. */
export type PlainPeer = { readonly bare?: boolean } & (
  | { readonly answers: 'nothing' | 'reset' | 'fin' }
  /** As soon as the other side has said something; base64. Then its direction ends. */
  | { readonly answers: 'bytes'; readonly base64: string }
  | {
      readonly answers: 'http';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
    }
);

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
      readonly handshakeTimeout?: number;
      /** More options of TLS. */
      readonly tls?: SpokenTls;
      /** What this name is to resolve to; no name server is asked for it. */
      readonly hosts?: { readonly name: string; readonly addresses: readonly string[] };
      /** Kernel keepalive of TCP, in milliseconds. */
      readonly keepAlive?: number;
      /** TCP_USER_TIMEOUT, by the option tuneSocket, in milliseconds. */
      readonly userTimeout?: number;
    }
  /** Send so many messages of so many bytes. */
  | { readonly do: 'send'; readonly id: string; readonly count: number; readonly bytes: number }
  /** Block the event loop. */
  | { readonly do: 'busy'; readonly ms: number }
  /** Block the event loop until SIGCONT; in the same turn, send. */
  | {
      readonly do: 'freeze';
      readonly id: string;
      readonly send?: { readonly count: number; readonly bytes: number };
    }
  | { readonly do: 'end' | 'close' | 'destroy'; readonly id: string };

/** What the test tells the program that listens. */
export type PeerCommand =
  | {
      readonly do: 'listen';
      readonly transport: TransportName;
      readonly host: string;
      readonly path: string;
      /** PEM. */
      readonly tls: SpokenTls;
      readonly heartbeat: SpokenHeartbeat;
      /** Default: a heartwire server. */
      readonly as?: PlainPeer;
    }
  /** Stop to listen and drop every connection, so that `listen` can be told again. */
  | { readonly do: 'leave' }
  /** End the process, in order or by an uncaught error. */
  | { readonly do: 'exit' | 'crash' }
  | { readonly do: 'send'; readonly count: number; readonly bytes: number }
  /** Send one message in each session and wait until it is handled: then nothing is under way in either direction. */
  | { readonly do: 'settle' }
  | { readonly do: 'busy'; readonly ms: number }
  /** Do this to the socket of every connection, below heartwire. `write` is base64. */
  | { readonly do: 'fin' | 'reset' | 'destroy-socket' | 'stop-reading' | 'go-on-reading' }
  | { readonly do: 'write'; readonly base64: string }
  /** The same within TLS, where there is TLS. */
  | { readonly do: 'write-secured'; readonly base64: string }
  /** The same with the close frame of a WebSocket: when it is answered the connection ends, and nothing more is said. */
  | { readonly do: 'write-close'; readonly base64: string }
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
  /** The event loop stands still, from now on and until SIGCONT; and it goes on. */
  | { readonly say: 'frozen' | 'thawed'; readonly id: string; readonly at: number }
  | { readonly say: 'failed'; readonly message: string };
