/** What follows from the two announcements: whether the sides can talk, and which promises are in force. PROTOCOL.md §6, §11. */
import { HeartwireError } from '../errors/heartwire-error.ts';
import { PROTOCOL_VERSION } from './handshake-key.ts';
import type { Announcement, Hello } from './handshake.ts';

/** Throws a HeartwireError (`ERR_HW_VERSION`) when the client speaks none of our versions. */
export function assertCommonVersion({ versionMin, versionMax }: Hello): void {
  if (versionMin <= PROTOCOL_VERSION && versionMax >= PROTOCOL_VERSION) return;
  const detail = `the client speaks ${versionMin} to ${versionMax}, this server ${PROTOCOL_VERSION}`;
  throw new HeartwireError('ERR_HW_VERSION', { by: 'remote', detail });
}

/** Throws a HeartwireError (`ERR_HW_VERSION`) when the two sides encode payloads differently. */
export function assertSameCodec(theirs: Announcement, ours: Announcement): void {
  if (theirs.codec === ours.codec) return;
  const detail = `the peer encodes payloads with "${theirs.codec}", this side with "${ours.codec}"`;
  throw new HeartwireError('ERR_HW_VERSION', { by: 'remote', detail });
}

/** The longest silence of `speaker` towards `listener` that is in force. */
export function agreedSilenceMs(speaker: Announcement, listener: Announcement): number {
  return Math.max(speaker.floorMs, Math.min(speaker.promiseMs, listener.wantMs));
}
