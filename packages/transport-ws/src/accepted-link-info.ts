import type { LinkDegradation, LinkInfo } from '@heartwire/core/transport';

const HIDDEN_RESET: LinkDegradation = {
  of: 'hidden-reset',
  message: 'on Bun a reset of a WebSocket that was accepted cannot be told from an orderly end',
};

/**
 * The facts about a WebSocket that was accepted.
 *
 * Bun has a `ws` of its own. What it accepts is handed over to the machinery of its HTTP server, and the socket below says no more than
 * that it closed: a reset has no errno and looks like an end. What had arrived is delivered all the same. A WebSocket that was
 * dialed there runs over a socket as on Node, and hides nothing. `versions`: of the platform.
 */
export function acceptedLinkInfo(
  info: LinkInfo,
  versions: Readonly<Record<string, string | undefined>> = process.versions,
): LinkInfo {
  if (versions['bun'] === undefined) return info;
  return { ...info, degraded: [...(info.degraded ?? []), HIDDEN_RESET] };
}
