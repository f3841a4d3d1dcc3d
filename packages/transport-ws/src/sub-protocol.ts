import { optionError } from './web-socket-url.ts';

/** The WebSocket sub-protocol that both sides must name (PROTOCOL.md; RFC 6455 §1.9). */
export const SUB_PROTOCOL: string = 'heartwire.1';

/** What to offer: ours first, then those of the caller, which must be tokens (RFC 9110 §5.6.2). Throws `ERR_HW_OPTION`. */
export function offeredProtocols(others: readonly string[] = []): string[] {
  const offered = [SUB_PROTOCOL, ...others];
  const odd = others.find((protocol) => typeof protocol !== 'string' || !/^[!#$%&'*+\-.^_`|~\w]+$/.test(protocol));
  if (odd !== undefined) throw optionError(`'${odd}' is no name of a sub-protocol: no spaces, commas or quotes`);
  if (new Set(offered).size < offered.length) throw optionError(`a sub-protocol is named twice: ${offered.join(', ')}`);
  return offered;
}
