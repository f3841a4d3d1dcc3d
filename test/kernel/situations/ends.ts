/** Ends that a living peer's kernel tells at once. */
import type { Situation } from '../stage/situation.ts';

const ALL = ['tcp', 'tls', 'unix', 'ws', 'wss'] as const;

export const ENDS: readonly Situation[] = [
  {
    name: 'fin',
    title: 'The peer ends its direction (FIN), without a goodbye',
    transports: ALL,
    place: 'loopback',
    happen: async (stage) => {
      await stage.open();
      stage.mark();
      await stage.peer.tell({ do: 'fin' });
    },
    expected: (transport) =>
      transport === 'ws' || transport === 'wss'
        ? { states: ['dialing', 'open', 'closed'], cause: 'finished', evidence: { wsCode: 1006, wsClean: false } }
        : {
            states: ['dialing', 'open', 'half-closed (w)', 'half-closed (neither)', 'closed'],
            cause: 'finished',
          },
  },
  {
    name: 'rst-idle',
    title: 'The peer resets an idle connection (RST)',
    transports: ['tcp', 'tls', 'ws', 'wss'],
    place: 'loopback',
    happen: async (stage) => {
      await stage.open();
      stage.mark();
      await stage.peer.tell({ do: 'reset' });
    },
    expected: {
      states: ['dialing', 'open', 'closed'],
      cause: 'reset',
      evidence: { errno: 'ECONNRESET', syscall: 'read' },
    },
  },
  {
    name: 'sigkill-idle',
    title: 'The process of the peer is killed, with nothing unread',
    transports: ALL,
    place: 'loopback',
    happen: async (stage) => {
      await stage.open();
      stage.mark();
      stage.peer.signal('SIGKILL');
    },
    expected: (transport) =>
      transport === 'ws' || transport === 'wss'
        ? { states: ['dialing', 'open', 'closed'], cause: 'finished', evidence: { wsCode: 1006, wsClean: false } }
        : {
            states: ['dialing', 'open', 'half-closed (w)', 'half-closed (neither)', 'closed'],
            cause: 'finished',
          },
  },
  {
    name: 'sigstop',
    title: 'The process of the peer is stopped (SIGSTOP): its kernel goes on acknowledging',
    transports: ALL,
    place: 'loopback',
    watchMs: 2_500,
    heartbeat: { interval: 200, suspectAfter: 300, deadAfter: 1_000 },
    happen: async (stage) => {
      await stage.open();
      stage.mark();
      stage.peer.signal('SIGSTOP');
    },
    expected: { states: ['dialing', 'open'], cause: null },
  },
];
