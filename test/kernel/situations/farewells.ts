/** Ends that somebody wanted: `close()` and `destroy()`, on either side. */
import type { Expected, Situation } from '../stage/situation.ts';
import type { TransportName } from '../programs/word.ts';

const ALL = ['tcp', 'tls', 'unix', 'ws', 'wss'] as const;
const CLOSED = 'closed by';

function isWebSocket(transport: TransportName): boolean {
  return transport === 'ws' || transport === 'wss';
}

export const FAREWELLS: readonly Situation[] = [
  {
    name: 'close-local',
    title: 'We call close(), and both sides complete it',
    transports: ALL,
    place: 'loopback',
    happen: async (stage) => {
      await stage.open();
      stage.mark();
      await stage.observer.tell({ do: 'close', id: stage.id });
    },
    expected: {
      states: ['dialing', 'open', 'half-closed (r)', 'closed'],
      cause: `${CLOSED} local (0)`,
      peer: { cause: `${CLOSED} peer (0)` },
    },
  },
  {
    name: 'close-peer',
    title: 'The peer calls close(), and both sides complete it',
    transports: ALL,
    place: 'loopback',
    happen: async (stage) => {
      await stage.open();
      stage.mark();
      await stage.peer.tell({ do: 'close' });
    },
    expected: {
      states: ['dialing', 'open', 'half-closed (r)', 'closed'],
      cause: `${CLOSED} peer (0)`,
      peer: { cause: `${CLOSED} local (0)` },
    },
  },
  {
    name: 'destroy-local',
    title: 'We call destroy()',
    transports: ALL,
    place: 'loopback',
    happen: async (stage) => {
      await stage.open();
      stage.mark();
      await stage.observer.tell({ do: 'destroy', id: stage.id });
    },
    expected: { states: ['dialing', 'open', 'closed'], cause: 'destroyed', peer: { cause: 'reset' } },
  },
  {
    name: 'destroy-peer',
    title: 'The peer calls destroy(): a reset where the platform can, an end without goodbye elsewhere',
    transports: ALL,
    place: 'loopback',
    happen: async (stage) => {
      await stage.open();
      stage.mark();
      await stage.peer.tell({ do: 'destroy' });
    },
    expected: (transport): Expected => ({
      states: isWebSocket(transport) ? ['dialing', 'open', 'closed'] : ['dialing', 'open', 'closed'],
      cause: 'reset',
      peer: { cause: 'destroyed' },
    }),
  },
];
