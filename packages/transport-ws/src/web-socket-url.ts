/**
 * WebSocket URLs as people write them.
 *
 * `http:` and `https:` mean `ws:` and `wss:`, and a page may leave out what it shares with its own address. The sentences of the
 * errors show a right one.
 */
import { HeartwireError } from '@heartwire/core/transport';

/**
 * Make a URL that a WebSocket can dial. `base` is the address of the page, where there is one. Throws `ERR_HW_OPTION`.
 *
 * A fragment is left out: no server would ever see it, and RFC 6455 §3 forbids it.
 */
export function webSocketUrl(text: string | URL, base?: string): URL {
  const url = parse(text, base);
  if (url.protocol === 'http:') url.protocol = 'ws:';
  if (url.protocol === 'https:') url.protocol = 'wss:';
  if (url.protocol !== 'ws:' && url.protocol !== 'wss:') {
    throw optionError(`'${String(text)}' is no WebSocket address; write 'wss://chat.example/hw'`);
  }
  url.hash = '';
  return url;
}

/** The URL without its credentials and its query, which may hold a secret: fit for logs. */
export function showUrl(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}

/** The error for an option that makes no sense. */
export function optionError(detail: string, cause?: unknown): HeartwireError {
  return new HeartwireError('ERR_HW_OPTION', { by: 'local', detail, cause });
}

function parse(text: string | URL, base: string | undefined): URL {
  try {
    return new URL(text, base);
  } catch (error) {
    const hint =
      base === undefined && String(text).startsWith('/')
        ? `there is no page here that it could be relative to; write 'ws://localhost:8080${String(text)}'`
        : "write 'wss://chat.example/hw'";
    throw optionError(`'${String(text)}' is no WebSocket address; ${hint}`, error);
  }
}
