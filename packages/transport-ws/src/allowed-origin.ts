/**
 * Which pages may connect.
 *
 * A browser lets any page dial any WebSocket and says in the header `Origin` which page it was; the server must look (RFC 6455 §10.2).
 * By default a page may connect that came from the host that it dials, on any port, just as cookies are shared; behind a
 * proxy that changes the header `Host`, name the origins. A program that is no browser sends no `Origin` and may connect: it could
 * send any, so the header keeps no program out, only pages.
 */
import { optionError } from './web-socket-url.ts';

/** True when the request may go on. */
export type OriginCheck = (origin: string | undefined, host: string | undefined) => boolean;

/** The check for the option `origins`. Throws `ERR_HW_OPTION` for an entry that no browser would ever send. */
export function createOriginCheck(origins: readonly string[] | '*' | undefined): OriginCheck {
  if (origins === '*') return () => true;
  if (origins === undefined) return (origin, host) => origin === undefined || isSameHost(origin, host);
  const allowed = new Set(origins.map(normalizeEntry));
  return (origin, _host) => origin === undefined || allowed.has(origin.toLowerCase());
}

function isSameHost(origin: string, host: string | undefined): boolean {
  const atHost = `http://${host}`;
  if (host === undefined || !URL.canParse(origin) || !URL.canParse(atHost)) return false;
  const { hostname } = new URL(origin);
  return hostname !== '' && hostname === new URL(atHost).hostname;
}

function normalizeEntry(entry: string): string {
  // 'null' is what sandboxed frames and files send. Schemes of applications (capacitor:, chrome-extension:) have no origin as
  // the URL standard counts, so those are compared as they are written.
  if (entry === 'null') return entry;
  if (typeof entry !== 'string' || !/^[a-z][a-z0-9+.-]*:\/\/[^/?#\s]+\/?$/i.test(entry) || !URL.canParse(entry)) {
    throw optionError(`'${entry}' is no origin; write scheme and host alone, such as 'https://chat.example'`);
  }
  const { origin } = new URL(entry);
  return origin === 'null' ? entry.toLowerCase().replace(/\/$/, '') : origin;
}
