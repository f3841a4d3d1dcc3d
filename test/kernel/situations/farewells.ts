/**
 * Ends that somebody wanted: `close()` and `destroy()`, on either side.
 *
 * `destroy()` resets where the platform can: on TCP. On TLS Node has no way to, and a Unix socket has no reset, so the other side sees an end without a
 * goodbye there.
 */
import type { Expected, Situation } from '../stage/situation.ts';
import { ALL, finished, WEB } from './expectations.ts';
import type { TransportName } from '../programs/word.ts';

/** Whoever has said everything ends its direction; the other one then ends, too. */
function closedBy(who: 'local' | 'peer'): (transport: TransportName) => Expected {
  return (transport) => ({
    states: WEB.includes(transport)
      ? ['dialing', 'open', 'half-closed (r)', 'closed']
      : ['dialing', 'open', 'half-closed (r)', 'half-closed (neither)', 'closed'],
    cause: `closed by ${who} (0)`,
    peer: { cause: `closed by ${who === 'local' ? 'peer' : 'local'} (0)` },
  });
}

function destroyed(transport: TransportName): Expected {
  if (transport === 'tcp' || transport === 'ws') return { states: ['dialing', 'open', 'closed'], cause: 'reset' };
  return finished(transport);
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
    expected: closedBy('local'),
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
    expected: closedBy('peer'),
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
    expected: (transport) => ({
      states: ['dialing', 'open', 'closed'],
      cause: 'destroyed',
      peer: { cause: destroyed(transport).cause },
    }),
    // A page cannot reset.
    inBrowser: { peer: { cause: 'finished' } },
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
    expected: (transport) => ({ ...destroyed(transport), peer: { cause: 'destroyed' } }),
  },
];
