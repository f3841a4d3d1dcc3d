/** Dials from which no connection comes, or one that nobody answers on. */
import type { Expected, Situation } from '../stage/situation.ts';
import { ALL, finished, NETWORK, SECURE } from './expectations.ts';
import type { Stage } from '../stage/stage.ts';
import type { TransportName } from '../programs/word.ts';

const UNANSWERED: readonly string[] = ['dialing', 'closed'];
const PATIENCE_MS = 200;
/** A label of DNS has 63 characters at most, so nobody is asked for this one. */
const NO_NAME = `${'x'.repeat(64)}.invalid`;

/** Its sockets go with it; the file of a Unix socket stays. */
async function killPeer(stage: Stage): Promise<void> {
  stage.peer.signal('SIGKILL');
  await stage.peer.close();
}

async function dialNow(stage: Stage, options: Parameters<Stage['dial']>[0] = {}): Promise<void> {
  stage.mark();
  await stage.dial(options);
}

function dialedTo(stage: Stage, host: string): string {
  return stage.address.replace('127.0.0.1', host);
}

function refusedByHost(transport: TransportName): Expected {
  return {
    states: UNANSWERED,
    cause: 'refused by host (ECONNREFUSED)',
    evidence: { errno: 'ECONNREFUSED', syscall: 'connect' },
    sentence: transport === 'unix' ? /^nothing listens on unix:PATH/ : /^nothing listens on .*127\.0\.0\.1:PORT/,
  };
}

/** It is open as soon as the kernel says so. */
function isRaw(transport: TransportName): boolean {
  return transport === 'tcp' || transport === 'unix';
}

/**
 * Silence is the transport's until it has opened the connection, and the protocol's from then on: that says why, ends our direction, and gives
 * the other side a second to end its own.
 */
function nobodyAnswers(transport: TransportName): Expected {
  const fromMs = PATIENCE_MS - 5;
  return isRaw(transport)
    ? {
        states: ['dialing', 'open', 'half-closed (r)', 'closed'],
        cause: 'timeout of handshake',
        within: [fromMs + 1_000, fromMs + 2_000],
      }
    : { states: UNANSWERED, cause: 'timeout of dial', within: [fromMs, fromMs + 1_000] };
}

export const DIALS: readonly Situation[] = [
  {
    name: 'refused',
    title: 'Nobody listens there; a Unix socket whose server is dead',
    transports: ALL,
    place: 'loopback',
    happen: async (stage) => {
      await killPeer(stage);
      await dialNow(stage);
    },
    expected: refusedByHost,
  },
  {
    name: 'refused-twice',
    title: 'The name has two addresses, and nobody listens on either',
    transports: NETWORK,
    place: 'loopback',
    happen: async (stage) => {
      await killPeer(stage);
      const hosts = { name: 'localhost', addresses: ['127.0.0.1', '::1'] };
      await dialNow(stage, { address: dialedTo(stage, 'localhost'), hosts });
    },
    expected: {
      states: UNANSWERED,
      cause: 'refused by host (ECONNREFUSED)',
      evidence: { errno: 'ECONNREFUSED', syscall: 'connect' },
      sentence: /nothing listens on .*localhost:PORT.* Tried: 127\.0\.0\.1 \(ECONNREFUSED\), ::1 \(ECONNREFUSED\)\.$/,
    },
  },
  {
    name: 'no-file',
    title: 'There is no socket file at this path',
    transports: ['unix'],
    place: 'loopback',
    happen: (stage) => dialNow(stage, { address: `${stage.address}.missing` }),
    expected: {
      states: UNANSWERED,
      cause: 'unreachable (ENOENT)',
      evidence: { errno: 'ENOENT', syscall: 'connect' },
      sentence: /^there is no socket file at unix:PATH/,
    },
  },
  {
    name: 'name-not-found',
    title: 'The name is not known',
    transports: NETWORK,
    place: 'loopback',
    happen: (stage) => dialNow(stage, { address: dialedTo(stage, NO_NAME) }),
    expected: {
      states: UNANSWERED,
      cause: 'unreachable (ENOTFOUND)',
      evidence: { errno: 'ENOTFOUND', syscall: 'getaddrinfo' },
      sentence: /is not known; is it spelled right/,
    },
  },
  {
    name: 'silence',
    title: 'The server accepts and never says anything',
    transports: ALL,
    place: 'loopback',
    listen: { as: { answers: 'nothing', bare: true } },
    happen: (stage) =>
      dialNow(stage, isRaw(stage.transport) ? { handshakeTimeout: PATIENCE_MS } : { dialTimeout: PATIENCE_MS }),
    expected: nobodyAnswers,
  },
  {
    name: 'fin-in-handshake',
    title: 'The server accepts, reads our first words, and ends the connection (FIN)',
    transports: ALL,
    place: 'loopback',
    listen: { as: { answers: 'fin', bare: true } },
    happen: (stage) => dialNow(stage),
    expected: (transport) => {
      if (SECURE.includes(transport)) {
        return { states: UNANSWERED, cause: 'refused by tls (ECONNRESET)', sentence: /does it speak TLS on this port/ };
      }
      return transport === 'ws'
        ? { states: UNANSWERED, cause: 'refused by http (ECONNRESET)', sentence: /without an HTTP answer/ }
        : finished(transport);
    },
  },
  {
    name: 'rst-in-handshake',
    title: 'The server accepts, reads our first words, and resets (RST)',
    transports: NETWORK,
    place: 'loopback',
    listen: { as: { answers: 'reset', bare: true } },
    happen: (stage) => dialNow(stage),
    expected: (transport) => ({
      states: transport === 'tcp' ? ['dialing', 'open', 'closed'] : UNANSWERED,
      cause: 'reset',
      evidence: { errno: 'ECONNRESET', syscall: 'read' },
    }),
  },
];
