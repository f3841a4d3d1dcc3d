/** The observer as a process: Node, Bun or Deno. */
import type { Dialer } from '@heartwire/core';
import { tcp } from '@heartwire/transport-tcp';
import { ws } from '@heartwire/transport-ws';
import { createObserver } from './observer.ts';
import { speak } from './speak.ts';
import { userTimeout } from './user-timeout.ts';
import type { ObserverCommand } from './word.ts';

speak<ObserverCommand>((report) => createObserver(dialerFor, report));

function dialerFor(command: Extract<ObserverCommand, { do: 'connect' }>): Dialer {
  const { transport, address, keepAlive, ca } = command;
  // The certificate is for localhost, wherever the peer is.
  const tls = { ca, servername: 'localhost' };
  const tuning = command.userTimeout === undefined ? {} : { tuneSocket: userTimeout(command.userTimeout) };
  if (transport === 'ws') return ws(address, tuning);
  if (transport === 'wss') return ws(address, { tls, ...tuning });
  if (transport === 'unix') return tcp(address);
  const { hostname, port } = new URL(address);
  const target = { host: hostname, port: Number(port), ...(keepAlive === undefined ? {} : { keepAlive }), ...tuning };
  return tcp(transport === 'tls' ? { ...target, tls } : target);
}
