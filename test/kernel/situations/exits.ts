/** The process of the peer ends by itself. The kernel closes its sockets, and says no more than that. */
import type { Situation } from '../stage/situation.ts';
import type { Stage } from '../stage/stage.ts';
import type { TransportName } from '../programs/word.ts';
import type { Expected } from '../stage/situation.ts';

const ALL = ['tcp', 'tls', 'unix', 'ws', 'wss'] as const;

function ends(how: 'exit' | 'crash'): (stage: Stage) => Promise<void> {
  return async (stage) => {
    await stage.open();
    stage.mark();
    stage.peer.throwIn({ do: how });
  };
}

function finished(transport: TransportName): Expected {
  return transport === 'ws' || transport === 'wss'
    ? { states: ['dialing', 'open', 'closed'], cause: 'finished', evidence: { wsCode: 1006, wsClean: false } }
    : { states: ['dialing', 'open', 'half-closed (w)', 'half-closed (neither)', 'closed'], cause: 'finished' };
}

export const EXITS: readonly Situation[] = [
  {
    name: 'exit',
    title: 'The process of the peer exits without closing anything (process.exit)',
    transports: ALL,
    place: 'loopback',
    happen: ends('exit'),
    expected: finished,
  },
  {
    name: 'crash',
    title: 'The process of the peer crashes (an uncaught error)',
    transports: ALL,
    place: 'loopback',
    happen: ends('crash'),
    expected: finished,
  },
];
