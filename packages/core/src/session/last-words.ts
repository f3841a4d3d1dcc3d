/**
 * The ACK that a session would have written next, kept for a client that comes back when the session is over. PROTOCOL.md §19.
 *
 * It is an ACK frame without its length, so that there is one form for what became of messages, and one reader for it.
 */
import { HeartwireError } from '../errors/heartwire-error.ts';
import { FrameReader } from '../wire/frame-reader.ts';
import { FrameType } from '../wire/frame-type.ts';
import { FrameWriter } from '../wire/frame-writer.ts';
import type { AckBlock, AckDetail, AckFrame } from '../wire/frame.ts';
import { varintSizeFrom } from '../wire/varint.ts';

/** Room for it in a REJECT, beside everything else that stands there. */
export const LAST_WORDS_MAX_BYTES = 4096;

export function encodeLastWords(ack: AckBlock, detail: AckDetail | null): Uint8Array {
  const writer = new FrameWriter();
  writer.ack(ack, detail);
  const frame = writer.take()!;
  return frame.slice(varintSizeFrom(frame[0]!));
}

/** Throws a HeartwireError when it is no ACK. */
export function decodeLastWords(bytes: Uint8Array): AckFrame {
  const frame = bytes.length === 0 ? null : new FrameReader().read(bytes, 0, bytes.length);
  if (frame?.type === FrameType.ACK) return frame;
  throw new HeartwireError('ERR_HW_MALFORMED_FRAME', { by: 'remote', detail: 'last words that are no ACK' });
}
