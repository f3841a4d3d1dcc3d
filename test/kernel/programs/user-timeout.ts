/** The recipe for TCP_USER_TIMEOUT (RFC 5482), which Node has no option for: the package sockopt in the hook tuneSocket. */
import { createRequire } from 'node:module';
import type { TuneSocket } from '@heartwire/transport-tcp';

interface Sockopt {
  setsockopt(socket: object, level: number, name: number, value: number): void;
}

/** The numbers of Linux. */
const IPPROTO_TCP = 6;
const TCP_USER_TIMEOUT = 18;

/** The kernel gives up when what was sent has not been acknowledged for so many milliseconds, and not after a number of attempts. */
export function userTimeout(milliseconds: number): TuneSocket {
  // It has a binary inside, which a bundle cannot carry.
  const { setsockopt } = createRequire(import.meta.url)('sockopt') as Sockopt;
  return (socket) => setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, milliseconds);
}
