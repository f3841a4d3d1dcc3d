/** What the kernel's own watch on idle connections does, and what it does not; and the one knob that it lacks in Node. */
import type { TransportName } from '../programs/word.ts';
import type { ExpectedOfPeer, Situation } from '../stage/situation.ts';
import type { Stage } from '../stage/stage.ts';
import { idle, openQuietly, PEER_HEARS_NOTHING, PLAIN, sendOne, SILENCE } from './over-network.ts';

const KERNEL_TIMEOUT = {
  states: ['dialing', 'open', 'closed'],
  cause: 'timeout of kernel',
  evidence: { errno: 'ETIMEDOUT', syscall: 'read' },
} as const;
/** One second of silence, then ten probes a second apart: Node fixes the last two. */
const PROBES_USED_UP: readonly [number, number] = [9_000, 14_000];

/** The recipe of `tuneSocket`: the kernel counts time, and not attempts. */
function userTimeoutWriting(
  name: string,
  what: string,
  transports: readonly TransportName[],
  strike: (stage: Stage) => Promise<void>,
  peer: ExpectedOfPeer = PEER_HEARS_NOTHING,
): Situation {
  return {
    name,
    title: `${what}, and we write (TCP_USER_TIMEOUT of 2 s by tuneSocket; tcp_retries2 at its 15)`,
    transports,
    place: 'namespaces',
    watchMs: 13_000,
    happen: async (stage) => {
      await stage.network.set('client', { tcp_retries2: 15 });
      await openQuietly(stage, { userTimeout: 2_000 });
      await strike(stage);
      await sendOne(stage);
    },
    expected: { ...KERNEL_TIMEOUT, within: [1_700, 12_000], peer },
  };
}

export const KEEPALIVE: readonly Situation[] = [
  {
    name: 'keepalive-hole-idle',
    title:
      'A router drops every packet without a word, while nothing is said (keepAlive: 1000; by default 15,000: then after about 25 s)',
    transports: ['tcp', 'tls'],
    place: 'namespaces',
    watchMs: 16_000,
    happen: idle((stage) => stage.network.hole(), { keepAlive: 1_000 }),
    expected: { ...KERNEL_TIMEOUT, within: PROBES_USED_UP, peer: PEER_HEARS_NOTHING },
  },
  {
    name: 'keepalive-hole-towards-client-idle',
    title: 'What the peer sends vanishes without a word (keepAlive: 1000): our kernel gives up, and resets the peer',
    transports: ['tcp'],
    place: 'namespaces',
    watchMs: 16_000,
    happen: idle((stage) => stage.network.holeTowards('client'), { keepAlive: 1_000 }),
    expected: { ...KERNEL_TIMEOUT, within: PROBES_USED_UP, peer: { states: ['open', 'closed'], cause: 'reset' } },
  },
  {
    name: 'keepalive-hole-writing',
    title:
      'A router drops every packet without a word, and we write (keepAlive: 1000; tcp_retries2 at its 15): while a byte waits for its acknowledgement, nothing is probed',
    transports: ['tcp'],
    place: 'namespaces',
    watchMs: 14_000,
    happen: async (stage) => {
      await stage.network.set('client', { tcp_retries2: 15 });
      await openQuietly(stage, { keepAlive: 1_000 });
      await stage.network.hole();
      await sendOne(stage);
    },
    expected: { ...SILENCE, peer: PEER_HEARS_NOTHING },
  },
  userTimeoutWriting('user-timeout-hole-writing', 'A router drops every packet without a word', PLAIN, (stage) =>
    stage.network.hole(),
  ),
  userTimeoutWriting(
    'user-timeout-hole-towards-server-writing',
    'What we send vanishes without a word',
    ['tcp'],
    (stage) => stage.network.holeTowards('server'),
  ),
  userTimeoutWriting(
    'user-timeout-hole-towards-client-writing',
    'What the peer sends vanishes without a word',
    ['tcp'],
    (stage) => stage.network.holeTowards('client'),
    { handled: 1 },
  ),
  {
    name: 'user-timeout-keepalive-hole-idle',
    title:
      'A router drops every packet without a word, while nothing is said (TCP_USER_TIMEOUT of 2 s by tuneSocket and keepAlive: 1000)',
    transports: ['tcp'],
    place: 'namespaces',
    watchMs: 8_000,
    happen: idle((stage) => stage.network.hole(), { keepAlive: 1_000, userTimeout: 2_000 }),
    expected: { ...KERNEL_TIMEOUT, within: [1_000, 6_000], peer: PEER_HEARS_NOTHING },
  },
];

/** What takes longer than a short test may. */
export const OF_PATIENCE: readonly Situation[] = [
  {
    name: 'keepalive-default-hole-idle',
    title: 'A router drops every packet without a word, while nothing is said (keepAlive at its 15,000)',
    transports: ['tcp'],
    place: 'namespaces',
    watchMs: 32_000,
    peerWatchMs: 32_000,
    happen: idle((stage) => stage.network.hole()),
    // The same knob is there at the other side.
    expected: {
      ...KERNEL_TIMEOUT,
      within: [23_000, 30_000],
      peer: { states: ['open', 'closed'], cause: 'timeout of kernel' },
    },
  },
];
