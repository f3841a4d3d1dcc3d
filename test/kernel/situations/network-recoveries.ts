/** The network comes back, with the peer's memory or without. */
import type { Situation } from '../stage/situation.ts';
import { ALL, IDLE_WATCH_MS, openQuietly, PLAIN, PLAIN_AND_TLS, SILENCE, sendOne } from './over-network.ts';

const COUNT = 20;

export const RECOVERIES: readonly Situation[] = [
  {
    name: 'network-heals',
    title: 'A router drops every packet for a while, and both sides write: TCP sends again, and nothing is lost',
    transports: ALL,
    place: 'namespaces',
    watchMs: 1_000,
    happen: async (stage) => {
      const { network, observer, peer, id } = stage;
      await openQuietly(stage);
      // However busy this machine is, nobody gives up before the network is back.
      await network.set('client', { tcp_retries2: 15 });
      await network.set('server', { tcp_retries2: 15 });
      await network.hole();
      await observer.tell({ do: 'send', id, count: COUNT, bytes: 1_000 });
      await peer.tell({ do: 'send', count: COUNT, bytes: 1_000 });
      await stage.retransmits('observer', 2);
      await stage.retransmits('peer', 1);
      await network.heal();
      // One is of the opening.
      await stage.handled(COUNT + 1);
      await stage.peerHandled(COUNT);
      stage.mark();
    },
    expected: {
      ...SILENCE,
      handled: COUNT + 1,
      peer: { states: ['open'], cause: null, handled: COUNT },
    },
  },
  {
    name: 'server-reboots',
    title: "The peer's machine starts anew, and knows nothing of us when we write",
    transports: PLAIN_AND_TLS,
    place: 'namespaces',
    happen: async (stage) => {
      await openQuietly(stage);
      // What a process says when it dies does not get out of a machine without power.
      await stage.network.cutServer();
      await stage.peer.close();
      await stage.network.rebootServer();
      await sendOne(stage);
    },
    expected: {
      states: ['dialing', 'open', 'closed'],
      cause: 'reset',
      evidence: { errno: 'ECONNRESET', syscall: 'read' },
      within: [0, 3_000],
      peer: { states: ['open'], cause: null, handled: 0 },
    },
  },
  {
    name: 'server-reboots-idle',
    title: "The peer's machine starts anew, and nobody writes",
    transports: PLAIN,
    place: 'namespaces',
    watchMs: IDLE_WATCH_MS,
    happen: async (stage) => {
      // On a busy machine the kernel's first probe may be due: it would be answered with a reset.
      await openQuietly(stage, { keepAlive: 600_000 });
      await stage.network.cutServer();
      await stage.peer.close();
      await stage.network.rebootServer();
      stage.mark();
    },
    expected: SILENCE,
  },
];
