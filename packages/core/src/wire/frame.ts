/** What a frame says, once its bytes are read. One readonly interface per kind; PROTOCOL.md §5 has the bytes. */
import type { FrameType } from './frame-type.ts';

/** Two positions over the ids that the receiver of this block sent. PROTOCOL.md §8. */
export interface AckBlock {
  /** Low 16 bits of the position `received`. */
  readonly received: number;
  /** `received − settled`. */
  readonly unsettled: number;
  /** How long the acknowledgement was held back, in tenths of a millisecond. */
  readonly delayTicks: number;
}

/** Consecutive ids, both ends included. In a frame they are relative; see {@link AckDetail}. */
export interface IdRange {
  readonly first: number;
  readonly last: number;
}

export interface RefusedId {
  readonly id: number;
  readonly code: string;
  /** Encoded by the codec; empty when there is none. */
  readonly data: Uint8Array;
}

export interface AckDetail {
  /** Distances as on the wire: `gap` and `length`, because only the session knows the position they start from. */
  readonly ranges: readonly { readonly gap: number; readonly length: number }[];
  readonly refusals: readonly RefusedId[];
}

/** HELLO, WELCOME and REJECT: one MessagePack map with integer keys, still as bytes. */
export interface HandshakeFrame {
  readonly type: typeof FrameType.HELLO | typeof FrameType.WELCOME | typeof FrameType.REJECT;
  readonly body: Uint8Array;
}

export interface ErrorFrame {
  readonly type: typeof FrameType.ERROR;
  readonly code: number;
  readonly reason: string;
}

export interface PingFrame {
  readonly type: typeof FrameType.PING;
  readonly ack: AckBlock | null;
  readonly nonce: number;
}

export interface PongFrame {
  readonly type: typeof FrameType.PONG;
  readonly ack: AckBlock | null;
  readonly nonce: number;
  readonly holdTicks: number;
}

export interface AckFrame {
  readonly type: typeof FrameType.ACK;
  readonly ack: AckBlock;
  /** Payload bytes of the message after `received` that are here; 0 when nothing is said of it. */
  readonly partialBytes: number;
  readonly detail: AckDetail | null;
}

export interface MessageFrame {
  readonly type: typeof FrameType.MESSAGE | typeof FrameType.REQUEST;
  readonly ack: AckBlock | null;
  /** Low 16 bits of the sequence id. */
  readonly sequence: number;
  /** More chunks follow. */
  readonly more: boolean;
  /**
   * No handler may begin it later than that, in milliseconds since its sender wrote its handshake on this connection; null when it does not expire, and in
   * every chunk but the first. PROTOCOL.md §22.
   */
  readonly expiresMs: number | null;
  /** The type name; null in every chunk but the first. */
  readonly name: string | null;
  readonly payload: Uint8Array;
}

export interface ReplyFrame {
  readonly type: typeof FrameType.REPLY;
  readonly ack: AckBlock | null;
  readonly sequence: number;
  readonly more: boolean;
  /** The id of the request that this answers; null in every chunk but the first. */
  readonly request: number | null;
  readonly payload: Uint8Array;
}

export interface RefusalFrame {
  readonly type: typeof FrameType.REFUSAL;
  readonly ack: AckBlock | null;
  readonly sequence: number;
  readonly request: number;
  readonly code: string;
  readonly data: Uint8Array;
}

export interface VoidFrame {
  readonly type: typeof FrameType.VOID;
  readonly ack: AckBlock | null;
  readonly sequence: number;
  /** How many ids, beginning with `sequence`, carry nothing. */
  readonly count: number;
}

export interface VolatileFrame {
  readonly type: typeof FrameType.VOLATILE;
  readonly ack: AckBlock | null;
  readonly key: string;
  readonly name: string;
  readonly payload: Uint8Array;
}

export interface CancelFrame {
  readonly type: typeof FrameType.CANCEL;
  readonly id: number;
}

export interface GoawayFrame {
  readonly type: typeof FrameType.GOAWAY;
  readonly code: number;
  readonly deadlineMs: number;
  readonly reconnectMinMs: number;
  readonly reconnectMaxMs: number;
  readonly reason: string;
}

export interface GoodbyeFrame {
  readonly type: typeof FrameType.GOODBYE;
  /** The peer is asked to end its direction, too. */
  readonly close: boolean;
  /** The last sequence id of this direction. */
  readonly final: number;
  readonly code: number;
  readonly reason: string;
}

export interface GoodbyeAckFrame {
  readonly type: typeof FrameType.GOODBYE_ACK;
  readonly final: number;
}

/** How many refusals its sender has read on this connection; the peer need not repeat them any more. */
export interface RefusalAckFrame {
  readonly type: typeof FrameType.REFUSAL_ACK;
  readonly count: number;
}

/** A frame of an unknown type that may be skipped. */
export interface IgnorableFrame {
  readonly type: 'ignorable';
}

/** Frames that take a sequence id. */
export type SequencedFrame = MessageFrame | ReplyFrame | RefusalFrame | VoidFrame;

export type Frame =
  | HandshakeFrame
  | ErrorFrame
  | PingFrame
  | PongFrame
  | AckFrame
  | SequencedFrame
  | VolatileFrame
  | CancelFrame
  | GoawayFrame
  | GoodbyeFrame
  | GoodbyeAckFrame
  | RefusalAckFrame
  | IgnorableFrame;
