import type { HeartwireError } from './heartwire-error.ts';

/** What the platform itself said when a connection ended. What is absent was not said. */
export interface CloseEvidence {
  /** The name of the kernel's error, for example `ECONNRESET`. */
  readonly errno?: string;
  /** The system call that reported it, for example `read`. */
  readonly syscall?: string;
  /** The WebSocket close code (RFC 6455 §7.4). */
  readonly wsCode?: number;
  /** Whether the WebSocket closing handshake completed (RFC 6455 §7.1.4). */
  readonly wsClean?: boolean;
  /** Bytes read from and written to the connection, as counted on our side. */
  readonly bytesRead?: number;
  readonly bytesWritten?: number;
  /** When the last byte of the peer arrived, in wall-clock epoch milliseconds; absent when none ever did. */
  readonly lastHeardAt?: number;
  /** For a timeout of the heartbeat: how long we ourselves stood still since then, in milliseconds. It is not part of `silentFor`. */
  readonly loopLag?: number;
}

/** Why a connection, or the session that it carried, ended. Each cause has its own name (promise P7). */
export type CloseCause = { readonly evidence?: CloseEvidence } & (
  | {
      /** The goodbye completed: both sides agreed on the end, and everything was settled. */
      readonly kind: 'closed';
      readonly by: 'local' | 'peer';
      readonly code: number;
      readonly reason: string;
    }
  /** We ended it without a goodbye: `destroy()`, or an aborted signal. */
  | { readonly kind: 'destroyed' }
  /** The stream of the peer ended (TCP FIN) without a goodbye. A killed process looks like this, too. */
  | { readonly kind: 'finished' }
  /** The peer, or something on the way, reset the connection (TCP RST). */
  | { readonly kind: 'reset' }
  /** A deadline passed. `silentFor`: milliseconds since the peer was last heard. */
  | {
      readonly kind: 'timeout';
      readonly of: 'dial' | 'handshake' | 'heartbeat' | 'write' | 'close' | 'kernel';
      readonly silentFor: number;
    }
  /** There is no way to the host: no route, host down, name not found. */
  | { readonly kind: 'unreachable'; readonly code: string; readonly message: string }
  /** Somebody answered and said no. */
  | {
      readonly kind: 'refused';
      readonly by: 'host' | 'tls' | 'http' | 'application';
      readonly code: string;
      readonly message: string;
      /** When the server would like to see us again, in milliseconds. */
      readonly retryAfter?: number;
      /** How many milliseconds after that the returning clients should be spread over. Default: as many again. */
      readonly retryWithin?: number;
    }
  /** A suspended session was not resumed within its window, or the server had to make room for others before that. */
  | { readonly kind: 'expired' }
  /** The server kept too much for all its clients together, and this one had to go. `heldBytes`: what was kept for it. */
  | { readonly kind: 'evicted'; readonly heldBytes: number }
  /** Another connection took the session over. */
  | { readonly kind: 'superseded' }
  /** The protocol was broken; `error.by` says by whom. */
  | { readonly kind: 'protocol'; readonly error: HeartwireError }
  /** The platform will not say (a browser's 1006, for example). */
  | { readonly kind: 'lost' }
);
