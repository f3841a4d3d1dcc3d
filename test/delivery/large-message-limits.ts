/** The options with which both sides take a large message. */
import type { CommonOptions } from '@heartwire/core';

/** What a client calls itself that gets no large message. */
export const CONTROL_NAME = 'control';

/** Silences as long as the whole transfer would be noticed. */
const HEARTBEAT = { interval: 1000, suspectAfter: 3000, deadAfter: 10_000 } as const;
/** What the codec adds to the bytes. */
const HEADER_BYTES = 1024;

export function optionsFor(messageBytes: number): CommonOptions {
  const max = messageBytes + HEADER_BYTES;
  return { limits: { messageMaxBytes: max, windowBytes: max, outboxMaxBytes: max }, heartbeat: HEARTBEAT };
}
