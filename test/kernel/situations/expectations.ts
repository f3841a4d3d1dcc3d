/** What many situations share: over which transports, and what an end without a goodbye looks like. */
import type { TransportName } from '../programs/word.ts';
import type { Expected } from '../stage/situation.ts';

export const ALL: readonly TransportName[] = ['tcp', 'tls', 'unix', 'ws', 'wss'];
/** Those on which there is a reset. */
export const NETWORK: readonly TransportName[] = ['tcp', 'tls', 'ws', 'wss'];
export const SECURE: readonly TransportName[] = ['tls', 'wss'];
export const WEB: readonly TransportName[] = ['ws', 'wss'];

/** The stream of the peer ended, without a goodbye. A WebSocket has no half-close: it is closed at once. */
export function finished(transport: TransportName): Expected {
  return WEB.includes(transport)
    ? { states: ['dialing', 'open', 'closed'], cause: 'finished', evidence: { wsCode: 1006, wsClean: false } }
    : { states: ['dialing', 'open', 'half-closed (w)', 'half-closed (neither)', 'closed'], cause: 'finished' };
}
