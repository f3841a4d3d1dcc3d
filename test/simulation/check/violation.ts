/** What can go wrong, in the words of the promises. */
export const VIOLATION_CLASSES = [
  /** What came after it was handled and it never was; or an orderly end left it in doubt; or nothing works although no fault is left. */
  'lost',
  /** Handled more than once. */
  'duplicate',
  /** Handled before what was sent earlier in the same lane, or beside it where one at a time was promised. */
  'reordered',
  /** Handled although nobody sent it, or not as it was sent; or an answer that nobody gave. */
  'phantom',
  /** Handled for a session, or a connection of it, that was over. */
  'stale epoch',
  'confirmed but not handled',
  /** Confirmed although the handler refused, or the other way round, or refused with another code. */
  'refused but confirmed',
  /** A handler ran although its sender had the proof that none would: it was cancelled, or expired. */
  'handled after withdrawn',
  /** A delivery, a goodbye, or a whole session that never ends. */
  'silent loss',
  /** A new session began and what is in doubt of the old one was not told, or not exactly. */
  'wrong gap range',
  /** A goodbye, or the wait for the answer of who was asked to drop a message, took longer than it may. */
  'overdue',
  /** What `close()` and `drain()` say became of the messages that were open is not what became of them. */
  'wrong close report',
  /** A sum does not add up: of a broadcast, or of all that was sent. */
  'wrong tally',
  /** What was said about outcomes does not add up with what happened. */
  'wrong report',
  /** The two sides disagree about the protocol, although nobody changes a byte between them. */
  'broken protocol',
  /** Written after `end()`, or in a session that its server had asked to leave. */
  'sent after the end',
  /** A session ended in order, and nobody had asked for it. */
  'unwanted end',
  /** A client came again before the time that the server had named. */
  'too early',
  /** In doubt although the server that still knows what became of it was asked. */
  'needless doubt',
  /** A handler began a message that had expired, by more than its handshake took on its way. */
  'begun too late',
  /** A session had to go although not too much was kept, or went without a word. */
  'wrong eviction',
  /** A client made more than one connection at a time. */
  'too many dials',
  /** A client gave a connection up that had spoken since the other one was begun. */
  'needless race',
  /** A client wrote on a connection after it had asked for its session on another one. */
  'written behind',
] as const;

export type ViolationClass = (typeof VIOLATION_CLASSES)[number];

export interface Violation {
  readonly class: ViolationClass;
  readonly detail: string;
}

export function violation(of: ViolationClass, detail: string): Violation {
  return { class: of, detail };
}
