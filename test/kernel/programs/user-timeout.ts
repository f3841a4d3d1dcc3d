/** The recipe for TCP_USER_TIMEOUT (RFC 5482), which Node has no option for: the package net-keepalive in the hook tuneSocket. */
import { createRequire } from 'node:module';
import type { TuneSocket } from '@heartwire/transport-tcp';

interface NetKeepalive {
  setUserTimeout(socket: object, milliseconds: number): boolean;
}

/** The kernel gives up when what was sent has not been acknowledged for so many milliseconds, and not after a number of attempts. */
export function userTimeout(milliseconds: number): TuneSocket {
  // There is a binary behind it, which a bundle cannot carry.
  const { setUserTimeout } = createRequire(import.meta.url)('net-keepalive') as NetKeepalive;
  return (socket) => {
    setUserTimeout(socket, milliseconds);
  };
}
