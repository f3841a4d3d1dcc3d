/**
 * One direction ends and the other goes on.
 *
 * In the protocol that is `end()`, on every transport, and the connection stays open. At TCP's level a direction that ends without
 * a goodbye is the end of the connection: see `fin` for the peer's; ours ends so once everything is said (`closed-local`).
 */
import type { Situation } from '../stage/situation.ts';
import { ALL } from './expectations.ts';

const MESSAGES = { count: 5, bytes: 100 };

export const HALF_CLOSES: readonly Situation[] = [
  {
    name: 'end-peer',
    title: 'The peer calls end(): its direction is over, and ours goes on',
    transports: ALL,
    place: 'loopback',
    watchMs: 200,
    happen: async (stage) => {
      await stage.open();
      await stage.peer.tell({ do: 'send', ...MESSAGES });
      stage.mark();
      await stage.peer.tell({ do: 'end' });
      await stage.observerHears('half-closed');
      await stage.observer.tell({ do: 'send', id: stage.id, ...MESSAGES });
      await stage.peerHandled(MESSAGES.count);
    },
    expected: {
      states: ['dialing', 'open'],
      cause: null,
      handled: 1 + MESSAGES.count,
      events: ['half-closed by peer'],
      peer: {
        states: ['open'],
        cause: null,
        handled: MESSAGES.count,
        events: ['half-closed by local'],
      },
    },
  },
  {
    name: 'end-local',
    title: 'We call end(): our direction is over, and the one of the peer goes on',
    transports: ALL,
    place: 'loopback',
    watchMs: 200,
    happen: async (stage) => {
      await stage.open();
      await stage.observer.tell({ do: 'send', id: stage.id, ...MESSAGES });
      stage.mark();
      await stage.observer.tell({ do: 'end', id: stage.id });
      await stage.observerHears('half-closed');
      await stage.peer.tell({ do: 'send', ...MESSAGES });
      await stage.handled(1 + MESSAGES.count);
    },
    expected: {
      states: ['dialing', 'open'],
      cause: null,
      handled: 1 + MESSAGES.count,
      events: ['half-closed by local'],
      peer: {
        states: ['open'],
        cause: null,
        handled: MESSAGES.count,
        events: ['half-closed by peer'],
      },
    },
  },
];
