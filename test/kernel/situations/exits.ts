/** The process of the peer ends by itself. The kernel closes its sockets, and says no more than that. */
import type { Situation } from '../stage/situation.ts';
import { ALL, finished } from './expectations.ts';
import type { Stage } from '../stage/stage.ts';

function ends(how: 'exit' | 'crash'): (stage: Stage) => Promise<void> {
  return async (stage) => {
    await stage.open();
    stage.mark();
    stage.peer.throwIn({ do: how });
  };
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
