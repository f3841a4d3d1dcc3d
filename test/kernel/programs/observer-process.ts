/** The observer as a process: Node, Bun or Deno. */
import dns from 'node:dns';
import { isIP } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { Dialer } from '@heartwire/core';
import { tcp } from '@heartwire/transport-tcp';
import { ws } from '@heartwire/transport-ws';
import { createObserver } from './observer.ts';
import { speak } from './speak.ts';
import { userTimeout } from './user-timeout.ts';
import type { ObserverCommand } from './word.ts';

speak<ObserverCommand>((report) => createObserver(dialerFor, report, () => process.kill(process.pid, 'SIGSTOP')));

function dialerFor(command: Extract<ObserverCommand, { do: 'connect' }>): Dialer {
  const { transport, address, keepAlive, ca, hosts } = command;
  if (hosts !== undefined) answerFor(hosts.name, hosts.addresses);
  // The certificate is for localhost, wherever the peer is.
  const tls = { ca, servername: 'localhost', ...command.tls } as ConnectionOptions;
  const tuning = command.userTimeout === undefined ? {} : { tuneSocket: userTimeout(command.userTimeout) };
  if (transport === 'ws') return ws(address, tuning);
  if (transport === 'wss') return ws(address, { tls, ...tuning });
  if (transport === 'unix') return tcp(address);
  const { hostname, port } = new URL(address);
  const target = { host: hostname, port: Number(port), ...(keepAlive === undefined ? {} : { keepAlive }), ...tuning };
  return tcp(transport === 'tls' ? { ...target, tls } : target);
}

/** In place of the name server, which a test must not ask. Sockets look the function up when they need it. */
function answerFor(name: string, addresses: readonly string[]): void {
  const real = dns.lookup;
  const lookup = (asked: string, options: dns.LookupOptions, done: (...answer: unknown[]) => void): void => {
    if (asked !== name) return real(asked, options, done as never);
    const answers = addresses.map((address) => ({ address, family: isIP(address) }));
    if (options.all === true) process.nextTick(done, null, answers);
    else process.nextTick(done, null, answers[0]!.address, answers[0]!.family);
  };
  dns.lookup = lookup as typeof dns.lookup;
}
