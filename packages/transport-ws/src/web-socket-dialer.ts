/**
 * What dialing has in common on all platforms: where to, and giving up.
 */
import type { CloseCause, Dialer, LinkSink } from '@heartwire/core/transport';
import { callSink } from './web-socket-link.ts';
import { showUrl, webSocketUrl } from './web-socket-url.ts';

/** Where to dial: a URL, or a function that gives one for each attempt (for example with a fresh ticket in its query). */
export type WsUrl = string | URL | (() => string | URL | Promise<string | URL>);

/** Opens one WebSocket on some platform. As {@link Dialer.dial}, with the URL decided. */
export type OpenWebSocket = (url: URL, sink: LinkSink, signal: AbortSignal) => void;

/** A dialer over `open`. A URL that makes no sense throws `ERR_HW_OPTION` now; one that a function gives closes the attempt. */
export function createDialer(target: WsUrl, base: string | undefined, open: OpenWebSocket): Dialer {
  let current = typeof target === 'function' ? undefined : webSocketUrl(target, base);
  return {
    get name() {
      return current?.protocol === 'ws:' ? 'ws' : 'wss';
    },
    get address() {
      return current === undefined ? 'an address that a function gives' : showUrl(current);
    },
    dial(sink, signal) {
      if (signal.aborted) {
        queueMicrotask(() => close(sink, { kind: 'destroyed' }));
        return;
      }
      if (typeof target !== 'function') {
        open(current as URL, sink, signal);
        return;
      }
      void dialWhenKnown(target, base, sink, signal, (url) => {
        current = url;
        open(url, sink, signal);
      });
    },
  };
}

/** Ask the function for the URL; the signal may lose patience meanwhile. */
async function dialWhenKnown(
  give: () => string | URL | Promise<string | URL>,
  base: string | undefined,
  sink: LinkSink,
  signal: AbortSignal,
  dial: (url: URL) => void,
): Promise<void> {
  let isOver = false;
  const onAbort = (): void => {
    isOver = true;
    queueMicrotask(() => close(sink, { kind: 'destroyed' }));
  };
  signal.addEventListener('abort', onAbort, { once: true });
  let url: URL | undefined;
  let failure: unknown;
  try {
    // Asked in a later turn, so that whatever the function does, the sink is not called before `dial` has returned.
    url = webSocketUrl(await Promise.resolve().then(give), base);
  } catch (error) {
    failure = error;
  }
  signal.removeEventListener('abort', onAbort);
  if (isOver) return;
  if (url === undefined) close(sink, causeOfMissingUrl(failure));
  else dial(url);
}

function causeOfMissingUrl(failure: unknown): CloseCause {
  const code = (failure as { code?: unknown } | null)?.code;
  return {
    kind: 'unreachable',
    code: typeof code === 'string' ? code : 'ERR_HW_OPTION',
    message: `the function that gives the address failed: ${failure instanceof Error ? failure.message : String(failure)}`,
  };
}

function close(sink: LinkSink, cause: CloseCause): void {
  callSink(sink, (to) => to.closed(cause));
}
