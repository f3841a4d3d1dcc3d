/**
 * Every code that an error of heartwire can carry, with the sentence that explains it.
 *
 * Codes are stable under SemVer, texts are not. Each has a paragraph in docs/errors.md: what happened, what to do.
 */
export const ERROR_CODES = {
  // the peer, or something that is no peer at all, broke the protocol
  ERR_HW_PREFACE: 'what arrived is not heartwire',
  ERR_HW_VERSION: 'the two sides share no protocol version',
  ERR_HW_FRAME_TOO_LARGE: 'a frame is larger than the limit',
  ERR_HW_MALFORMED_FRAME: 'a frame cannot be read',
  ERR_HW_UNKNOWN_FRAME: 'a frame of an unknown, critical type',
  ERR_HW_UNEXPECTED_FRAME: 'a frame that is not allowed in this state',
  ERR_HW_SEQUENCE: 'a sequence id is not the next one',
  ERR_HW_ACK_RANGE: 'an acknowledgement of something that was never sent',
  ERR_HW_WINDOW: 'more was sent than the window allows',
  ERR_HW_TRUNCATED: 'the connection ended in the middle of a frame',
  // the handshake was refused
  ERR_HW_REJECTED: 'the server rejected the connection',
  ERR_HW_AUTH: 'the server did not accept the credentials',
  ERR_HW_BUSY: 'the server takes no more connections at the moment',
  ERR_HW_SHUTTING_DOWN: 'the server is shutting down',
  // a session could not be resumed
  ERR_HW_RESUME_UNKNOWN: 'the server knows no such session any more',
  ERR_HW_RESUME_STALE: 'a newer connection has taken the session over',
  ERR_HW_RESUME_MISMATCH: 'the two sides of the session have counted differently',
  // the connection could not be made, or ended
  ERR_HW_TIMEOUT: 'a deadline passed',
  ERR_HW_CONNECTION_LOST: 'the connection ended before the answer came',
  ERR_HW_SESSION_CLOSED: 'the session has ended',
  ERR_HW_ABORTED: 'the signal was aborted',
  // a message
  ERR_HW_NO_HANDLER: 'the peer has no handler for this type',
  ERR_HW_HANDLER: 'the handler of the peer threw',
  ERR_HW_REFUSED: 'the handler of the peer refused',
  ERR_HW_CANCELLED: 'the message was cancelled',
  ERR_HW_EXPIRED: 'the message was not handled in its time',
  ERR_HW_PAYLOAD: 'a payload cannot be encoded or decoded',
  ERR_HW_TYPE_NAME: 'a type name is empty or too long',
  ERR_HW_MESSAGE_TOO_LARGE: 'a message is larger than the peer accepts',
  ERR_HW_OUTBOX_FULL: 'too much is waiting to be sent',
  // the caller
  ERR_HW_OPTION: 'an option has a value that makes no sense',
  ERR_HW_DUPLICATE_CONSUMER: 'a type can have one consumer only',
} as const;

/** The stable name of an error. Match on it, not on the text and not on the class. Source: docs/errors.md. */
export type ErrorCode = keyof typeof ERROR_CODES;
