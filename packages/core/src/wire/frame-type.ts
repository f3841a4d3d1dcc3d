/** The numbers of the frames and their flags. PROTOCOL.md §5; a test compares the tables. */
export const FrameType = {
  HELLO: 0,
  WELCOME: 1,
  REJECT: 2,
  ERROR: 3,
  PING: 4,
  PONG: 5,
  ACK: 6,
  MESSAGE: 7,
  REQUEST: 8,
  REPLY: 9,
  REFUSAL: 10,
  VOID: 11,
  VOLATILE: 12,
  CANCEL: 13,
  GOAWAY: 14,
  GOODBYE: 15,
  GOODBYE_ACK: 16,
  REFUSAL_ACK: 17,
} as const;
export type FrameType = (typeof FrameType)[keyof typeof FrameType];
export type FrameName = keyof typeof FrameType;

/** Types from here on may be skipped by those who do not know them (PROTOCOL.md §17). */
export const FIRST_IGNORABLE_TYPE = 24;
export const LAST_FRAME_TYPE = 31;

export const Flag = {
  /** An ack block stands first in the body. */
  ACK: 1,
  /** More chunks of this message follow. */
  MORE: 2,
  /** The detail of an ACK follows. */
  DETAIL: 2,
  /** The sender of this GOODBYE wants both directions to end. */
  CLOSE: 2,
  /** It says until when the message may be handled. */
  EXPIRES: 4,
  /** How much of an unfinished message is here follows in this ACK. */
  PARTIAL: 4,
} as const;

/** The flags that each type may carry, as a mask, indexed by type. */
export const ALLOWED_FLAGS: readonly number[] = [
  0, // HELLO
  0, // WELCOME
  0, // REJECT
  0, // ERROR
  Flag.ACK, // PING
  Flag.ACK, // PONG
  Flag.DETAIL | Flag.PARTIAL, // ACK
  Flag.ACK | Flag.MORE | Flag.EXPIRES, // MESSAGE
  Flag.ACK | Flag.MORE | Flag.EXPIRES, // REQUEST
  Flag.ACK | Flag.MORE, // REPLY
  Flag.ACK, // REFUSAL
  Flag.ACK, // VOID
  Flag.ACK, // VOLATILE
  0, // CANCEL
  0, // GOAWAY
  Flag.CLOSE, // GOODBYE
  0, // GOODBYE_ACK
  0, // REFUSAL_ACK
];

const NAMES = Object.fromEntries(Object.entries(FrameType).map(([name, type]) => [type, name as FrameName]));

/** The name of a known type, for messages and traces. */
export function frameName(type: number): string {
  return NAMES[type] ?? `type ${type}`;
}
