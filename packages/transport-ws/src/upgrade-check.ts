/**
 * May this HTTP request become a heartwire connection? Decided from its headers alone, before anything is allocated for it.
 */
import type { IncomingMessage } from 'node:http';
import type { OriginCheck } from './allowed-origin.ts';
import { SUB_PROTOCOL } from './sub-protocol.ts';

/** Why not: an HTTP status, and a sentence that goes into its body. */
export interface UpgradeRefusal {
  readonly status: 400 | 403;
  readonly sentence: string;
}

/** True when the request asks for `path`, whatever its query. */
export function isForPath(request: IncomingMessage, path: string): boolean {
  return (request.url ?? '').split('?', 1)[0] === path;
}

/** The reason to refuse, or null. What makes a WebSocket request well-formed is left to `ws`. */
export function findRefusal(request: IncomingMessage, isAllowed: OriginCheck): UpgradeRefusal | null {
  const { origin, host } = request.headers;
  if (!isAllowed(origin, host)) {
    return { status: 403, sentence: 'Pages of this origin may not connect. The server lists the origins that may.' };
  }
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((protocol) => protocol.trim());
  if (offered.includes(SUB_PROTOCOL)) return null;
  return { status: 400, sentence: `This is a heartwire server: it wants the WebSocket sub-protocol ${SUB_PROTOCOL}.` };
}
