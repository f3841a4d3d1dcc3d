/** Cables, interfaces and machines. */
import type { Situation } from '../stage/situation.ts';
import {
  BUSY_WATCH_MS,
  HEARTBEAT,
  IDLE_WATCH_MS,
  idle,
  PEER_HEARS_NOTHING,
  PLAIN,
  RETRIES_USED_UP,
  SILENCE,
  VERDICT_BY_MS,
  writing,
} from './over-network.ts';

const RETRIES = 'tcp_retries2=3, 15 by default: then after about 15 minutes';
const CLOSED = { states: ['dialing', 'open', 'closed'], within: RETRIES_USED_UP } as const;
const KERNEL_TIMEOUT = {
  ...CLOSED,
  cause: 'timeout of kernel',
  evidence: { errno: 'ETIMEDOUT', syscall: 'read' },
} as const;

export const LINKS: readonly Situation[] = [
  {
    name: 'server-cable-cut-writing',
    title: `The server's cable is cut, and we write: the router before it says that the host is unreachable (${RETRIES})`,
    transports: PLAIN,
    place: 'namespaces',
    watchMs: BUSY_WATCH_MS,
    heartbeat: HEARTBEAT,
    happen: writing((stage) => stage.network.cutServer()),
    expected: {
      ...CLOSED,
      cause: 'unreachable (EHOSTUNREACH)',
      evidence: { errno: 'EHOSTUNREACH', syscall: 'read' },
      peer: PEER_HEARS_NOTHING,
      verdictByMs: VERDICT_BY_MS,
    },
  },
  {
    name: 'host-gone-writing',
    title: `The server's machine is gone, and we write: the router finds nobody at its address (no ARP answer; ${RETRIES})`,
    transports: PLAIN,
    place: 'namespaces',
    watchMs: BUSY_WATCH_MS,
    happen: writing((stage) => stage.network.loseServer()),
    expected: {
      ...CLOSED,
      cause: 'unreachable (EHOSTUNREACH)',
      evidence: { errno: 'EHOSTUNREACH', syscall: 'read' },
      peer: PEER_HEARS_NOTHING,
    },
  },
  {
    name: 'own-link-down-idle',
    title: 'Our own interface goes down, while nothing is said',
    transports: PLAIN,
    place: 'namespaces',
    watchMs: IDLE_WATCH_MS,
    heartbeat: HEARTBEAT,
    happen: idle((stage) => stage.network.cutClient()),
    expected: { ...SILENCE, verdictByMs: VERDICT_BY_MS, peer: PEER_HEARS_NOTHING },
  },
  {
    name: 'own-link-down-writing',
    title:
      'Our own interface goes down, and we write: nothing at first (tcp_retries2=3: ETIMEDOUT after 3 s, or much later; 15 by default)',
    transports: PLAIN,
    place: 'namespaces',
    // When the kernel gives up is not certain: after 3.2 s mostly, and some times after 12, 18 or more than 22.
    watchMs: 2_000,
    happen: writing((stage) => stage.network.cutClient()),
    expected: { ...SILENCE, peer: PEER_HEARS_NOTHING },
  },
  {
    name: 'own-cable-unplugged-writing',
    title: `The cable is pulled from our own interface, and we write (${RETRIES})`,
    transports: PLAIN,
    place: 'namespaces',
    watchMs: BUSY_WATCH_MS,
    happen: writing((stage) => stage.network.unplugClient()),
    expected: { ...KERNEL_TIMEOUT, peer: PEER_HEARS_NOTHING },
  },
];
