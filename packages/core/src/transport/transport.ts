/**
 * The transport contract: bytes and kernel facts, nothing else.
 *
 * A transport knows nothing of frames, sessions or heartbeats. It carries bytes in order, and it reports what the kernel
 * says, as it is said. Data flows through two small interfaces: the transport implements {@link Link} (what we may do to
 * a connection) and calls {@link LinkSink} (what happens to it).
 *
 * The order of calls on a sink is `open (bytes | drained | pong)* readEnded? closed`, or `closed` alone when the dial
 * fails or what was accepted is of no use. Nothing follows `closed`. No call throws, in either direction, and `dial` makes none of its calls before it has returned.
 */
import type { CloseCause } from '../errors/close-cause.ts';

/** Facts about a connection that do not change while it lives. */
export interface LinkInfo {
  /** The name of the transport: `'tcp'`, `'tls'`, `'unix'`, `'ws'`, `'wss'`, `'memory'`. */
  readonly transport: string;
  /** The address of the peer as a person would write it, for example `'127.0.0.1:52110'`. */
  readonly address?: string;
  /** What the transport cannot promise on this platform, found out when it started; absent when nothing is missing. */
  readonly degraded?: readonly LinkDegradation[];
}

/** A promise of the transport that this platform does not let it keep. The connection works all the same. */
export interface LinkDegradation {
  /**
   * `unread-bytes`: what had arrived when a write failed may be lost (its sender still gets no confirmation for it). `hidden-reset`: a reset may be
   * reported as `finished`.
   */
  readonly of: 'unread-bytes' | 'hidden-reset';
  /** A sentence for a log. */
  readonly message: string;
}

/** One connection, as we command it. */
export interface Link {
  readonly info: LinkInfo;
  /**
   * Send these bytes after all earlier ones. The link takes the array over: the caller must not change it afterwards.
   *
   * Returns false when more than a moderate amount (64 KiB) now waits inside the transport; `drained` follows, once,
   * when it has gone. What is written before that is still sent. After `end`, `abort` or `closed` it does nothing and returns true.
   */
  write(bytes: Uint8Array): boolean;
  /** Ask the transport's own machinery (a WebSocket ping) whether the other end's machinery lives; `pong` answers. */
  ping?(): void;
  /**
   * Send what was written, then end our direction (TCP FIN; on WebSocket, which has no half-close, the closing handshake).
   * The peer's direction stays open: `bytes` keep coming until `readEnded` or `closed`.
   */
  end(): void;
  /** End both directions at once, with a reset where the transport can; what was not sent is lost. `closed` follows. */
  abort(): void;
}

/** One connection, as it reports to us. */
export interface LinkSink {
  /** The connection stands; bytes may be written now. Called once. */
  open(link: Link): void;
  /** Bytes of the peer, in order. The receiver may keep the array; the transport does not touch it again. */
  bytes(chunk: Uint8Array): void;
  /** What waited inside the transport has gone: writing is welcome again. */
  drained(): void;
  /** The other end's machinery answered {@link Link.ping}. */
  pong?(): void;
  /** The peer ended its direction; all its bytes have been delivered before. Ours is still open, where the transport has half-close. */
  readEnded(): void;
  /** The connection is gone, for this reason. The last call of all. */
  closed(cause: CloseCause): void;
}

/** Makes connections. Reusable: each `dial` makes a new one. */
export interface Dialer {
  /** As in {@link LinkInfo.transport}. */
  readonly name: string;
  /** Where it dials to, as a person would write it. */
  readonly address: string;
  /**
   * Begin one connection. `signal` gives the attempt up while it is still dialing (`closed({ kind: 'destroyed' })`
   * follows); after `open` it means nothing.
   */
  dial(sink: LinkSink, signal: AbortSignal): void;
}

/** A place that listens. */
export interface Listening {
  /** Where, as a URL that the dialer of the same package accepts: `'tcp://127.0.0.1:7000'`, `'ws://[::]:8080/'`. */
  readonly address: string;
  /** Accept no more. Connections that stand are not touched. Resolves when the address is free again. */
  close(): Promise<void>;
}

/** Accepts connections. */
export interface Listener {
  /** As in {@link LinkInfo.transport}. */
  readonly name: string;
  /**
   * Begin to listen. `accept` is called for each connection and gives the sink for it; the transport calls `open`, or `closed`, on
   * that sink right afterwards. Rejects with a {@link HeartwireError} or the platform's own error (`EADDRINUSE`, …)
   * when it cannot listen.
   */
  listen(accept: (info: LinkInfo) => LinkSink): Promise<Listening>;
}
