/** What the side that listens is told; the other one is always Node. */
import type { TransportName } from '../programs/word.ts';
import type { Expected, Situation } from '../stage/situation.ts';

const ALL = ['tcp', 'tls', 'unix', 'ws', 'wss'] as const;

export const SERVED: readonly Situation[] = [
  {
    name: 'served-destroy',
    title: 'The client destroys its session: over plain TCP, this is a reset (RST)',
    transports: ALL,
    place: 'served',
    happen: async (stage) => {
      await stage.open();
      stage.mark();
      await stage.observer.tell({ do: 'destroy', id: stage.id });
    },
    expected: expectedOfDestroy,
  },
  {
    name: 'served-close',
    title: 'The client says goodbye',
    transports: ALL,
    place: 'served',
    happen: async (stage) => {
      await stage.open();
      stage.mark();
      await stage.observer.tell({ do: 'close', id: stage.id });
    },
    expected: (transport) => ({
      states: isWebSocket(transport)
        ? ['open', 'half-closed (r)', 'closed']
        : ['open', 'half-closed (r)', 'half-closed (neither)', 'closed'],
      cause: 'closed by peer (0)',
    }),
  },
];

function expectedOfDestroy(transport: TransportName): Expected {
  if (transport === 'tcp' || transport === 'ws') {
    return { states: ['open', 'closed'], cause: 'reset', evidence: { errno: 'ECONNRESET', syscall: 'read' } };
  }
  const isHalfClosable = !isWebSocket(transport);
  return {
    states: ['open', ...(isHalfClosable ? ['half-closed (w)', 'half-closed (neither)'] : []), 'closed'],
    cause: 'finished',
  };
}

function isWebSocket(transport: TransportName): boolean {
  return transport === 'ws' || transport === 'wss';
}
