/** Packets vanish, and nobody says so. */
import type { Situation } from '../stage/situation.ts';
import {
  BUSY_WATCH_MS,
  ALL,
  HEARTBEAT,
  IDLE_WATCH_MS,
  idle,
  openQuietly,
  PEER_HEARS_NOTHING,
  PLAIN,
  RESET_BY_PEER,
  RETRIES_USED_UP,
  SILENCE,
  VERDICT_BY_MS,
  writing,
} from './over-network.ts';

const RETRIES = 'tcp_retries2=3, 15 by default: then after about 15 minutes';
const KERNEL_TIMEOUT = {
  states: ['dialing', 'open', 'closed'],
  cause: 'timeout of kernel',
  evidence: { errno: 'ETIMEDOUT', syscall: 'read' },
  within: RETRIES_USED_UP,
  verdictByMs: VERDICT_BY_MS,
} as const;

export const HOLES: readonly Situation[] = [
  {
    name: 'hole-idle',
    title:
      'A router drops every packet without a word, while nothing is said (keepalive at its 15 s, or none: nothing until then)',
    transports: PLAIN,
    place: 'namespaces',
    watchMs: IDLE_WATCH_MS,
    heartbeat: HEARTBEAT,
    happen: idle((stage) => stage.network.hole()),
    expected: { ...SILENCE, verdictByMs: VERDICT_BY_MS, peer: PEER_HEARS_NOTHING },
  },
  {
    name: 'hole-writing',
    title: `A router drops every packet without a word, and we write (${RETRIES})`,
    transports: ALL,
    place: 'namespaces',
    watchMs: BUSY_WATCH_MS,
    heartbeat: HEARTBEAT,
    happen: writing((stage) => stage.network.hole()),
    expected: { ...KERNEL_TIMEOUT, peer: { ...PEER_HEARS_NOTHING, handled: 0 } },
  },
  {
    name: 'hole-towards-server-idle',
    title: 'What we send vanishes without a word, while nothing is said',
    transports: PLAIN,
    place: 'namespaces',
    watchMs: IDLE_WATCH_MS,
    heartbeat: HEARTBEAT,
    happen: idle((stage) => stage.network.holeTowards('server')),
    expected: { ...SILENCE, ...RESET_BY_PEER, peer: PEER_HEARS_NOTHING },
  },
  {
    name: 'hole-towards-server-writing',
    title: `What we send vanishes without a word, and we write (${RETRIES})`,
    transports: PLAIN,
    place: 'namespaces',
    watchMs: BUSY_WATCH_MS,
    happen: writing((stage) => stage.network.holeTowards('server')),
    expected: { ...KERNEL_TIMEOUT, peer: { ...PEER_HEARS_NOTHING, handled: 0 } },
  },
  {
    name: 'hole-towards-client-idle',
    title: 'What the peer sends vanishes without a word, while nothing is said',
    transports: PLAIN,
    place: 'namespaces',
    watchMs: IDLE_WATCH_MS,
    heartbeat: HEARTBEAT,
    happen: idle((stage) => stage.network.holeTowards('client')),
    expected: { ...SILENCE, verdictByMs: VERDICT_BY_MS, peer: PEER_HEARS_NOTHING },
  },
  {
    name: 'hole-towards-client-writing',
    title: `What the peer sends vanishes without a word, and we write: it arrives, and we cannot know (${RETRIES})`,
    transports: PLAIN,
    place: 'namespaces',
    watchMs: BUSY_WATCH_MS,
    peerWatchMs: BUSY_WATCH_MS,
    happen: writing((stage) => stage.network.holeTowards('client')),
    expected: { ...KERNEL_TIMEOUT, peer: { states: ['open', 'closed'], cause: 'timeout of kernel', handled: 1 } },
  },
  {
    name: 'hole-towards-client-peer-writing',
    title: `What the peer sends vanishes without a word, and it writes (${RETRIES})`,
    transports: PLAIN,
    place: 'namespaces',
    watchMs: IDLE_WATCH_MS,
    peerWatchMs: BUSY_WATCH_MS,
    happen: async (stage) => {
      await openQuietly(stage);
      await stage.network.holeTowards('client');
      stage.mark();
      await stage.peer.tell({ do: 'send', count: 1, bytes: 10 });
    },
    expected: {
      ...SILENCE,
      handled: 1,
      peer: { states: ['open', 'closed'], cause: 'timeout of kernel' },
    },
  },
];
