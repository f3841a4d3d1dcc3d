/** Dials that lead nowhere. */
import type { Situation } from '../stage/situation.ts';
import type { Stage } from '../stage/stage.ts';
import { PLAIN } from './over-network.ts';

const LONG_MS = 20_000;
const NEVER_OPEN = ['dialing', 'closed'] as const;
/** At once; but a router that has just said so several times says it once a second, and then it is the answer to the second attempt. */
const SAID_BY_ROUTER = { watchMs: 4_000, within: [0, 2_800] as const };

/** A fault is there before we dial. */
function dialing(strike: (stage: Stage) => Promise<void>, dialTimeout: number = LONG_MS): Situation['happen'] {
  return async (stage) => {
    await strike(stage);
    stage.mark();
    await stage.dial({ dialTimeout });
  };
}

export const DIALS: readonly Situation[] = [
  {
    name: 'dial-hole-own-limit',
    title: 'A dial into a black hole, with a dialTimeout of 600 ms',
    transports: PLAIN,
    place: 'namespaces',
    happen: dialing((stage) => stage.network.hole(), 600),
    expected: { states: NEVER_OPEN, cause: 'timeout of dial', within: [550, 1_600] },
  },
  {
    name: 'dial-hole-kernel',
    title:
      'A dial into a black hole, with a longer dialTimeout than the kernel has (tcp_syn_retries=1, 6 by default: then after about 2 minutes)',
    transports: PLAIN,
    place: 'namespaces',
    watchMs: 8_000,
    happen: dialing((stage) => stage.network.hole()),
    expected: {
      states: NEVER_OPEN,
      cause: 'timeout of dial',
      evidence: { errno: 'ETIMEDOUT', syscall: 'connect' },
      within: [1_900, 6_000],
    },
  },
  {
    name: 'dial-unreachable',
    title: 'A dial, and a router says that the host is unreachable',
    transports: PLAIN,
    place: 'namespaces',
    watchMs: SAID_BY_ROUTER.watchMs,
    happen: dialing((stage) => stage.network.unreachable()),
    expected: {
      states: NEVER_OPEN,
      within: SAID_BY_ROUTER.within,
      cause: 'unreachable (EHOSTUNREACH)',
      evidence: { errno: 'EHOSTUNREACH', syscall: 'connect' },
    },
  },
  {
    name: 'dial-prohibited',
    title: 'A dial, and a router says that it is prohibited',
    transports: PLAIN,
    place: 'namespaces',
    watchMs: SAID_BY_ROUTER.watchMs,
    happen: dialing((stage) => stage.network.prohibit()),
    expected: {
      states: NEVER_OPEN,
      within: SAID_BY_ROUTER.within,
      cause: 'unreachable (EHOSTUNREACH)',
      evidence: { errno: 'EHOSTUNREACH', syscall: 'connect' },
    },
  },
  {
    name: 'dial-network-unreachable',
    title: 'A dial, and a router says that the network is unreachable',
    transports: PLAIN,
    place: 'namespaces',
    watchMs: SAID_BY_ROUTER.watchMs,
    happen: dialing((stage) => stage.network.forgetServer()),
    expected: {
      states: NEVER_OPEN,
      within: SAID_BY_ROUTER.within,
      cause: 'unreachable (ENETUNREACH)',
      evidence: { errno: 'ENETUNREACH', syscall: 'connect' },
    },
  },
  {
    name: 'dial-own-link-down',
    title: 'A dial while our own interface is down',
    transports: PLAIN,
    place: 'namespaces',
    happen: dialing((stage) => stage.network.cutClient()),
    expected: {
      states: NEVER_OPEN,
      cause: 'unreachable (ENETUNREACH)',
      evidence: { errno: 'ENETUNREACH', syscall: 'connect' },
    },
  },
  {
    name: 'dial-host-gone',
    title: 'A dial to a machine that is gone: the router finds nobody at its address (no ARP answer)',
    transports: PLAIN,
    place: 'namespaces',
    watchMs: 8_000,
    happen: dialing(async (stage) => {
      // Else the kernel may give up in the very moment in which the router does.
      await stage.network.set('client', { tcp_syn_retries: 6 });
      await stage.network.loseServer();
    }),
    expected: {
      states: NEVER_OPEN,
      cause: 'unreachable (EHOSTUNREACH)',
      evidence: { errno: 'EHOSTUNREACH', syscall: 'connect' },
      within: [900, 6_000],
    },
  },
  {
    name: 'dial-refused',
    title: 'A dial across the network to a port on which nothing listens',
    transports: PLAIN,
    place: 'namespaces',
    happen: async (stage) => {
      const nobody = new URL(stage.address);
      nobody.port = '1';
      stage.mark();
      await stage.dial({ address: nobody.href });
    },
    expected: {
      states: NEVER_OPEN,
      cause: 'refused by host (ECONNREFUSED)',
      evidence: { errno: 'ECONNREFUSED', syscall: 'connect' },
    },
  },
  {
    name: 'dial-firewall-rst',
    title:
      'A dial, and a firewall answers for the host with a reset (RST): that cannot be told from a port on which nothing listens',
    transports: PLAIN,
    place: 'namespaces',
    happen: dialing((stage) => stage.network.answerWithReset()),
    expected: {
      states: NEVER_OPEN,
      cause: 'refused by host (ECONNREFUSED)',
      evidence: { errno: 'ECONNREFUSED', syscall: 'connect' },
    },
  },
];
