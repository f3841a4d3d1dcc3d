import type { Socket } from 'node:net';
import type { LinkDegradation, LinkInfo } from '@heartwire/core/transport';
import { hiddenResetFault } from './hidden-reset.ts';
import { formatHostPort } from './host-port.ts';
import { guardFault } from './socket-guard.ts';

/** The facts about a connection that runs over this socket, which is connected. */
export function linkInfoOf(transport: string, socket: Socket): LinkInfo {
  const { remoteAddress, remotePort } = socket;
  const isKnown = remoteAddress !== undefined && remotePort !== undefined;
  const degraded = degradationsOf(socket);
  return {
    transport,
    ...(isKnown ? { address: formatHostPort(remoteAddress, remotePort) } : {}),
    ...(degraded.length === 0 ? {} : { degraded }),
  };
}

/** What cannot be promised of this socket on this platform. */
function degradationsOf(socket: Socket): readonly LinkDegradation[] {
  const found: LinkDegradation[] = [];
  const unread = guardFault();
  if (unread !== null) found.push({ of: 'unread-bytes', message: unread });
  const hidden = hiddenResetFault(socket);
  if (hidden !== null) found.push({ of: 'hidden-reset', message: hidden });
  return found;
}
