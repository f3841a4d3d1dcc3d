/**
 * What must be seen of a situation in a page.
 *
 * A script is told a close code, and 1006 for everything that ends without one (WHATWG WebSockets, "so that a script cannot probe the
 * network"): then the cause is `lost`, whatever the kernel said. What heartwire itself decides (its own timeouts, a goodbye) and what
 * a close frame says is the same everywhere.
 */
import type { TransportName } from '../programs/word.ts';
import type { Expected, Situation } from './situation.ts';

/** What heartwire finds out or decides by itself. */
const OURS = /^(closed|destroyed|superseded|expired|timeout of (dial|handshake|heartbeat|write|close))\b/;

/** The same situation over the transports that a browser has, expecting what it tells; null where it has none of them. */
export function inBrowser(situation: Situation): Situation | null {
  const transports = situation.transports.filter((transport) => transport === 'ws' || transport === 'wss');
  // A browser starts with many more files than a situation of exhaustion leaves to it.
  if (transports.length === 0 || 'files' in situation) return null;
  const { expected } = situation;
  const ofNode = typeof expected === 'function' ? expected : (): Expected => expected;
  const ofPage = (transport: TransportName): Expected => expectedOfPage(ofNode(transport));
  return { ...situation, transports, expected: (transport) => ({ ...ofPage(transport), ...situation.inBrowser }) };
}

function expectedOfPage(expected: Expected): Expected {
  const { states, cause, evidence = {}, within } = expected;
  const hasCode = evidence['wsCode'] !== undefined && evidence['wsCode'] !== 1006;
  if (cause === null || hasCode || OURS.test(cause)) return expected;
  return {
    states,
    cause: 'lost',
    evidence: { wsCode: 1006, wsClean: false },
    ...(within === undefined ? {} : { within }),
  };
}
