/** The options with which both sides take a large message. */
import type { CommonOptions } from '@heartwire/core';

const HEARTBEAT = { interval: 500, suspectAfter: 500, deadAfter: 5000 } as const;
/** What the codec adds to the bytes. */
const HEADER_BYTES = 1024;

export function optionsFor(messageBytes: number): CommonOptions {
  const max = messageBytes + HEADER_BYTES;
  return { limits: { messageMaxBytes: max, windowBytes: max, outboxMaxBytes: max }, heartbeat: HEARTBEAT };
}
