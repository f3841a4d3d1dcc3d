/** Somebody on the way says no: ICMP errors, and a firewall that resets. */
import type { Situation } from '../stage/situation.ts';
import {
  BUSY_WATCH_MS,
  HEARTBEAT,
  IDLE_WATCH_MS,
  idle,
  PEER_HEARS_NOTHING,
  PLAIN,
  PLAIN_AND_TLS,
  RESET_BY_PEER,
  RETRIES_USED_UP,
  SILENCE,
  VERDICT_BY_MS,
  writing,
} from './over-network.ts';

const RETRIES = 'tcp_retries2=3, 15 by default: then after about 15 minutes';
const NO_WAY = {
  states: ['dialing', 'open', 'closed'],
  within: RETRIES_USED_UP,
  peer: PEER_HEARS_NOTHING,
} as const;
const HOST_UNREACHABLE = {
  ...NO_WAY,
  cause: 'unreachable (EHOSTUNREACH)',
  evidence: { errno: 'EHOSTUNREACH', syscall: 'read' },
} as const;

export const REFUSALS: readonly Situation[] = [
  {
    name: 'icmp-unreachable-idle',
    title: 'A router would say that the host is unreachable, and nobody writes',
    transports: PLAIN,
    place: 'namespaces',
    watchMs: IDLE_WATCH_MS,
    heartbeat: HEARTBEAT,
    happen: idle((stage) => stage.network.unreachable()),
    expected: { ...SILENCE, ...RESET_BY_PEER, peer: PEER_HEARS_NOTHING },
  },
  {
    name: 'icmp-unreachable-writing',
    title: `A router says that the host is unreachable, and we write (${RETRIES})`,
    transports: PLAIN,
    place: 'namespaces',
    watchMs: BUSY_WATCH_MS,
    happen: writing((stage) => stage.network.unreachable()),
    expected: HOST_UNREACHABLE,
  },
  {
    name: 'icmp-prohibited-writing',
    title: `A router says that this is prohibited, and we write (${RETRIES})`,
    transports: PLAIN,
    place: 'namespaces',
    watchMs: BUSY_WATCH_MS,
    happen: writing((stage) => stage.network.prohibit()),
    expected: HOST_UNREACHABLE,
  },
  {
    name: 'icmp-network-unreachable-writing',
    title: `A router says that the network is unreachable, and we write (${RETRIES})`,
    transports: PLAIN,
    place: 'namespaces',
    watchMs: BUSY_WATCH_MS,
    happen: writing((stage) => stage.network.forgetServer()),
    expected: {
      ...NO_WAY,
      cause: 'unreachable (ENETUNREACH)',
      evidence: { errno: 'ENETUNREACH', syscall: 'read' },
    },
  },
  {
    name: 'firewall-rst-idle',
    title: 'A firewall would answer with a reset (RST), and nobody writes',
    transports: PLAIN,
    place: 'namespaces',
    watchMs: IDLE_WATCH_MS,
    heartbeat: HEARTBEAT,
    happen: idle((stage) => stage.network.answerWithReset()),
    expected: { ...SILENCE, verdict: 'reset', verdictByMs: VERDICT_BY_MS, peer: PEER_HEARS_NOTHING },
  },
  {
    name: 'firewall-rst-writing',
    title: 'A firewall answers what we write with a reset (RST)',
    transports: PLAIN_AND_TLS,
    place: 'namespaces',
    peerWatchMs: 1_000,
    happen: writing((stage) => stage.network.answerWithReset()),
    expected: {
      states: ['dialing', 'open', 'closed'],
      cause: 'reset',
      evidence: { errno: 'ECONNRESET', syscall: 'read' },
      peer: { ...PEER_HEARS_NOTHING, handled: 0 },
    },
  },
];
